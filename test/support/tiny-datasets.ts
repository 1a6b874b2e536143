/**
 * Datasets of a few pictures, in official formats, as forms for `POST /v1/datasets`.
 * @module
 */
import { samplePng } from './png.ts'

const json = (value: unknown) =>
  new Blob([typeof value === 'string' ? value : JSON.stringify(value)], { type: 'application/json' })

/** PNG pictures `1.png`, `2.png` and so on. */
export function pictures(count: number, seed = 0): { name: string; bytes: Uint8Array<ArrayBuffer> }[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${index + 1}.png`,
    bytes: new Uint8Array(samplePng(seed + index, 32, 24)),
  }))
}

function datasetForm(fields: Record<string, string | Blob>, images: ReturnType<typeof pictures>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  for (const { name, bytes } of images) form.append('images', new Blob([bytes], { type: 'image/png' }), name)
  return form
}

/** A Karpathy split `test` of `count` pictures with five captions each. */
export function karpathyFile(count: number): { dataset: string; images: Record<string, unknown>[] } {
  return {
    dataset: 'tiny',
    images: Array.from({ length: count }, (_, index) => ({
      imgid: index,
      filename: `${index + 1}.png`,
      split: 'test',
      sentids: [0, 1, 2, 3, 4].map((n) => 5 * index + n),
      sentences: [0, 1, 2, 3, 4].map((n) => ({ sentid: 5 * index + n, raw: `picture ${index} told the way ${n}`, tokens: [] })),
    })),
  }
}

export function retrievalForm(name: string, count = 4, annotations: unknown = karpathyFile(count)): FormData {
  return datasetForm({ name, format: 'karpathy', split: 'test', annotations: json(annotations) }, pictures(count))
}

/** Pictures with labels of three, in the form of `labels.json` and `names.json`. */
export function labelledForm(name: string, count: number): FormData {
  const names = { red: ['a red picture', 'red'], green: 'green', blue: 'a blue picture' }
  const of = Object.keys(names)
  const labels = Object.fromEntries(pictures(count).map(({ name: file }, index) => [file, of[index % 3]]))
  return datasetForm({ name, format: 'classification', annotations: json(labels), names: json(names) }, pictures(count))
}

/** Questions with three options, one per picture, in Assay's own format. */
export function choicesForm(name: string, count: number): FormData {
  const options = ['a red square', 'stripes of many colours', 'noise']
  const lines = pictures(count).map(({ name: image }, index) => ({
    task: 'multiple_choice',
    id: `q${index}`,
    image,
    question: 'What does it look like?',
    options: [...options.slice(index % 3), ...options.slice(0, index % 3)],
    answer: 'ABC'[index % 3],
    category: index % 2 === 0 ? 'even' : 'odd',
  }))
  const annotations = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  return datasetForm({ name, format: 'items-jsonl', annotations: json(annotations) }, pictures(count))
}

/** VQA v2 files: `count` questions, two per picture, with ids from 1000 and ten answers "yes" each. */
export function vqaFiles(count: number) {
  const ids = Array.from({ length: count }, (_, index) => ({ question_id: 1000 + index, image_id: 1 + Math.floor(index / 2) }))
  return {
    questions: {
      task_type: 'Open-Ended',
      data_type: 'tiny',
      data_subtype: 'test',
      questions: ids.map((id) => ({ ...id, question: `Is this question ${id.question_id}?` })),
    },
    annotations: {
      data_type: 'tiny',
      data_subtype: 'test',
      annotations: ids.map((id) => ({
        ...id,
        question_type: 'is this',
        answer_type: 'yes/no',
        multiple_choice_answer: 'yes',
        answers: Array.from({ length: 10 }, (_, index) => ({ answer: 'yes', answer_confidence: 'yes', answer_id: index + 1 })),
      })),
    },
  }
}

export function vqaForm(
  name: string,
  count = 4,
  { questions, annotations }: { questions: unknown; annotations: unknown } = vqaFiles(count),
): FormData {
  return datasetForm(
    { name, format: 'vqa-v2', questions: json(questions), annotations: json(annotations) },
    pictures(Math.ceil(count / 2)),
  )
}

/** An official results file, answered by id. */
export function resultsForm(
  count: number,
  answer: (id: number) => string = () => 'yes',
  extra: readonly unknown[] = [],
): FormData {
  const form = new FormData()
  form.set('purpose', 'evals')
  const answers = Array.from({ length: count }, (_, index) => ({ question_id: 1000 + index, answer: answer(1000 + index) }))
  form.set('file', json([...answers, ...extra]), 'results.json')
  return form
}
