/**
 * Records of VQA v2 (and v1) files, in the layout of https://visualqa.org/download.html.
 *
 * Refuses records on which the official `vqa.py` and `vqaEval.py` fail (GT-Vision-Lab/VQA @a013f00) and, like
 * them, ignores unknown fields.
 * @module
 */
import { lengthProblem, MOST_ANSWERS } from '../../../contracts/text-limits.ts'
import { isRecord, type JsonRecord } from '../../../files/json.ts'
import type { Problems } from '../../../files/problems.ts'

/** One human answer. The official scorer compares these objects whole. */
export interface VqaAnswer {
  readonly answer: string
  readonly answer_confidence?: string
  readonly answer_id?: number
}

/** One annotated question, ids as text. */
export interface VqaAnnotation {
  readonly question_id: string
  readonly image_id: string
  readonly question_type: string
  readonly answer_type: string
  readonly answers: readonly VqaAnswer[]
}

export interface VqaQuestion {
  readonly question_id: string
  readonly image_id: string
  readonly question: string
  /** v1 multiple choice only: 18 strings. */
  readonly multiple_choices?: readonly string[]
}

/** The files' common head. */
export interface VqaHeader {
  /**
   * `Open-Ended`, `Multiple-Choice`, or `Multiple Choice`, the only spelling for which the official loader
   * checks choices.
   */
  readonly task_type: string | null
  /** `mscoco` or `abstract_v002`. */
  readonly data_type: string | null
  /** e.g. `val2014`. */
  readonly data_subtype: string | null
  /** Number of questions without an annotation, which the official scorer ignores. */
  readonly unannotated_questions: number
}

/** The head of a file. */
export function headerOf(file: JsonRecord): Omit<VqaHeader, 'unannotated_questions'> {
  const text = (key: string) => (typeof file[key] === 'string' ? file[key] : null)
  return { task_type: text('task_type'), data_type: text('data_type'), data_subtype: text('data_subtype') }
}

/** Checks one record of `annotations[]`. Problems are recorded under `pointer`. */
export function vqaAnnotation(record: unknown, pointer: string, problems: Problems): VqaAnnotation | undefined {
  const fields = problems.record(record, pointer)
  if (fields === undefined) return undefined
  const { question_id, image_id, question_type, answer_type, answers } = fields
  if (
    Number.isSafeInteger(question_id) &&
    Number.isSafeInteger(image_id) &&
    typeof question_type === 'string' &&
    typeof answer_type === 'string' &&
    Array.isArray(answers) &&
    answers.length > 0 &&
    answers.length <= MOST_ANSWERS &&
    answers.every(
      (answer) => isRecord(answer) && typeof answer['answer'] === 'string' && lengthProblem(answer['answer']) === undefined,
    )
  )
    return {
      question_id: String(question_id),
      image_id: String(image_id),
      question_type,
      answer_type,
      answers: answers.map(vqaAnswer),
    }
  problems.integerId(question_id, `${pointer}/question_id`)
  problems.integerId(image_id, `${pointer}/image_id`)
  problems.string(question_type, `${pointer}/question_type`)
  problems.string(answer_type, `${pointer}/answer_type`)
  const list = problems.listOf(answers, `${pointer}/answers`, MOST_ANSWERS)
  if (list?.length === 0) problems.note(`${pointer}/answers`, 'is empty: an accuracy over no answers is undefined')
  list?.forEach((entry, position) => {
    const answer = problems.record(entry, `${pointer}/answers/${position}`)
    if (answer !== undefined) problems.text(answer['answer'], `${pointer}/answers/${position}/answer`)
  })
  return undefined
}

function vqaAnswer(fields: {
  readonly answer: string
  readonly answer_confidence?: unknown
  readonly answer_id?: unknown
}): VqaAnswer {
  const { answer, answer_confidence, answer_id } = fields
  // Official files have both members: no copy is needed.
  if (typeof answer_confidence === 'string' && typeof answer_id === 'number') return fields as VqaAnswer
  return {
    answer,
    ...(typeof answer_confidence === 'string' && { answer_confidence }),
    ...(typeof answer_id === 'number' && { answer_id }),
  }
}

/** Checks one record of `questions[]`. Problems are recorded under `pointer`. */
export function vqaQuestion(record: unknown, pointer: string, problems: Problems): VqaQuestion | undefined {
  const fields = problems.record(record, pointer)
  if (fields === undefined) return undefined
  const question_id = problems.integerId(fields['question_id'], `${pointer}/question_id`)
  const image_id = problems.integerId(fields['image_id'], `${pointer}/image_id`)
  const question = problems.text(fields['question'], `${pointer}/question`)
  const choices = fields['multiple_choices']
  if (choices !== undefined && !isStringList(choices)) problems.note(`${pointer}/multiple_choices`, 'must be an array of strings')
  else if (choices !== undefined) problems.listOf(choices, `${pointer}/multiple_choices`, MOST_ANSWERS)
  if (question_id === undefined || image_id === undefined || question === undefined) return undefined
  return { question_id, image_id, question, ...(isStringList(choices) && { multiple_choices: choices }) }
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}
