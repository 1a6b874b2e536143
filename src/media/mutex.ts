/**
 * One at a time.
 * @module
 */

/** Runs a task when all tasks given before it have ended, whether well or not. Resolves or rejects as the task does. */
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
