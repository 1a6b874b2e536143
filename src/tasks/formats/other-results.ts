/**
 * Results in another layout than the official one of a dataset's format: a table, JSON Lines, or the samples
 * that Assay exports (`items.csv`, `items.jsonl`). They are written in the official layout and then read by
 * the format's own reader, with its checks.
 * @module
 */
import { csvRows } from '../../files/csv-scanner.ts'
import { isRecord, type JsonRecord } from '../../files/json.ts'
import { unprocessableFile } from '../../files/problems.ts'
import { unescapeFormula } from '../../contracts/csv.ts'
import type { Format } from '../format.ts'
import { letterOf } from '../multiple-choice/item.ts'
import { type RecordedAnswer, resultsWriter } from './official-results.ts'

/** Columns and members with the id of an item, the one of `items.csv` first: its `id` is the sample's. */
const IDS = ['item_id', 'id', 'question_id', 'image_id', 'identifier']
const ANSWERS = ['output', 'answer', 'caption', 'prediction']

type ReadResults = NonNullable<Format['readResults']>

/** A reader of the official layout of a format, and of every other one. null: it has no results files. */
export function resultsReader(format: string, readResults: Format['readResults']): ReadResults | null {
  if (readResults === null) return null
  return (text, ids, source, candidates) => {
    const answers = otherAnswers(text)
    if (answers === null && isProse(text) && resultsWriter(format, source).mediaType === 'application/json')
      throw unprocessableFile(
        'results',
        'is not JSON, and not a table: its first line must be a header with an id (id, question_id, image_id) and an answer (answer, caption)',
      )
    return readResults(answers === null ? text : official(format, answers, source), ids, source, candidates)
  }
}

function official(format: string, answers: readonly RecordedAnswer[], source: Parameters<ReadResults>[2]): string {
  const { head, separator, tail, item } = resultsWriter(format, source)
  const written = answers.map((answer) => {
    try {
      return item(answer)
    } catch {
      throw unprocessableFile('results', `the answer of item ${answer.id} is not one of format ${format}`)
    }
  })
  return `${head}${written.join(separator)}${tail}`
}

/** Whether a file is not even the beginning of JSON. */
const isProse = (text: string): boolean => /^\uFEFF?\s*[^[{\s]/.test(text)

/** @returns null for a file that the format's own reader takes, or refuses */
function otherAnswers(text: string): RecordedAnswer[] | null {
  const whole = text.replace(/^\uFEFF/, '')
  const start = /\S/.exec(whole)?.[0]
  if (start === undefined || start === '[') return null
  return start === '{' ? ofLines(whole) : ofTable(whole)
}

function ofLines(text: string): RecordedAnswer[] | null {
  const answers: RecordedAnswer[] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const fields = objectIn(line)
    if (fields === null) return null
    if (fields['object'] === 'eval.run.output_item') {
      const sample = answerOfSample(fields)
      if (sample !== null) answers.push(sample)
      continue
    }
    // Assay's own lines have a reader, with places in its refusals.
    if ('id' in fields) return null
    const [id, answer] = [IDS, ANSWERS].map((names) => names.map((name) => fields[name]).find((value) => value !== undefined))
    if (!isId(id) || typeof answer !== 'string') return null
    answers.push({ id: String(id), answer })
  }
  return answers
}

function objectIn(line: string): JsonRecord | null {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}

const isId = (value: unknown): value is string | number => typeof value === 'string' || Number.isSafeInteger(value)

/** @returns null for a sample without an output */
function answerOfSample(fields: Record<string, unknown>): RecordedAnswer | null {
  const { id, options } = (fields['datasource_item'] ?? {}) as { id?: unknown; options?: unknown }
  const output = (fields['sample'] as { output?: { content?: unknown }[] } | undefined)?.output?.[0]?.content
  if (!isId(id) || typeof output !== 'string') return null
  // Results of questions with options have letters.
  const place = Array.isArray(options) ? options.indexOf(output) : -1
  return { id: String(id), answer: place === -1 ? output : letterOf(place) }
}

/** @returns null without a header that names an id and an answer */
function ofTable(text: string): RecordedAnswer[] | null {
  const answers: RecordedAnswer[] = []
  let columns: ReturnType<typeof columnsOf> = null
  for (const [index, { cells, fault }] of csvRows(text)) {
    if (columns === null) {
      columns = columnsOf(cells)
      if (columns === null) return null
      continue
    }
    if (fault !== undefined) throw unprocessableFile('results', `/${index}: ${fault}`)
    if (cells.every((cell) => cell.trim() === '')) continue
    if (cells.length > columns.cells)
      throw unprocessableFile(
        'results',
        `/${index}: has ${cells.length} cells, and the header has ${columns.cells}; put texts with separators into quotes`,
      )
    const [id = '', answer = '', status] = [cells[columns.id], cells[columns.answer], cells[columns.status]]
    // In an export, an errored item has no answer; an empty one is an answer of its own.
    if (status === 'error' && answer === '') continue
    answers.push({ id: id.trim(), answer: status === undefined ? answer : unescapeFormula(answer) })
  }
  return answers
}

function columnsOf(header: readonly string[]) {
  const names = header.map((cell) => cell.trim().toLowerCase())
  // An export of questions with options has their letters beside their texts.
  const answers = names.includes('item_id') ? ['option', ...ANSWERS] : ANSWERS
  const [id, answer] = [IDS, answers].map((known) => names.indexOf(known.find((name) => names.includes(name)) ?? '\0'))
  if (id === -1 || answer === -1) return null
  return { id: id!, answer: answer!, status: names.includes('item_id') ? names.indexOf('status') : -1, cells: names.length }
}
