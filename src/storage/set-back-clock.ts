/**
 * Stored times against a clock that may have been set back since: what lies further in the future than it ever could have been written for
 * was written by a clock that ran ahead, and is over. Waiting for it would be waiting until the clock has caught up.
 * @module
 */

/** Two machines' clocks may differ by this much, milliseconds. */
export const CLOCK_SLACK = 60_000

/** SQL: the time in `column` has come. @param now - number of its parameter. @param longest - milliseconds ahead that it is ever set to. */
export const hasCome = (column: string, now: number, longest: number) =>
  `(${column} <= ?${now} OR ${column} > ?${now} + ${longest + CLOCK_SLACK})`

/** SQL: the time in `column`, which was the present when it was written, lies in the future. */
export const isAhead = (column: string, now: number) => `${column} > ?${now} + ${CLOCK_SLACK}`
