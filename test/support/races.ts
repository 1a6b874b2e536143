/**
 * Concurrent actors, step by step: `pause` is awaited before every step of a store.
 * @module
 */
import type { Scheduler } from 'fast-check'

type Pause = () => Promise<void>

/**
 * Runs actors concurrently, in the scheduler's order of steps. Ends when each has ended or has crashed: an
 * actor crashes after `crash` steps.
 */
export function actTogether<Act extends { readonly crash: number }>(
  s: Scheduler,
  acts: readonly Act[],
  perform: (act: Act, pause: Pause) => Promise<unknown>,
): Promise<unknown> {
  return s.waitFor(
    Promise.all(
      acts.map((act) => {
        let steps = 0
        return new Promise<void>((resolve, reject) => {
          const pause = async () => {
            await s.schedule(Promise.resolve())
            if (++steps <= act.crash) return
            resolve()
            await new Promise(() => {})
          }
          perform(act, pause).then(() => resolve(), reject)
        })
      }),
    ),
  )
}

/**
 * Halts `first` before its step `stop`, if it has one, runs `second`, and resumes `first`. If `second` has to
 * wait for `first` (it awaits `goOn`), `first` resumes at once.
 */
export async function haltedAt(
  stop: number,
  first: (pause: Pause) => Promise<unknown>,
  second: (goOn: Pause) => Promise<unknown>,
): Promise<void> {
  const stopped = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let steps = 0
  const halted = first(async () => {
    if (steps++ !== stop) return
    stopped.resolve()
    await released.promise
  })
  await Promise.race([stopped.promise, halted])
  await second(async () => released.resolve())
  released.resolve()
  await halted
}
