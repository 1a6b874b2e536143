/**
 * Assay's own dataset format: JSON Lines, an item a line, for data that has no official format.
 *
 * ```json
 * {"task":"vqa","id":"q1","cluster":"img7","image":"img7.png","question":"How many?","answer_type":"number","answers":["2","two"]}
 * {"task":"retrieval","id":"img7","image":"img7.png","captions":["two dogs","a pair of dogs"]}
 * ```
 *
 * `cluster` names items that are not independent and is the item's id unless given; a caption may be `{"id": …, "text": …}`. A line may
 * also be `{"item": {…}}`, as files for OpenAI's Evals are.
 * @module
 */
import type { RetrievalItem } from '../retrieval/item.ts'
import type { ItemDraft } from '../task.ts'
import type { VqaItem } from '../vqa/item.ts'
import { MOST_ANSWERS } from '../../contracts/text-limits.ts'
import { escapePointer, isRecord, type JsonRecord, refuseLoneSurrogates } from '../../files/json.ts'
import { firstFew, Problems } from '../../files/problems.ts'

/** What stands for a question or answer type that a line does not give. */
const UNTYPED = 'unspecified'

const COMMON_MEMBERS = ['task', 'id', 'cluster', 'image']
const MEMBERS = {
  retrieval: [...COMMON_MEMBERS, 'captions'],
  vqa: [...COMMON_MEMBERS, 'question', 'question_type', 'answer_type', 'answers'],
} as const satisfies Record<string, readonly string[]>

export type ItemsTask = keyof typeof MEMBERS
export type ItemsDraft = ItemDraft<RetrievalItem | VqaItem>

/** An item and the JSON pointer of the record that it was read from: `/12`, or `/12/item`. */
export interface ItemLine {
  readonly draft: ItemsDraft
  readonly at: string
}

/**
 * Reads all lines; blank ones are skipped. Pointers begin with the line's index, from 0: `/12/answers`.
 * @throws {Fault} `unprocessable`: a line that is no item, an id used twice, or more than one task in a file.
 */
export function readItemsJsonl(text: string): ItemsDraft[] {
  const problems = new Problems('items')
  const drafts: ItemsDraft[] = []
  const seen = new Map<string, number>()
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .forEach((line, index) => {
      const found = readItemLine(line, index, problems)
      if (found === undefined) return
      const { draft, at } = found
      const first = seen.get(draft.id)
      if (first === undefined) seen.set(draft.id, index)
      else problems.note(`${at}/id`, usedBefore(draft.id, first))
      const begun = drafts[0]?.task ?? draft.task
      if (draft.task !== begun) problems.note(`${at}/task`, `is ${draft.task}, but the file began with ${begun}; one task a file`)
      drafts.push(draft)
    })
  requireItems(drafts.length > 0, problems)
  return drafts
}

/** @param first - index of the line. */
export function usedBefore(id: string, first: number): string {
  return `${id} was already used by line ${first + 1}`
}

/** @throws {Fault} `unprocessable` when there were problems, or there is nothing else. */
export function requireItems(some: boolean, problems: Problems): void {
  if (!some && problems.count === 0) problems.note('', 'holds no item')
  problems.throwIfAny()
}

/**
 * Reads one line; notes what is wrong with it. For streaming: nothing is compared with other lines.
 * @param index - of the line, from 0.
 * @returns undefined for a blank line, or after noting a problem.
 * @throws {Fault} `unprocessable` for text that no UTF-8 can hold.
 */
export function readItemLine(line: string, index: number, problems: Problems): ItemLine | undefined {
  if (line.trim() === '') return undefined
  const pointer = `/${index}`
  const value = parseLine(line, pointer, problems)
  const outer = value && problems.record(value.parsed, pointer)
  if (outer === undefined) return undefined
  const before = problems.count
  const { fields, at } = recordOf(outer, pointer, problems)
  if (fields === undefined) return undefined
  const id = problems.id(fields['id'], `${at}/id`) ?? ''
  if (id === '' && problems.count === before) problems.note(`${at}/id`, 'must not be empty')
  const cluster = fields['cluster'] === undefined ? id : (problems.id(fields['cluster'], `${at}/cluster`) ?? '')
  const draft = draftOf(fields, id, cluster, at, problems)
  return problems.count > before ? undefined : draft && { draft, at }
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

/** @returns undefined, after noting the problem, if the line is no JSON. @throws {Fault} `unprocessable` for half of a surrogate pair. */
function parseLine(line: string, pointer: string, problems: Problems): { readonly parsed: unknown } | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch (error) {
    problems.note(pointer, `is not JSON: ${(error as Error).message}`)
    return undefined
  }
  refuseLoneSurrogates(line, parsed, pointer)
  return { parsed }
}

function draftOf(fields: JsonRecord, id: string, cluster: string, pointer: string, problems: Problems): ItemsDraft | undefined {
  const { task } = fields
  if (task !== 'retrieval' && task !== 'vqa') {
    problems.note(`${pointer}/task`, `must be "retrieval" or "vqa", is ${JSON.stringify(task)}`)
    return undefined
  }
  // A misspelt cluster must not be none at all.
  for (const name of Object.keys(fields))
    if (!(MEMBERS[task] as readonly string[]).includes(name))
      problems.note(
        `${pointer}/${escapePointer(name)}`,
        `is not read of a ${task} item (${MEMBERS[task].join(', ')} are); leave it out`,
      )
  return task === 'retrieval'
    ? retrievalDraft(fields, id, cluster, pointer, problems)
    : vqaDraft(fields, id, cluster, pointer, problems)
}

