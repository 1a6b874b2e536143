/**
 * Assay's own dataset format: JSON Lines, one item per line, for data that has no official format.
 *
 * ```json
 * {"task":"vqa","id":"q1","cluster":"img7","image":"img7.png","question":"How many?","answers":["2","two"]}
 * {"task":"retrieval","id":"img7","image":"img7.png","captions":["two dogs","a pair of dogs"]}
 * {"task":"classification","id":"img7","image":"img7.png","label":"dog"}
 * ```
 *
 * `cluster` names items that are not independent and is the item's id unless given. A line may also be
 * `{"item": {…}}`, as files for OpenAI's Evals are.
 * @module
 */
import { escapePointer } from '../../contracts/json-pointer.ts'
import type { JsonRecord } from '../../files/json.ts'
import type { Problems } from '../../files/problems.ts'
import type { Format, FormatElement, ReadOptions } from '../format.ts'
import { parseLine, usedBefore } from './json-line.ts'
import { type GatheredOwn, type LineTasks, ownFormat, type OwnRecord, readOwnRecord } from './own-record.ts'

export function itemsJsonl(tasks: LineTasks): Format<OwnRecord, GatheredOwn> {
  return ownFormat(tasks, {
    layout: 'lines',
    record: (element, _gathered, problems, options) => readLine(tasks, element, problems, options),
    join(id, [first, ...others], problems) {
      for (const { data } of others) problems.note(`${data.at}/id`, usedBefore(id, first!.index))
      return first!.data
    },
  })
}

/**
 * @returns undefined for a blank line, or after recording a problem. @throws {Fault} `unprocessable` for text
 *   without a UTF-8 form
 */
function readLine(
  tasks: LineTasks,
  { index, value }: FormatElement,
  problems: Problems,
  options: ReadOptions,
): OwnRecord | undefined {
  const line = (value as string).replace(/\n$/, '')
  if (line.trim() === '') return undefined
  const pointer = `/${index}`
  if (index === 0 && /^[^{[]*[,;\t]/.test(line)) {
    problems.note(pointer, 'is not JSON. A table of comma-separated values is of the format items-csv')
    return undefined
  }
  const parsed = parseLine(line, pointer, problems)
  if (Array.isArray(parsed?.value)) {
    problems.note(pointer, 'must be an object, is an array; write its entries one per line, without brackets')
    return undefined
  }
  const outer = parsed && problems.record(parsed.value, pointer)
  if (outer === undefined) return undefined
  const { fields, at } = recordOf(outer, pointer, problems)
  if (fields === undefined) return undefined
  const task = tasks.find((each) => each.id === fields['task'])
  if (task !== undefined) return readOwnRecord(fields, at, task, problems, options)
  const known = tasks.map((each) => JSON.stringify(each.id)).join(' or ')
  problems.note(`${at}/task`, `must be ${known}, is ${JSON.stringify(fields['task'])}`)
  return undefined
}

/** The record of a line, or of its member `item`. */
function recordOf(
  outer: JsonRecord,
  pointer: string,
  problems: Problems,
): { readonly fields: JsonRecord | undefined; readonly at: string } {
  if (!('item' in outer)) return { fields: outer, at: pointer }
  const { item, ...others } = outer
  if ('sample' in others)
    problems.note(
      `${pointer}/sample`,
      'is not read here: answers are a results file, {"id": …, "answer": …} a line; leave it out',
    )
  for (const name of Object.keys(others))
    if (name !== 'sample') problems.note(`${pointer}/${escapePointer(name)}`, 'is not read beside item; leave it out')
  return { fields: problems.record(item, `${pointer}/item`), at: `${pointer}/item` }
}
