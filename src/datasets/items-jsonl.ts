/**
 * Assay's own dataset format: JSON Lines, an item a line, for data that has no official format.
 *
 * ```json
 * {"task":"vqa","id":"q1","cluster":"img7","image":"img7.png","question":"How many?","answer_type":"number","answers":["2","two"]}
 * {"task":"retrieval","id":"img7","image":"img7.png","captions":["two dogs","a pair of dogs"]}
 * ```
 *
 * `cluster` names items that are not independent and is the item's id unless given; a caption may be `{"id": …, "text": …}`.
 * @module
 */
import type { ItemDraft } from '../contracts/item.ts'
import { isRecord, type JsonRecord, Problems } from './official-json.ts'

/** What stands for a question or answer type that a line does not give. */
const UNTYPED = 'unspecified'

/**
 * Reads all lines; blank ones are skipped. Pointers begin with the line's index, from 0: `/12/answers`.
 * @throws {Fault} `unprocessable`: a line that is no item, an id used twice, or more than one task in a file.
 */
export function readItemsJsonl(text: string): ItemDraft[] {
  const problems = new Problems('items')
  const drafts: ItemDraft[] = []
  const seen = new Map<string, number>()
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .forEach((line, index) => {
      if (line.trim() === '') return
      const draft = readItemLine(line, `/${index}`, problems)
      if (draft === undefined) return
      const first = seen.get(draft.id)
      if (first !== undefined) problems.note(`/${index}/id`, `${draft.id} was already used by line ${first + 1}`)
      else if (drafts[0] !== undefined && drafts[0].task !== draft.task)
        problems.note(`/${index}/task`, `is ${draft.task}, but the file began with ${drafts[0].task}; one task a file`)
      seen.set(draft.id, index)
      drafts.push(draft)
    })
  if (drafts.length === 0 && problems.count === 0) problems.note('', 'holds no item')
  problems.throwIfAny()
  return drafts
}

/** Reads one line; notes problems under `pointer`. For streaming: nothing is compared with other lines. */
export function readItemLine(line: string, pointer: string, problems: Problems): ItemDraft | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    problems.note(pointer, `is not JSON: ${(error as Error).message}`)
    return undefined
  }
  const fields = problems.record(value, pointer)
  if (fields === undefined) return undefined
  const before = problems.count
  const id = problems.id(fields['id'], `${pointer}/id`) ?? ''
  if (id === '' && problems.count === before) problems.note(`${pointer}/id`, 'must not be empty')
  const cluster = fields['cluster'] === undefined ? id : (problems.id(fields['cluster'], `${pointer}/cluster`) ?? '')
  const draft = draftOf(fields, id, cluster, pointer, problems)
  return problems.count > before ? undefined : draft
}

function draftOf(fields: JsonRecord, id: string, cluster: string, pointer: string, problems: Problems): ItemDraft | undefined {
  switch (fields['task']) {
    case 'retrieval': {
      const image = problems.string(fields['image'], `${pointer}/image`) ?? ''
      const list = problems.list(fields['captions'], `${pointer}/captions`) ?? []
      if (Array.isArray(fields['captions']) && list.length === 0) problems.note(`${pointer}/captions`, 'is empty')
      const captions = list.map((caption, index) => {
        const at = `${pointer}/captions/${index}`
        if (!isRecord(caption)) return { id: `${id}#${index}`, text: problems.string(caption, at) ?? '' }
        return { id: problems.id(caption['id'], `${at}/id`) ?? '', text: problems.string(caption['text'], `${at}/text`) ?? '' }
      })
      return { task: 'retrieval', id, cluster, image_names: namesOf(image), captions }
    }
    case 'vqa': {
      const image = fields['image'] ?? null
      const image_names = image === null ? [] : namesOf(problems.string(image, `${pointer}/image`) ?? '')
      const question = problems.string(fields['question'], `${pointer}/question`) ?? ''
      const list = problems.list(fields['answers'], `${pointer}/answers`) ?? []
      if (Array.isArray(fields['answers']) && list.length === 0) problems.note(`${pointer}/answers`, 'is empty')
      const answers = list.map((answer, index) => problems.string(answer, `${pointer}/answers/${index}`) ?? '')
      const typeOf = (key: string) =>
        fields[key] === undefined ? UNTYPED : (problems.string(fields[key], `${pointer}/${key}`) ?? '')
      const types = { question_type: typeOf('question_type'), answer_type: typeOf('answer_type') }
      return { task: 'vqa', id, cluster, image_names, question, ...types, answers }
    }
    default:
      problems.note(`${pointer}/task`, `must be "retrieval" or "vqa", is ${JSON.stringify(fields['task'])}`)
      return undefined
  }
}

/** The name as given and its stem. */
function namesOf(image: string): string[] {
  const stem = image.replace(/\.[^./]+$/, '')
  return [...new Set([image, stem])]
}
