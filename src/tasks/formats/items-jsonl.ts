/**
 * Assay's own dataset format: JSON Lines, one item per line, for data that has no official format.
 *
 * ```json
 * {"task":"vqa","id":"q1","cluster":"img7","image":"img7.png","question":"How many?","answers":["2","two"]}
 * {"task":"retrieval","id":"img7","image":"img7.png","captions":["two dogs","a pair of dogs"]}
 * ```
 *
 * `cluster` names items that are not independent and is the item's id unless given. A line may also be
 * `{"item": {…}}`, as files for OpenAI's Evals are. Each task that takes such lines says what else they hold:
 * `tasks/<task>/own-lines.ts`.
 * @module
 */
import type { TaskId } from '../../contracts/item.ts'
import { escapePointer, type JsonRecord } from '../../files/json.ts'
import { Problems } from '../../files/problems.ts'
import type { Draft } from '../draft.ts'
import type { Format, FormatElement, ReadOptions } from '../format.ts'
import { readItemAnswers } from './item-answers.ts'
import { parseLine, usedBefore } from './json-line.ts'
import type { OwnLines } from './own-lines.ts'

const COMMON_MEMBERS = ['task', 'id', 'cluster', 'image']

interface Line {
  /** JSON pointer of the record that the item was read from: `/12`, or `/12/item`. */
  readonly at: string
  readonly draft: Draft
  readonly labels: readonly string[]
  /** Names of its picture, tried in order; none without a picture. */
  readonly image: readonly string[]
}

interface Gathered {
  task: TaskId
}

/** The tasks that accept lines of Assay's own format. */
export type LineTasks = readonly { readonly id: TaskId; readonly needsPictures: boolean; readonly ownLines: OwnLines }[]

/** @param tasks - in the order in which failures list them */
export function itemsJsonl(tasks: LineTasks): Format<Line, Gathered> {
  return {
    task: null,
    layout: 'lines',
    lists: [{ file: 'annotations', key: '' }],
    called: 'items',
    split: 'none',
    strata: null,

    read(element, gathered, problems, options) {
      const line = readLine(tasks, element, problems, options)
      if (line === undefined) return undefined
      const { task, id } = line.draft
      gathered.task ??= task
      if (task !== gathered.task) {
        problems.note(`${line.at}/task`, `is ${task}, but the file began with ${gathered.task}; one task a file`)
        return undefined
      }
      return { id, data: line }
    },

    source({ task }) {
      const problems = new Problems('items')
      if (task === undefined) problems.note('', 'holds no item')
      problems.throwIfAny()
      return { task: task! }
    },

    join(id, [first, ...others], _source, problems) {
      for (const { data } of others) problems.annotations.note(`${data.at}/id`, usedBefore(id, first!.index))
      const { draft, labels, image } = first!.data
      return { draft, labels, pictures: image.length === 0 ? [] : [image], index: first!.index }
    },

    readResults: readItemAnswers,
  }
}

/**
 * @returns undefined for a blank line, or after recording a problem. @throws {Fault} `unprocessable` for text
 *   without a UTF-8 form
 */
function readLine(
  tasks: LineTasks,
  { index, value }: FormatElement,
  problems: Problems,
  { withPictures }: ReadOptions,
): Line | undefined {
  const line = (value as string).replace(/\n$/, '')
  if (line.trim() === '') return undefined
  const pointer = `/${index}`
  const parsed = parseLine(line, pointer, problems)
  const outer = parsed && problems.record(parsed.value, pointer)
  if (outer === undefined) return undefined
  const before = problems.count
  const { fields, at } = recordOf(outer, pointer, problems)
  if (fields === undefined) return undefined
  const id = problems.id(fields['id'], `${at}/id`) ?? ''
  if (id === '' && problems.count === before) problems.note(`${at}/id`, 'must not be empty')
  const cluster = fields['cluster'] === undefined ? id : (problems.id(fields['cluster'], `${at}/cluster`) ?? '')
  const task = tasks.find((each) => each.id === fields['task'])
  if (task === undefined) {
    const known = tasks.map((each) => JSON.stringify(each.id)).join(' or ')
    problems.note(`${at}/task`, `must be ${known}, is ${JSON.stringify(fields['task'])}`)
    return undefined
  }
  refuseUnknownMembers(fields, [...COMMON_MEMBERS, ...task.ownLines.members], task.id, at, problems)
  const { image } = fields
  const imageNames = (image ?? null) === null && !task.needsPictures ? [] : namesOf(image, `${at}/image`, problems)
  const { draft, labels } = task.ownLines.read(fields, { id, cluster }, at, problems)
  if (problems.count === before && task.needsPictures && !withPictures)
    problems.note(`${at}/task`, `is ${task.id}, and such items need their pictures: import them within a request`)
  return problems.count > before ? undefined : { at, draft, labels, image: imageNames }
}

/** A misspelt `cluster` must not be ignored. */
function refuseUnknownMembers(fields: JsonRecord, known: readonly string[], task: TaskId, at: string, problems: Problems): void {
  for (const name of Object.keys(fields))
    if (!known.includes(name))
      problems.note(`${at}/${escapePointer(name)}`, `is not a member of a ${task} item; its members are ${known.join(', ')}`)
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

/** The name and its stem. Uploaded pictures are identified by file name only, so folders would not help. */
function namesOf(value: unknown, pointer: string, problems: Problems): string[] {
  const image = problems.string(value, pointer)
  if (image === undefined) return []
  if (image === '' || image.includes('/'))
    problems.note(pointer, `must be the name of a file, without folders, is ${JSON.stringify(image)}`)
  const stem = image.replace(/\.[^.]+$/, '')
  return [...new Set([image, stem])]
}
