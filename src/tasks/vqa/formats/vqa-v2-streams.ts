/**
 * Streamed questions and annotations of VQA v2, for a reader that scores while reading.
 * @module
 */
import { type ByteChunks, streamJsonBatches } from '../../../files/json-list-scanner.ts'
import { Problems } from '../../../files/problems.ts'
import { headerOf, type VqaAnnotation, vqaAnnotation, type VqaHeader, type VqaQuestion, vqaQuestion } from './vqa-v2-records.ts'

/** Streams checked questions in batches. @returns (as the generator's result) the header */
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
 * Streams checked annotations with their places in the file, in batches. Problems are recorded, and thrown
 * when there are many or the file ends.
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

/**
 * @param seen - place of first use by id. Ids are numbers, which hash faster than their text and take less
 *   memory.
 */
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
