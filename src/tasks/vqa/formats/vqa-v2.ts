/**
 * VQA v2 (and v1) questions, annotations and results, in the layout of https://visualqa.org/download.html.
 *
 * Refuses what the official `vqa.py` and `vqaEval.py` fail on (GT-Vision-Lab/VQA @a013f00) and ignores unknown fields, as they do.
 * Duplicate question ids are refused too: the official index keeps the last one in silence.
 * @module
 */
import { Fault, type FieldError } from '../../../contracts/failure.ts'
import type { ItemDraft } from '../../task.ts'
import type { VqaItem } from '../item.ts'
import { lengthProblem, MOST_ANSWERS } from '../../../contracts/text-limits.ts'
import { type ByteChunks, streamJsonBatches } from '../../../files/json-list-scanner.ts'
import { isRecord, type JsonRecord, parseOfficialJson } from '../../../files/json.ts'
import { firstFew, Problems } from '../../../files/problems.ts'

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
  /** `Open-Ended`, `Multiple-Choice`, or `Multiple Choice`, the only spelling for which the official loader checks choices. */
  readonly task_type: string | null
  /** `mscoco` or `abstract_v002`. */
  readonly data_type: string | null
  /** e.g. `val2014`. */
  readonly data_subtype: string | null
  /** Questions that have no annotation; the official scorer never looks at them. */
  readonly unannotated_questions: number
}

export interface VqaFiles {
  /** Parsed JSON or its text. */
  readonly questions: unknown
  readonly annotations: unknown
}

/**
 * Reads a question file and its annotation file into drafts, in annotation order.
 * @throws {Fault} `unprocessable`, with a JSON pointer into the file for each offending record.
 */
export function readVqa(files: VqaFiles): { drafts: ItemDraft<VqaItem>[]; header: VqaHeader } {
  const questionFile = readVqaQuestions(files.questions)
  const annotationFile = readVqaAnnotations(files.annotations)
  const questions = new Map(questionFile.questions.map((question) => [question.question_id, question]))
  const problems = new Problems('annotations')
  const header = {
    task_type: questionFile.header.task_type ?? annotationFile.header.task_type,
    data_type: annotationFile.header.data_type ?? questionFile.header.data_type,
    data_subtype: annotationFile.header.data_subtype ?? questionFile.header.data_subtype,
    unannotated_questions: questionFile.questions.length - annotationFile.annotations.length,
  }
  const drafts = annotationFile.annotations.flatMap((annotation, index) => {
    const draft = vqaDraft(annotation, questions.get(annotation.question_id), header, `/annotations/${index}`, problems)
    return draft === undefined ? [] : [draft]
  })
  problems.throwIfAny()
  return { drafts, header }
}

/**
 * The same for files larger than memory: holds the questions, and one annotation at a time.
 * @param files - the files' bytes, in chunks of any size.
 * @returns (as the generator's result) the header. It comes last, because members may stand after the array; image names are made
 * from the question file's.
 * @throws {Fault} `unprocessable`, after at most twenty problems.
 */
export async function* streamVqa(files: {
  readonly questions: ByteChunks
  readonly annotations: ByteChunks
}): AsyncGenerator<ItemDraft<VqaItem>, VqaHeader> {
  const questions = new Map<string, VqaQuestion>()
  const asked = streamVqaQuestions(files.questions)
  let next = await asked.next()
  for (; next.done !== true; next = await asked.next())
    for (const question of next.value) questions.set(question.question_id, question)
  const header = next.value

  const problems = new Problems('annotations')
  let count = 0
  for await (const annotations of streamVqaAnnotations(files.annotations, problems)) {
    for (const { annotation, index } of annotations) {
      const draft = vqaDraft(annotation, questions.get(annotation.question_id), header, `/annotations/${index}`, problems)
      count++
      if (draft === undefined) problems.throwIfMany()
      else yield draft
    }
  }
  problems.throwIfAny()
  return { ...header, unannotated_questions: questions.size - count }
}

/** Streams checked questions, many at a time. @returns (as the generator's result) the header. */
export async function* streamVqaQuestions(
  chunks: ByteChunks,
): AsyncGenerator<VqaQuestion[], Omit<VqaHeader, 'unannotated_questions'>> {
  const problems = new Problems('questions')
  const seen = new Map<number, number>()
  const batches = streamJsonBatches(chunks, 'questions', 'questions')
  let next = await batches.next()
  for (let index = 0; next.done !== true; next = await batches.next()) {
    const questions: VqaQuestion[] = []
    for (const record of next.value) {
      const question = vqaQuestion(record, `/questions/${index}`, problems)
      if (question === undefined) problems.throwIfMany()
      else if (!noteDuplicate(seen, question.question_id, index, 'questions', problems)) questions.push(question)
      index++
    }
    yield questions
  }
  problems.throwIfAny()
  return headerOf(next.value)
}

