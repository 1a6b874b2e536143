/**
 * Official formats that are imported without ever holding a whole file: records are checked one by one as they are read, and joined
 * by item id once all records of an id have been brought together.
 * @module
 */
import { headerOf, vqaAnnotation, vqaQuestion } from '../datasets/vqa-v2.ts'
import { type JsonRecord, Problems } from '../datasets/official-json.ts'
import type { Draft } from './formats.ts'

export type StreamedFile = 'annotations' | 'questions'

/** An element of one of a format's arrays, under the id of the item that it belongs to. */
export interface StreamedRecord {
  readonly id: string
  /** Place of its array in {@link StreamedFormat.arrays}. */
  readonly array: number
  /** Its place in the array. */
  readonly index: number
  /** What the join needs of it: plain JSON. */
  readonly data: unknown
}

/** Strings gathered on the way, e.g. the files' headers. */
export type Facts = Record<string, string>

export type ProblemsByFile = Readonly<Record<StreamedFile, Problems>>

export interface StreamedFormat {
  /** Arrays of one file stand together; files are read in this order. */
  readonly arrays: readonly { readonly file: StreamedFile; readonly key: string }[]
  /** Checks an element; undefined after noting a problem. */
  read(
    element: { readonly array: number; readonly index: number; readonly value: unknown },
    facts: Facts,
    problems: Problems,
  ): { readonly id: string; readonly data: unknown } | undefined
  /** The rest of a file, once all of it was read. */
  readHead(file: StreamedFile, head: JsonRecord, facts: Facts): void
  /** @param records - all of one id, by array and index. Undefined: no item, either of no interest or after noting a problem. */
  join(
    id: string,
    records: readonly StreamedRecord[],
    problems: ProblemsByFile,
  ): { readonly draft: Draft; readonly labels: readonly string[] } | undefined
  /** What `ReadFiles.source` is in memory. @param counts - elements of each array. @throws {Fault} when an array must not be empty. */
  source(facts: Facts, counts: readonly number[]): Readonly<Record<string, string>>
}

const VQA_HEADER = ['task_type', 'data_type', 'data_subtype'] as const

export const streamedVqa: StreamedFormat = {
  arrays: [
    { file: 'questions', key: 'questions' },
    { file: 'annotations', key: 'annotations' },
  ],

  read({ array, index, value }, _facts, problems) {
    if (array === 0) {
      const question = vqaQuestion(value, `/questions/${index}`, problems)
      return question && { id: question.question_id, data: [question.image_id, question.question] }
    }
    const annotation = vqaAnnotation(value, `/annotations/${index}`, problems)
    if (annotation === undefined) return undefined
    const { question_id, image_id, question_type, answer_type, answers } = annotation
    return { id: question_id, data: [image_id, question_type, answer_type, answers.map(({ answer }) => answer)] }
  },

  readHead(file, head, facts) {
    const header = headerOf(head)
    for (const name of VQA_HEADER) {
      const value = header[name]
      if (value !== null) facts[`${file}/${name}`] = value
    }
  },

  join(id, records, problems) {
    const of = (array: number) => unique(records, array, streamedVqa, 'question_id', problems)
    const question = of(0)
    const annotation = of(1)
    // The official scorer never looks at questions that have no annotation.
    if (annotation === undefined) return undefined
    const pointer = `/annotations/${annotation.index}`
    if (question === undefined) {
      problems.annotations.note(`${pointer}/question_id`, `the question file has no question ${id}`)
      return undefined
    }
    const [asked, text] = question.data as [string, string]
    const [cluster, question_type, answer_type, answers] = annotation.data as [string, string, string, string[]]
    if (asked !== cluster) {
      problems.annotations.note(`${pointer}/image_id`, `is ${cluster}, but the question file says ${asked} for question ${id}`)
      return undefined
    }
    return {
      draft: { task: 'vqa', id, cluster, question: text, question_type, answer_type, answers },
      labels: [answer_type, question_type],
    }
  },

  source(facts, [questions, annotations]) {
    const problems = new Problems('annotations')
    if (annotations === 0) problems.note('/annotations', 'is empty')
    problems.throwIfAny()
    const first = (name: string, ...files: StreamedFile[]) =>
      files
        .flatMap((file) => facts[`${file}/${name}`] ?? [])
        .slice(0, 1)
        .map((value) => [name, value])
    return Object.fromEntries([
      ...first('task_type', 'questions', 'annotations'),
      ...first('data_type', 'annotations', 'questions'),
      ...first('data_subtype', 'annotations', 'questions'),
      ['unannotated_questions', String(questions! - annotations!)],
    ])
  },
}

export const streamedCocoCaptions: StreamedFormat = {
  arrays: [
    { file: 'annotations', key: 'images' },
    { file: 'annotations', key: 'annotations' },
  ],

  read({ array, index, value }, facts, problems) {
    const pointer = array === 0 ? `/images/${index}` : `/annotations/${index}`
    const fields = problems.record(value, pointer)
    if (fields === undefined) return undefined
    const member = array === 0 ? 'id' : 'image_id'
    const id = problems.id(fields[member], `${pointer}/${member}`)
    const type = typeof fields[member]
    if (array === 1) {
      const text = problems.string(fields['caption'], `${pointer}/caption`)
      return id === undefined || text === undefined ? undefined : { id, data: [type, text] }
    }
    if (id === undefined) return undefined
    facts['id_type'] ??= type
    if (type !== facts['id_type']) problems.note(`${pointer}/id`, `must be a ${facts['id_type']} like the ids before it`)
    return { id, data: [type] }
  },

  readHead() {},

  join(id, records, problems) {
    const image = unique(records, 0, streamedCocoCaptions, 'id', problems)
    const captions = records.filter(({ array }) => array === 1)
    const strays = captions.filter(({ data }) => image === undefined || (data as string[])[0] !== (image.data as string[])[0])
    for (const { index } of strays) problems.annotations.note(`/annotations/${index}/image_id`, `/images has no image ${id}`)
    if (image === undefined || strays.length > 0) return undefined
    if (captions.length === 0) {
      problems.annotations.note(`/images/${image.index}`, `image ${id} has no caption; the official evaluation fails on it too`)
      return undefined
    }
    const references = captions.map(({ data }) => (data as [string, string])[1])
    return { draft: { task: 'caption', id, cluster: id, position: image.index, references }, labels: [] }
  },

  source: (facts) => ({ id_type: facts['id_type'] ?? 'number' }),
}

/** The record of an array that may have one of an id; notes the others. */
function unique(
  records: readonly StreamedRecord[],
  array: number,
  format: StreamedFormat,
  member: string,
  problems: ProblemsByFile,
): StreamedRecord | undefined {
  const [first, ...others] = records.filter((record) => record.array === array)
  const { file, key } = format.arrays[array]!
  for (const { index, id } of others)
    problems[file].note(`/${key}/${index}/${member}`, `${id} was already used by /${key}/${first!.index}`)
  return first
}
