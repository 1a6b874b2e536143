/**
 * Memoization in an isolate that many requests share.
 *
 * A promise that waits for I/O belongs to the request that started it. When that request is cancelled the
 * promise never settles, and every other request that awaits it hangs (panva/jose#355). So promises are
 * shared only where no I/O can occur; elsewhere the settled value is stored.
 * @module
 */

/**
 * Shares one promise. Only for a `make` without I/O. A rejection is forgotten, so the next caller tries
 * again.
 */
export function sharedPromise<T>(make: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined
  return () => {
    pending ??= make().catch((error: unknown) => {
      pending = undefined
      throw error
    })
    return pending
  }
}

/**
 * Stores the settled value. Concurrent first callers each run `make`, which may do I/O and must be
 * repeatable.
 */
export function keptValue<T>(make: () => Promise<T>): () => Promise<T> {
  let kept: { readonly value: T } | undefined
  return async () => {
    kept ??= { value: await make() }
    return kept.value
  }
}