/**
 * Streams checked annotations with their places in the file, many at a time; problems are noted, and thrown when there are many or the
 * file ends.
 */
export async function* streamVqaAnnotations(
  chunks: ByteChunks,
  problems = new Problems('annotations'),
): AsyncGenerator<{ annotation: VqaAnnotation; index: number }[]> {
  const seen = new Map<number, number>()
  let index = 0
  for await (const records of streamJsonBatches(chunks, 'annotations', 'annotations')) {
    const checked: { annotation: VqaAnnotation; index: number }[] = []
    for (const record of records) {
      const annotation = vqaAnnotation(record, `/annotations/${index}`, problems)
      if (annotation === undefined) problems.throwIfMany()
      else if (!noteDuplicate(seen, annotation.question_id, index, 'annotations', problems)) checked.push({ annotation, index })
      index++
    }
    yield checked
  }
  if (index === 0) problems.note('/annotations', 'is empty')
  problems.throwIfAny()
}

function vqaDraft(
  annotation: VqaAnnotation,
  question: VqaQuestion | undefined,
  header: Omit<VqaHeader, 'unannotated_questions'>,
  pointer: string,
  problems: Problems,
): ItemDraft<VqaItem> | undefined {
  if (question === undefined) {
    problems.note(`${pointer}/question_id`, `the question file has no question ${annotation.question_id}`)
    return undefined
  }
  if (question.image_id !== annotation.image_id) {
    problems.note(
      `${pointer}/image_id`,
      `is ${annotation.image_id}, but the question file says ${question.image_id} for question ${annotation.question_id}`,
    )
    return undefined
  }
  return {
    task: 'vqa',
    id: annotation.question_id,
    cluster: annotation.image_id,
    image_names: vqaImageNames(annotation.image_id, header),
    question: question.question,
    question_type: annotation.question_type,
    answer_type: annotation.answer_type,
    answers: annotation.answers.map(({ answer }) => answer),
  }
}

/**
 * Reads `{…, annotations: [{question_id, image_id, question_type, answer_type, answers: [{answer, …}, …]}, …]}`.
 * @throws {Fault} `unprocessable`
 */
export function readVqaAnnotations(source: unknown): {
  annotations: VqaAnnotation[]
  header: Omit<VqaHeader, 'unannotated_questions'>
} {
  const problems = new Problems('annotations')
  const file = problems.record(parseOfficialJson(source, 'annotations'), '')
  const records = file && problems.list(file['annotations'], '/annotations')
  problems.throwIfAny()
  const annotations: VqaAnnotation[] = []
  const seen = new Map<number, number>()
  records!.forEach((record, index) => {
    const annotation = vqaAnnotation(record, `/annotations/${index}`, problems)
    if (annotation === undefined) return
    if (noteDuplicate(seen, annotation.question_id, index, 'annotations', problems)) return
    annotations.push(annotation)
  })
  if (records!.length === 0) problems.note('/annotations', 'is empty')
  problems.throwIfAny()
  return { annotations, header: headerOf(file!) }
}

/** Checks one record of `annotations[]`; notes problems under `pointer`. */
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
  // as official files have it: no copy
  if (typeof answer_confidence === 'string' && typeof answer_id === 'number') return fields as VqaAnswer
  return {
    answer,
    ...(typeof answer_confidence === 'string' && { answer_confidence }),
    ...(typeof answer_id === 'number' && { answer_id }),
  }
}

/**
 * Reads `{…, questions: [{question_id, image_id, question, multiple_choices?}, …]}`.
 * @throws {Fault} `unprocessable`
 */
export function readVqaQuestions(source: unknown): {
  questions: VqaQuestion[]
  header: Omit<VqaHeader, 'unannotated_questions'>
} {
  const problems = new Problems('questions')
  const file = problems.record(parseOfficialJson(source, 'questions'), '')
  const records = file && problems.list(file['questions'], '/questions')
  problems.throwIfAny()
  const questions: VqaQuestion[] = []
  const seen = new Map<number, number>()
  records!.forEach((record, index) => {
    const question = vqaQuestion(record, `/questions/${index}`, problems)
    if (question === undefined) return
    if (!noteDuplicate(seen, question.question_id, index, 'questions', problems)) questions.push(question)
  })
  problems.throwIfAny()
  return { questions, header: headerOf(file!) }
}

/** Checks one record of `questions[]`; notes problems under `pointer`. */
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

/**
 * Reads a results file `[{question_id, answer}, …]`. As in the official `loadRes`, the set of ids must equal the expected set, and
 * of duplicates the last one wins.
 * @param expectedIds - question ids as text.
 * @param multipleChoices - the choices by question id, when the task type is exactly `Multiple Choice`.
 * @returns answers by question id, in the order of `expectedIds`.
 * @throws {Fault} `unprocessable`, listing the first few missing and unknown ids.
 */
export function readVqaResults(
  source: unknown,
  expectedIds: Iterable<string>,
  multipleChoices?: ReadonlyMap<string, readonly string[]>,
): Map<string, string> {
  return matchVqaAnswers(readVqaAnswers(source, multipleChoices), expectedIds)
}

