/**
 * Text tables for a terminal.
 * @module
 */

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Numbers line up on the right. */
  readonly right?: boolean
}

export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)))
  const widths = columns.map((column, index) => Math.max(column.title.length, ...cells.map((row) => row[index]?.length ?? 0)))
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => (columns[index]?.right ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(columns.map((column) => column.title)), line(widths.map((width) => '─'.repeat(width))), ...cells.map(line)].join(
    '\n',
  )
}
