/**
 * Results and scores for items of Assay's own format: JSON Lines of `{"id": …, "answer": "…"}` or `{"id": …,
 * "score": 0.5}`, or a table with these columns.
 * @module
 */
import { csvRows } from '../../files/csv-scanner.ts'
import type { JsonRecord } from '../../files/json.ts'
import { firstFew, Problems } from '../../files/problems.ts'
import { parseLine, usedBefore } from './json-line.ts'

/**
 * Reads results of a file of questions, `{"id": …, "answer": "…"}` per line.
 * @param ids - the ids of all items
 * @returns the answers in the order of `ids`
 * @throws {Fault} `unprocessable` for a line that is not an answer, an unknown or repeated id, or an item
 *   without an answer
 */
export function readItemAnswers(text: string, ids: readonly string[]): Map<string, string> {
  return readItemValues(text, ids, ({ answer }, pointer, problems) => problems.text(answer, `${pointer}/answer`))
}

/** Reads a value from each line. @param read - returns undefined after recording a problem */
export function readItemValues(
  text: string,
  ids: readonly string[],
  read: (fields: JsonRecord, pointer: string, problems: Problems) => string | undefined,
): Map<string, string> {
  const problems = new Problems('results')
  const found = valuesById(text, ids, 'answer', problems, (fields, pointer) => read(fields, pointer, problems))
  requireValues(found, ids, 'answer', problems)
  return new Map(ids.map((id) => [id, found.get(id)!]))
}

/**
 * Reads scores, `{"id": …, "score": 0.5}` per line.
 * @param ids - the ids of all items, in the dataset's order
 * @param count - number of items, from the first, that need a score
 * @returns the scores in [0, 1] by id; null if the file states that there is none
 * @throws {Fault} `unprocessable` for a line that is not a score, an unknown or repeated id, or a missing
 *   line for one of the first items
 */
export function readItemScores(text: string, ids: readonly string[], count: number): Map<string, number | null> {
  const problems = new Problems('scores')
  const found = valuesById(text, ids, 'score', problems, ({ score }, pointer) => {
    if (score === null || (typeof score === 'number' && score >= 0 && score <= 1)) return score
    problems.note(`${pointer}/score`, `must be a number from 0 to 1, or null, is ${JSON.stringify(score) ?? 'missing'}`)
    return undefined
  })
  requireValues(found, ids.slice(0, count), 'score', problems)
  return found
}

/** A score in a table: an empty cell is null. Other texts stay as they are. */
const numberIn = (cell: string): unknown => {
  if (cell.trim() === '') return null
  return /^\s*\d*\.?\d+(?:[eE][+-]?\d+)?\s*$/.test(cell) ? Number(cell) : cell
}

/** @param read - returns undefined after recording a problem */
function valuesById<T>(
  text: string,
  ids: readonly string[],
  column: string,
  problems: Problems,
  read: (fields: JsonRecord, pointer: string) => T | undefined,
): Map<string, T> {
  const known = new Set(ids)
  const values = new Map<string, T>()
  const lines = new Map<string, number>()
  const whole = text.replace(/^\uFEFF/, '')
  for (const [index, fields] of isTable(whole) ? rowsOf(whole, column, problems) : linesOf(whole, problems)) {
    const pointer = `/${index}`
    const id = problems.id(fields['id'], `${pointer}/id`)
    const found = read(fields, pointer)
    if (id === undefined || found === undefined) continue
    const before = lines.get(id)
    if (!known.has(id)) problems.note(`${pointer}/id`, `the dataset has no item ${id}`)
    else if (before !== undefined) problems.note(`${pointer}/id`, usedBefore(id, before))
    else {
      lines.set(id, index)
      values.set(id, found)
    }
  }
  problems.throwIfAny()
  return values
}

type Fields = Generator<readonly [index: number, fields: JsonRecord]>

function* linesOf(text: string, problems: Problems): Fields {
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const pointer = `/${index}`
    const value = parseLine(line, pointer, problems)
    const fields = value && problems.record(value.value, pointer)
    if (fields !== undefined) yield [index, fields]
  }
}

/** Whether the file begins with the header of a table, which has several columns. */
function isTable(text: string): boolean {
  const end = text.indexOf('\n')
  return /^[^{[]*[,;\t]/.test(end < 0 ? text : text.slice(0, end))
}

function* rowsOf(text: string, column: string, problems: Problems): Fields {
  let names: readonly string[] | undefined
  for (const [index, { cells, fault }] of csvRows(text)) {
    if (fault !== undefined) problems.note(`/${index}`, fault)
    if (fault !== undefined || cells.every((cell) => cell.trim() === '')) continue
    if (names !== undefined) {
      if (cells.length > names.length) problems.note(`/${index}`, `has ${cells.length} cells, and the header has ${names.length}`)
      else {
        const [id, cell] = ['id', column].map((name) => cells[names!.indexOf(name)] ?? '')
        yield [index, { id, [column]: column === 'score' ? numberIn(cell!) : cell }]
      }
      continue
    }
    names = cells.map((cell) => cell.trim().toLowerCase())
    const missing = ['id', column].filter((name) => !names!.includes(name))
    if (missing.length === 0) continue
    problems.note(
      `/${index}`,
      `is the header of a table, which needs the columns id and ${column}; it lacks ${missing.join(' and ')}`,
    )
    return
  }
}

function requireValues(found: ReadonlyMap<string, unknown>, ids: readonly string[], what: string, problems: Problems): void {
  const missing = ids.filter((id) => !found.has(id))
  if (missing.length > 0) problems.note('', `has no ${what} for ${missing.length} of ${ids.length} items: ${firstFew(missing)}`)
  problems.throwIfAny()
}
