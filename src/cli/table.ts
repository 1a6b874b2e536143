/**
 * Text tables for a terminal, and the same rows as CSV.
 * @module
 */
import { csvLine } from '../contracts/csv.ts'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Numbers line up on the right. */
  readonly right?: boolean
}

export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)))
  const widths = columns.map((column, index) => Math.max(column.title.length, ...cells.map((row) => row[index]!.length)))
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => (columns[index]!.right === true ? text.padStart(widths[index]!) : text.padEnd(widths[index]!)))
      .join('  ')
      .trimEnd()
  return [line(columns.map(({ title }) => title)), line(widths.map((width) => '─'.repeat(width))), ...cells.map(line)].join('\n')
}

export function formatCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return [csvLine(columns.map(({ title }) => title)), ...rows.map((row) => csvLine(columns.map(({ cell }) => cell(row))))].join(
    '',
  )
}
