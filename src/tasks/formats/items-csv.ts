/**
 * Assay's own dataset format as a table, as spreadsheets write it. The header tells the task, and each row is
 * an item, or one more caption or answer of the item with that id.
 *
 * ```csv
 * image,caption
 * beach.jpg,two dogs on a beach
 * beach.jpg,"a big dog, and a small one"
 * ```
 *
 * Without a column `id`, a picture's name is the id; for questions, the name and the question. The cluster of
 * a row is its picture. If pictures in different folders share a name, their paths are in place of names.
 * @module
 */
import type { JsonRecord } from '../../files/json.ts'
import type { CsvRow } from '../../files/csv-scanner.ts'
import type { Problems } from '../../files/problems.ts'
import { withoutSteps } from '../../contracts/picture-path.ts'
import { countProblem, MOST_ANSWERS } from '../../contracts/text-limits.ts'
import type { Format, FormatElement, ReadOptions } from '../format.ts'
import type { OwnColumns } from './own-lines.ts'
import {
  type GatheredOwn,
  type LineTask,
  type LineTasks,
  type OwnColumn,
  ownFormat,
  type OwnRecord,
  readOwnRecord,
} from './own-record.ts'

/** Other names of columns. */
const ALIASES: Readonly<Record<string, string>> = Object.fromEntries(
  ['filename', 'file_name', 'file', 'picture', 'photo', 'image_path', 'image_file', 'path'].map((name) => [name, 'image']),
)
/** Columns of every task. */
const COMMON_COLUMNS = ['id', 'cluster', 'image']
/** Most columns. A longer header is another kind of file. */
const MOST_COLUMNS = 1000

type TableTask = LineTask & { readonly ownLines: { readonly columns: OwnColumns } }

export function itemsCsv(tasks: LineTasks): Format<OwnRecord, GatheredOwn> {
  const withColumns = tasks.filter((task): task is TableTask => task.ownLines.columns !== undefined)
  return ownFormat(tasks, {
    layout: 'table',
    record(element, gathered, problems, options) {
      const row = rowOf(element, problems)
      if (row === undefined) return undefined
      if (gathered.columns === undefined) {
        readHeader(row, `/${element.index}`, withColumns, gathered, problems)
        return undefined
      }
      const task = withColumns.find(({ id }) => id === gathered.task)
      return task && readRow(row, `/${element.index}`, gathered.columns, task, problems, options)
    },
    join(id, [first, ...others], problems) {
      const task = withColumns.find((each) => each.id === first!.data.draft.task)!
      const rows = others.map(({ data }) => data)
      return rows.length === 0 ? first!.data : grown(id, first!, rows, task.ownLines.columns, problems)
    },
  })
}

/** @returns undefined for an empty row, or after recording a problem */
function rowOf({ index, value }: FormatElement, problems: Problems): readonly string[] | undefined {
  const { cells, fault } = value as CsvRow
  if (fault !== undefined) problems.note(`/${index}`, fault)
  return fault !== undefined || cells.every((cell) => cell.trim() === '') ? undefined : cells
}

function readHeader(
  cells: readonly string[],
  at: string,
  tasks: readonly TableTask[],
  gathered: Partial<GatheredOwn>,
  problems: Problems,
): void {
  gathered.columns = []
  const tooMany = countProblem(cells.length, MOST_COLUMNS)
  if (tooMany !== undefined) return problems.note(at, tooMany)
  const names = cells.map((cell) => cell.trim().toLowerCase())
  const told = tasks.filter(({ ownLines }) => names.some((name) => baseOf(name) === ownLines.columns.tell))
  if (told.length === 0) {
    const known = tasks.map(({ id, ownLines }) => `${ownLines.columns.tell} (${id})`).join(', ')
    return problems.note(at, `is the header, and has no column that tells the task: ${known}; it has ${shown(names)}`)
  }
  const fits = (task: TableTask) => names.every((name) => columnOf(name, task) !== undefined)
  const task = told.find(fits) ?? told.at(-1)!
  const columns = names.map((name) => columnOf(name, task))
  for (const [place, column] of columns.entries()) {
    const name = names[place]!
    if (column === undefined)
      problems.note(
        at,
        `has the column ${JSON.stringify(name)}, which ${task.id} does not have; its columns are ${columnsOf(task)}`,
      )
    else if (!column.isList && columns.findIndex((other) => other?.member === column.member) < place)
      problems.note(at, `has the column ${column.member} twice`)
  }
  // Rows under a wrong header would each be wrong again.
  if (!columns.every((column) => column !== undefined)) return
  gathered.task = task.id
  gathered.columns = columns
}

