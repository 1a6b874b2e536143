/**
 * Keeps a lease for as long as its holder lives. Leases can then be short, and only a crashed holder loses one.
 * @module
 */

export interface LeaseTimer {
  /** How long a lease lasts without renewal. */
  readonly leaseMilliseconds: number
  /** Calls `action` at every interval until the returned function is called. */
  every(milliseconds: number, action: () => Promise<void>): () => void
}

export interface LeaseDependencies extends LeaseTimer {
  /** A new lease's token. */
  newToken(): string
}

/**
 * Runs `work`, and meanwhile `renew` at every third of a lease. Once `renew` answers false, the signal given to `work`
 * is aborted with {@link LeaseLost}: no result would be accepted any more.
 */
export async function keepAlive<T>(
  { every, leaseMilliseconds }: LeaseTimer,
  renew: () => Promise<boolean | void>,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController()
  let renewing = null as Promise<void> | null
  const beat = async () => {
    try {
      if ((await renew()) === false) lost.abort(new LeaseLost())
    } catch {
      // The database is out of reach. The next beat tries again; should the lease lapse, the work is done twice.
    }
    renewing = null
  }
  const stop = every(leaseMilliseconds / 3, () => (renewing ??= beat()))
  try {
    return await work(lost.signal)
  } finally {
    stop()
    // A renewal under way must not take a lease again that is about to be released.
    await renewing
  }
}

/** The reason of an aborted attempt: its shard or run ended without it. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}
