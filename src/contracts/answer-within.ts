/**
 * A time limit for a promise that may never settle.
 * @module
 */

/**
 * A wait is counted in steps. None passes while the isolate computes, so a long computation does not look
 * like a lost answer.
 */
const STEPS = 8

export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/**
 * The outcome of a promise. An outcome later than `milliseconds` is ignored.
 * @throws {NoAnswer} after `milliseconds` in which this isolate could have received an outcome
 */
export function answerWithin<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let step = 0
    let timer: ReturnType<typeof setTimeout>
    const wait = () => {
      timer = setTimeout(() => {
        step += 1
        if (step < STEPS) wait()
        else reject(new NoAnswer(`no answer within ${milliseconds / 1000} s`))
      }, milliseconds / STEPS)
    }
    wait()
    const settle =
      <V>(how: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer)
        how(value)
      }
    promise.then(settle(resolve), settle(reject))
  })
}