/** A results file on its own: answers by question id, not yet compared with a dataset. */
export function readVqaAnswers(source: unknown, multipleChoices?: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const problems = new Problems('results')
  const records = problems.list(parseOfficialJson(source, 'results'), '')
  problems.throwIfAny()
  const answers = new Map<string, string>()
  records!.forEach((record, index) => takeVqaAnswer(record, index, answers, multipleChoices, problems))
  problems.throwIfAny()
  return answers
}

/** The same for a file larger than memory. */
export async function streamVqaAnswers(
  chunks: ByteChunks,
  multipleChoices?: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, string>> {
  const problems = new Problems('results')
  const answers = new Map<string, string>()
  let index = 0
  for await (const records of streamJsonBatches(chunks, null, 'results'))
    for (const record of records) takeVqaAnswer(record, index++, answers, multipleChoices, problems)
  problems.throwIfAny()
  return answers
}

function takeVqaAnswer(
  record: unknown,
  index: number,
  answers: Map<string, string>,
  multipleChoices: ReadonlyMap<string, readonly string[]> | undefined,
  problems: Problems,
): void {
  const fields = problems.record(record, `/${index}`)
  if (fields === undefined) return
  const id = problems.integerId(fields['question_id'], `/${index}/question_id`)
  const answer = problems.text(fields['answer'], `/${index}/answer`)
  if (id === undefined || answer === undefined) return
  const choices = multipleChoices?.get(id)
  if (choices !== undefined && !choices.includes(answer))
    problems.note(`/${index}/answer`, `${JSON.stringify(answer)} is not one of the multiple choices of question ${id}`)
  answers.set(id, answer)
}

/**
 * Requires exactly the expected questions to be answered.
 * @returns the answers in the order of `expectedIds`.
 * @throws {Fault} `unprocessable`
 */
export function matchVqaAnswers(found: ReadonlyMap<string, string>, expectedIds: Iterable<string>): Map<string, string> {
  const answers = new Map<string, string>()
  const missing: string[] = []
  for (const id of expectedIds) {
    const answer = found.get(id)
    if (answer === undefined) missing.push(id)
    else answers.set(id, answer)
  }
  const unknown = found.size === answers.size ? [] : [...found.keys()].filter((id) => !answers.has(id))
  if (missing.length + unknown.length > 0) {
    const errors: FieldError[] = []
    if (missing.length > 0) errors.push({ pointer: '', detail: `no answer for question ${firstFew(missing)}` })
    if (unknown.length > 0) errors.push({ pointer: '', detail: `not annotated: question ${firstFew(unknown)}` })
    throw new Fault({
      kind: 'unprocessable',
      detail:
        'results file: its question ids must be exactly the annotated ones; ' +
        [
          missing.length > 0 && `${missing.length} missing (${firstFew(missing)})`,
          unknown.length > 0 && `${unknown.length} unknown (${firstFew(unknown)})`,
        ]
          .filter(Boolean)
          .join(', '),
      errors,
    })
  }
  return answers
}

/** Choices by question id if the official loader would check them: only for the task type spelt `Multiple Choice`. */
export function checkedChoices(
  questions: readonly VqaQuestion[],
  header: { readonly task_type: string | null },
): Map<string, readonly string[]> | undefined {
  if (header.task_type !== 'Multiple Choice') return undefined
  return new Map(
    questions.flatMap((question) => (question.multiple_choices ? [[question.question_id, question.multiple_choices]] : [])),
  )
}

/** Stems under which COCO and the VQA sets name an image's file, likeliest first. */
function vqaImageNames(imageId: string, header: Pick<VqaHeader, 'data_type' | 'data_subtype'>): string[] {
  const padded = imageId.padStart(12, '0')
  const names: string[] = []
  if (header.data_subtype !== null) {
    names.push(`COCO_${header.data_subtype}_${padded}`)
    if (header.data_type !== null) names.push(`${header.data_type}_${header.data_subtype}_${padded}`)
  }
  names.push(padded, imageId)
  return [...new Set(names)]
}

/** What a file says of itself. */
export function headerOf(file: JsonRecord): Omit<VqaHeader, 'unannotated_questions'> {
  const text = (key: string) => (typeof file[key] === 'string' ? file[key] : null)
  return { task_type: text('task_type'), data_type: text('data_type'), data_subtype: text('data_subtype') }
}

/** @param seen - by id, as a number, which hashes faster than its text and takes less: where it was used first. */
function noteDuplicate(seen: Map<number, number>, id: string, index: number, list: string, problems: Problems): boolean {
  const key = Number(id)
  const first = seen.get(key)
  if (first === undefined) {
    seen.set(key, index)
    return false
  }
  problems.note(`/${list}/${index}/question_id`, `${id} was already used by /${list}/${first}`)
  return true
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}
