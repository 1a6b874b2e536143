/**
 * Memoization in an isolate that many requests share.
 *
 * A promise that waits for I/O belongs to the request that started it. When that request is cancelled the
 * promise never settles, and every other request that awaits it hangs (panva/jose#355). So the
 * settled value is stored, never the promise.
 * @module
 */

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