function retrievalDraft(
  fields: JsonRecord,
  id: string,
  cluster: string,
  pointer: string,
  problems: Problems,
): ItemDraft<RetrievalItem> {
  const list = problems.list(fields['captions'], `${pointer}/captions`) ?? []
  if (Array.isArray(fields['captions']) && list.length === 0) problems.note(`${pointer}/captions`, 'is empty')
  const captions = list.map((caption, index) => {
    const at = `${pointer}/captions/${index}`
    if (!isRecord(caption)) return { id: `${id}#${index}`, text: problems.text(caption, at) ?? '' }
    return { id: problems.id(caption['id'], `${at}/id`) ?? '', text: problems.text(caption['text'], `${at}/text`) ?? '' }
  })
  return { task: 'retrieval', id, cluster, image_names: namesOf(fields['image'], `${pointer}/image`, problems), captions }
}

function vqaDraft(fields: JsonRecord, id: string, cluster: string, pointer: string, problems: Problems): ItemDraft<VqaItem> {
  const image = fields['image'] ?? null
  const image_names = image === null ? [] : namesOf(image, `${pointer}/image`, problems)
  const question = problems.text(fields['question'], `${pointer}/question`) ?? ''
  const list = problems.listOf(fields['answers'], `${pointer}/answers`, MOST_ANSWERS) ?? []
  if (Array.isArray(fields['answers']) && fields['answers'].length === 0) problems.note(`${pointer}/answers`, 'is empty')
  const answers = list.map((answer, index) => problems.text(answer, `${pointer}/answers/${index}`) ?? '')
  const typeOf = (key: string) =>
    fields[key] === undefined ? UNTYPED : (problems.string(fields[key], `${pointer}/${key}`) ?? '')
  const types = { question_type: typeOf('question_type'), answer_type: typeOf('answer_type') }
  return { task: 'vqa', id, cluster, image_names, question, ...types, answers }
}

/** The name as given and its stem. Uploaded pictures are known by file name alone, so a folder would tell nothing apart. */
function namesOf(value: unknown, pointer: string, problems: Problems): string[] {
  const image = problems.string(value, pointer)
  if (image === undefined) return []
  if (image === '' || image.includes('/'))
    problems.note(pointer, `must be the name of a file, without folders, is ${JSON.stringify(image)}`)
  const stem = image.replace(/\.[^.]+$/, '')
  return [...new Set([image, stem])]
}

/**
 * Reads results, `{"id": …, "answer": "…"}` a line, of a file of questions.
 * @param ids - every item's.
 * @returns the answers in the order of `ids`.
 * @throws {Fault} `unprocessable`: a line that is no answer, an id that no item has or that came before, an item without an answer.
 */
export function readItemAnswers(text: string, ids: readonly string[]): Map<string, string> {
  const problems = new Problems('results')
  const found = valuesById(text, ids, problems, (fields, pointer) => problems.text(fields['answer'], `${pointer}/answer`))
  requireValues(found, ids, 'answer', problems)
  return new Map(ids.map((id) => [id, found.get(id)!]))
}

/**
 * Reads scores, `{"id": …, "score": 0.5}` a line.
 * @param ids - every item's, in the dataset's order.
 * @param count - how many of the first items need one.
 * @returns the scores in [0, 1] by id; null where the file says that there is none.
 * @throws {Fault} `unprocessable`: a line that is no score, an id that no item has or that came before, one of the first items without a line.
 */
export function readItemScores(text: string, ids: readonly string[], count: number): Map<string, number | null> {
  const problems = new Problems('scores')
  const found = valuesById(text, ids, problems, ({ score }, pointer) => {
    if (score === null || (typeof score === 'number' && score >= 0 && score <= 1)) return score
    problems.note(`${pointer}/score`, `must be a number from 0 to 1, or null, is ${JSON.stringify(score) ?? 'missing'}`)
    return undefined
  })
  requireValues(found, ids.slice(0, count), 'score', problems)
  return found
}

/** @param read - undefined after noting a problem. */
function valuesById<T>(
  text: string,
  ids: readonly string[],
  problems: Problems,
  read: (fields: JsonRecord, pointer: string) => T | undefined,
): Map<string, T> {
  const known = new Set(ids)
  const values = new Map<string, T>()
  const lines = new Map<string, number>()
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue
    const pointer = `/${index}`
    const value = parseLine(line, pointer, problems)
    const fields = value && problems.record(value.parsed, pointer)
    if (fields === undefined) continue
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

function requireValues(found: ReadonlyMap<string, unknown>, ids: readonly string[], what: string, problems: Problems): void {
  const missing = ids.filter((id) => !found.has(id))
  if (missing.length > 0) problems.note('', `has no ${what} for ${missing.length} of ${ids.length} items: ${firstFew(missing)}`)
  problems.throwIfAny()
}