/** A name without the number that tells columns of a list apart: `caption_2`. */
const baseOf = (name: string): string => name.replace(/[_ ]?\d{1,3}$/, '')

function columnOf(name: string, { ownLines }: TableTask): OwnColumn | undefined {
  const list = ownLines.columns.lists[baseOf(name)]
  if (list !== undefined) return { member: list, isList: true }
  const member = ALIASES[name] ?? name
  const scalars = ownLines.members.filter((each) => !Object.values(ownLines.columns.lists).includes(each))
  return [...COMMON_COLUMNS, ...scalars].includes(member) ? { member, isList: false } : undefined
}

function columnsOf({ ownLines: { members, columns } }: TableTask): string {
  const lists = Object.entries(columns.lists)
  const named = members.map((member) => lists.find(([, list]) => list === member)?.[0] ?? member)
  return [...COMMON_COLUMNS, ...named].join(', ')
}

const shown = (names: readonly string[]): string =>
  names
    .slice(0, 8)
    .map((name) => JSON.stringify(name))
    .join(', ')

function readRow(
  cells: readonly string[],
  at: string,
  columns: readonly OwnColumn[],
  task: TableTask,
  problems: Problems,
  options: ReadOptions,
): OwnRecord | undefined {
  if (columns.length === 0) return undefined
  if (cells.length > columns.length) {
    problems.note(at, `has ${cells.length} cells, and the header has ${columns.length}; put texts with separators into quotes`)
    return undefined
  }
  const fields: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const [place, { member, isList }] of columns.entries()) {
    const cell = cells[place] ?? ''
    if (isList) fields[member] = [...((fields[member] as string[] | undefined) ?? []), ...(cell.trim() === '' ? [] : [cell])]
    else if (cell.trim() !== '') fields[member] = cell
  }
  const { image: cell } = fields
  const readAs = (image: unknown) => {
    const own = Object.assign(Object.create(null) as Record<string, unknown>, fields, image !== undefined && { image })
    return readOwnRecord(completed(own, task.ownLines.columns, at), at, task, problems, options)
  }
  if (typeof cell !== 'string') return readAs(undefined)
  const named = readAs(cell.split(/[/\\]/).at(-1))
  const path = withoutSteps(cell)
  if (!path.includes('/')) return named && { ...named, path }
  if (named === undefined) return undefined
  const byPath = readAs(path)
  return (
    byPath && {
      ...named,
      image: [...byPath.image, ...named.image],
      path,
      idBy: 'name',
      byPath: { ...byPath, path, idBy: 'path' },
    }
  )
}

/** Adds id and cluster where the table leaves them to the picture. Places of options become numbers. */
function completed(fields: Record<string, unknown>, { id: parts }: OwnColumns, at: string): JsonRecord {
  const { image } = fields
  const own = parts.map((part) => fields[part]).filter((cell) => typeof cell === 'string')
  fields['id'] ??= own.length > 0 ? own.join(': ') : at.slice(1)
  fields['cluster'] ??= image
  if (fields['cluster'] === undefined) delete fields['cluster']
  const { answer } = fields
  if (typeof answer === 'string' && /^\d{1,3}$/.test(answer)) fields['answer'] = Number(answer)
  return fields
}

/** One item of several rows. */
function grown(
  id: string,
  first: { readonly index: number; readonly data: OwnRecord },
  others: readonly OwnRecord[],
  { grows }: OwnColumns,
  problems: Problems,
): OwnRecord {
  if (grows === undefined) {
    for (const { at } of others)
      problems.note(at, `has the id ${JSON.stringify(id)} of row ${first.index + 1}; one row is one item`)
    return first.data
  }
  const { member, join } = grows
  const rest = ({ draft, image }: OwnRecord) => JSON.stringify({ ...draft, [member]: null, image })
  const expected = rest(first.data)
  for (const other of others)
    if (rest(other) !== expected)
      problems.note(
        other.at,
        `has the id ${JSON.stringify(id)} of row ${first.index + 1}, but differs from it in more than ${member}`,
      )
  const tooMany = countProblem(others.length + 1, MOST_ANSWERS)
  if (tooMany !== undefined) problems.note(first.data.at, `is one of ${others.length + 1} rows of an item: ${tooMany}`)
  return { ...first.data, draft: join([first.data, ...others].map(({ draft }) => draft)) }
}
