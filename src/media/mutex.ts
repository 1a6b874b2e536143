/**
 * Mutual exclusion.
 * @module
 */

/** Runs a task after all earlier tasks have ended, successfully or not. Settles as the task does. */
export type Exclusive = <T>(task: () => Promise<T>) => Promise<T>

/** A fair lock for work whose memory must not overlap. */
export function createExclusive(): Exclusive {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const mine = last.then(task)
    last = mine.catch(() => undefined)
    return mine
  }
}
