/**
 * Renews a lease while its holder lives. So leases can be short, and only a crashed holder loses one.
 * @module
 */

export interface LeaseTimer {
  /** Duration of a lease without renewal. */
  readonly leaseMilliseconds: number
  /** Calls `action` at every interval until the returned function is called. */
  every(milliseconds: number, action: () => Promise<void>): () => void
}

export interface LeaseDependencies extends LeaseTimer {
  /** A new lease's token. */
  newToken(): string
}

/**
 * Runs `work` and calls `renew` at every third of a lease. When `renew` returns false, the signal of `work`
 * is aborted with {@link LeaseLost}, since no result would be accepted any more.
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
      // The database is unreachable. The next beat tries again. If the lease expires, the work is done twice.
    }
    renewing = null
  }
  const stop = every(leaseMilliseconds / 3, () => (renewing ??= beat()))
  try {
    return await work(lost.signal)
  } finally {
    stop()
    // A renewal in progress must not take back a lease that is about to be released.
    await renewing
  }
}

/** Abort reason of an attempt whose shard or run ended without it. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}
