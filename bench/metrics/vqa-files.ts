/**
 * VQA v2 files of any size, from the golden set made here.
 * @module
 */
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../scripts/paths.ts'
import { CounterRandom } from '../../src/statistics/counter-random.ts'

const SOURCE = join(ROOT, 'test/golden/vqa-v2')
const ANSWERS = 10
const QUESTIONS_PER_IMAGE = 5
/**
 * Share of human answers that combine two or three words, so that there are as many distinct ones as in real
 * data.
 */
const MADE = 0.06
const BUFFER = 2 ** 20

export interface VqaFiles {
  readonly questions: string
  readonly annotations: string
  readonly results: string
  readonly count: number
  readonly answers: number
  readonly distinctAnswers: number
  /** Size of the annotations. */
  readonly bytes: number
}

interface Annotation {
  question_id: number
  question_type: string
  answer_type: string
  answers: { answer: string; answer_confidence: string }[]
}

/**
 * Draws questions with replacement and ten answers of each with replacement, and numbers images and questions
 * anew. Half of the results are the question's answer in the committed results, half one of its human
 * answers.
 * @param folder - receives the three files.
 */
export function writeVqaFiles(folder: string, count: number): VqaFiles {
  const read = (name: string) => JSON.parse(readFileSync(join(SOURCE, `${name}.json`), 'utf8'))
  const questionFile = read('questions')
  const annotationFile = read('annotations')
  const annotations = annotationFile.annotations as Annotation[]
  const questions = new Map<number, string>(
    questionFile.questions.map((record: { question_id: number; question: string }) => [record.question_id, record.question]),
  )
  const given = new Map<number, string>(
    read('results').map((record: { question_id: number; answer: string }) => [record.question_id, record.answer]),
  )
  const words = [
    ...new Set(annotations.flatMap(({ answers }) => answers.flatMap(({ answer }) => answer.split(' ').filter(Boolean)))),
  ]

  const random = new CounterRandom(0, 'bench/metrics/vqa')
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!
  const distinct = new Set<string>()
  const path = (kind: string) => join(folder, `vqa-${count}-${kind}.json`)
  const files = { questions: path('questions'), annotations: path('annotations'), results: path('results') }
  const asked = listWriter(files.questions, `${head(questionFile)}, "questions": [`, ']}')
  const annotated = listWriter(files.annotations, `${head(annotationFile)}, "annotations": [`, ']}')
  const answered = listWriter(files.results, '[', ']')
  for (let index = 0; index < count; index++) {
    const source = pick(annotations)
    const imageId = 1 + Math.floor(index / QUESTIONS_PER_IMAGE)
    const questionId = imageId * 1000 + (index % QUESTIONS_PER_IMAGE)
    const answers = Array.from({ length: ANSWERS }, (_, position) => {
      const { answer, answer_confidence } = pick(source.answers)
      const isMade = random.uniform() < MADE
      const text = isMade ? Array.from({ length: 2 + random.below(2) }, () => pick(words)).join(' ') : answer
      distinct.add(text)
      return `{"answer": ${JSON.stringify(text)}, "answer_confidence": "${answer_confidence}", "answer_id": ${position + 1}}`
    })
    const result = random.below(2) === 0 ? given.get(source.question_id)! : pick(source.answers).answer
    const question = JSON.stringify(questions.get(source.question_id)!)
    asked.add(`{"image_id": ${imageId}, "question": ${question}, "question_id": ${questionId}}`)
    annotated.add(
      `{"question_type": ${JSON.stringify(source.question_type)}, ` +
        `"multiple_choice_answer": ${JSON.stringify(source.answers[0]!.answer)}, "answers": [${answers.join(', ')}], ` +
        `"image_id": ${imageId}, "answer_type": ${JSON.stringify(source.answer_type)}, "question_id": ${questionId}}`,
    )
    answered.add(`{"question_id": ${questionId}, "answer": ${JSON.stringify(result)}}`)
  }
  for (const writer of [asked, annotated, answered]) writer.end()
  const { size: bytes } = statSync(files.annotations)
  return { ...files, count, answers: count * ANSWERS, distinctAnswers: distinct.size, bytes }
}

/** The members before the list, as in the official files, as an unclosed object. */
function head({ info, task_type, data_type, license }: Record<string, unknown>): string {
  return JSON.stringify({ info, task_type, data_type, license, data_subtype: 'val2014' }).slice(0, -1)
}

function listWriter(path: string, before: string, after: string): { add(record: string): void; end(): void } {
  const file = openSync(path, 'w')
  let text = before
  let isFirst = true
  return {
    add(record) {
      text += isFirst ? record : `, ${record}`
      isFirst = false
      if (text.length < BUFFER) return
      writeSync(file, text)
      text = ''
    },
    end() {
      writeSync(file, text + after)
      closeSync(file)
    },
  }
}
