/**
 * Stored times against a clock that may have been set back since. A time further ahead than the code ever writes one
 * was written by a clock that ran ahead: it counts as past, or its row would wait until the clock has caught up.
 * @module
 */

/** Milliseconds by which two machines' clocks may differ. */
export const CLOCK_SLACK = 60_000

/**
 * SQL: the time in `column` has come.
 * @param now - the parameter of the present, such as `:now` or `?1`.
 * @param longest - milliseconds ahead of the present to which the code ever sets the column.
 */
export const hasCome = (column: string, now: string, longest: number) =>
  `(${column} <= ${now} OR ${column} > ${now} + ${longest + CLOCK_SLACK})`

/** SQL: the time in `column`, which was the present when it was written, lies in the future. */
export const isAhead = (column: string, now: string) => `${column} > ${now} + ${CLOCK_SLACK}`
