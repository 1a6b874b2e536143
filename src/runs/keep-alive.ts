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
  const stop = engine.every(engine.leaseMilliseconds / 3, async () => {
    try {
      if ((await renew()) === false) lost.abort(new LeaseLost())
    } catch {
      // The ledger is out of reach. The next beat tries again; should the lease lapse, the worst is that somebody else works too.
    }
  })
  try {
    return await work(lost.signal)
  } finally {
    stop()
  }
}

/** Why work stopped half-way: its shard or run had ended without it. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}
