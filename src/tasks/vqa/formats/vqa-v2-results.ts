/**
 * Results of VQA v2: `[{question_id, answer}, …]`.
 * @module
 */
import { Fault, type FieldError } from '../../../contracts/failure.ts'
import { parseOfficialJson } from '../../../files/json.ts'
import { type ByteChunks, streamJsonBatches } from '../../../files/json-list-scanner.ts'
import { firstFew, Problems } from '../../../files/problems.ts'
import type { VqaQuestion } from './vqa-v2-records.ts'

/**
 * Reads a results file `[{question_id, answer}, …]`. As in the official `loadRes`, the set of ids must equal
 * the expected set, and the last duplicate wins.
 * @param expectedIds - question ids as text
 * @param multipleChoices - the choices by question id, if the task type is exactly `Multiple Choice`
 * @returns answers by question id, in the order of `expectedIds`
 * @throws {Fault} `unprocessable`, listing the first few missing and unknown ids
 */
export function readVqaResults(
  source: unknown,
  expectedIds: Iterable<string>,
  multipleChoices?: ReadonlyMap<string, readonly string[]>,
): Map<string, string> {
  return matchVqaAnswers(readVqaAnswers(source, multipleChoices), expectedIds)
}

/** Reads a results file alone: answers by question id, not yet compared with a dataset. */
function readVqaAnswers(source: unknown, multipleChoices?: ReadonlyMap<string, readonly string[]>): Map<string, string> {
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
 * Requires answers to exactly the expected questions.
 * @returns the answers in the order of `expectedIds`
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

/**
 * Choices by question id, if the official loader would check them: only for the task type spelt `Multiple
 * Choice`.
 */
export function checkedChoices(
  questions: readonly VqaQuestion[],
  header: { readonly task_type: string | null },
): Map<string, readonly string[]> | undefined {
  if (header.task_type !== 'Multiple Choice') return undefined
  return new Map(
    questions.flatMap((question) => (question.multiple_choices ? [[question.question_id, question.multiple_choices]] : [])),
  )
}
