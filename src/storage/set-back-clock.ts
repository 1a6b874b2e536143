/**
 * Stored times, compared with a clock that may have been set back since. A time further ahead than the code
 * ever writes came from a clock that was ahead. It counts as past; otherwise its row would wait until the
 * clock has caught up.
 * @module
 */

/** Milliseconds by which two machines' clocks may differ. */
export const CLOCK_SLACK = 60_000

/**
 * SQL: the time in `column` has come.
 * @param now - parameter with the current time, such as `:now` or `?1`
 * @param longest - largest distance into the future that the code writes to the column, in milliseconds
 */
export const hasCome = (column: string, now: string, longest: number) =>
  `(${column} <= ${now} OR ${column} > ${now} + ${longest + CLOCK_SLACK})`

/** SQL: the time in `column`, which was the current time when written, is in the future. */
export const isAhead = (column: string, now: string) => `${column} > ${now} + ${CLOCK_SLACK}`
