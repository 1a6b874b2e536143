/**
 * Computing once in an isolate that many requests share.
 *
 * A promise that waits for I/O belongs to the request that started it: when that request is cancelled it never settles, and whoever
 * else awaits it hangs (panva/jose#355). So promises are shared only where no I/O can come in between, values otherwise.
 * @module
 */

/** Shares one promise. Only for a `make` that takes microtasks alone. A failure is not kept: the next caller tries again. */
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

/** Keeps the value. Callers that come before there is one make their own; `make` may do I/O and must be repeatable. */
export function keptValue<T>(make: () => Promise<T>): () => Promise<T> {
  let kept: { readonly value: T } | undefined
  return async () => {
    kept ??= { value: await make() }
    return kept.value
  }
}
