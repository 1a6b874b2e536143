/**
 * Whether work yields to the event loop.
 * @module
 */

/** true: the promise settled within a few hundred microtasks, before any other event. */
export async function settlesInMicrotasks(work: Promise<unknown>): Promise<boolean> {
  const state = { settled: false }
  const mark = (): void => void (state.settled = true)
  work.then(mark, mark)
  for (let turn = 0; turn < 500 && !state.settled; turn++) await Promise.resolve()
  return state.settled
}
