/**
 * Comma-separated values (RFC 4180).
 * @module
 */

/** The beginning of a formula for spreadsheets, also after blanks and in its full-width form. */
const FORMULA = /^[\s\0]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/
/** A negative number stays a number: `-1+1` is none. */
const NUMBER = /^-(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * A line with its line break. A cell that a spreadsheet would take for a formula begins with an apostrophe.
 */
export function csvLine(cells: readonly string[]): string {
  const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const harmless = (text: string) => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text)
  return `${cells.map((text) => quote(harmless(text))).join(',')}\r\n`
}

/** The text of a cell that {@link csvLine} wrote. */
export function unescapeFormula(cell: string): string {
  const text = cell.slice(1)
  return cell.startsWith("'") && FORMULA.test(text) && !NUMBER.test(text) ? text : cell
}
