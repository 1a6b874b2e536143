/**
 * A clock that never goes back, over one that may be set back. Waits are counted on it: a clock that is set
 * back by a day would make each of them a day longer. Pure.
 * @module
 */

/** @param now - Unix milliseconds, by a clock that may be set back. @returns milliseconds, in its pace */
export function steadyClock(now: () => number): () => number {
  let last = now()
  let lost = 0
  return () => {
    const read = now()
    if (read < last) lost += last - read
    last = read
    return read + lost
  }
}
