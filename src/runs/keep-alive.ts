/**
 * Keeping a lease: renewed for as long as its holder lives, so a lease can be short and still only the dead lose theirs.
 * @module
 */
import type { Engine } from '../contracts/ports.ts'

/**
 * Runs `work` and calls `renew` at every third of a lease meanwhile. Once `renew` says false, `work`'s signal is aborted: nothing it
 * could still do would count.
 */
export async function keepAlive<T>(
  engine: Pick<Engine, 'every' | 'leaseMilliseconds'>,
  renew: () => Promise<boolean | void>,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController()
  let renewing = null as Promise<void> | null
  const beat = async () => {
    try {
      if ((await renew()) === false) lost.abort(new LeaseLost())
    } catch {
      // The database is out of reach. The next beat tries again; should the lease lapse, the worst is that somebody else works too.
    }
    renewing = null
  }
  const stop = engine.every(engine.leaseMilliseconds / 3, () => (renewing ??= beat()))
  try {
    return await work(lost.signal)
  } finally {
    stop()
    // One that is under way must not take a lease again that is about to be given back.
    await renewing
  }
}

/** Why work stopped half-way: its shard or run had ended without it. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}
