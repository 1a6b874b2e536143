/**
 * A few items of `fixtures/family`, in official formats, as forms for `POST /v1/datasets`: what the shipped
 * models that answer are asked.
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FAMILY = join(import.meta.dirname, '../../fixtures/family')
const read = (path: string): string => readFileSync(join(FAMILY, path), 'utf8')

interface Scene {
  readonly id: number
  readonly file_name: string
}

function formOf(name: string, format: string, files: Readonly<Record<string, string>>, pictures: ReadonlyMap<string, string>) {
  const form = new FormData()
  form.set('name', name)
  form.set('format', format)
  for (const [part, text] of Object.entries(files)) form.set(part, new Blob([text], { type: 'application/json' }))
  for (const [as, path] of pictures)
    form.append('images', new Blob([readFileSync(join(FAMILY, path))], { type: 'image/png' }), as)
  return form
}

const scenePictures = (scenes: readonly Scene[]) =>
  new Map(scenes.map(({ file_name }) => [file_name, `scenes/images/${file_name}`]))

const scenesOf = (count: number): Scene[] =>
  (JSON.parse(read('scenes/captions_assay_family-test2026.json')) as { images: Scene[] }).images.slice(0, count)

/** Captions of `count` scenes. */
export function captionsForm(name: string, count: number): FormData {
  const scenes = scenesOf(count)
  const { annotations, ...rest } = JSON.parse(read('scenes/captions_assay_family-test2026.json')) as {
    annotations: { image_id: number }[]
  }
  const own = annotations.filter(({ image_id }) => scenes.some(({ id }) => id === image_id))
  const file = JSON.stringify({ ...rest, images: scenes, annotations: own })
  return formOf(name, 'coco-captions', { annotations: file }, scenePictures(scenes))
}

/** One question about each of `count` scenes. */
export function questionsForm(name: string, count: number): FormData {
  const scenes = scenesOf(count)
  interface Asked {
    readonly question_id: number
    readonly image_id: number
  }
  const official = 'scenes/v2_OpenEnded_assay_family-test2026_questions.json'
  const questions = JSON.parse(read(official)) as { questions: Asked[] }
  const annotations = JSON.parse(read('scenes/v2_assay_family-test2026_annotations.json')) as { annotations: Asked[] }
  const chosen = scenes.map(({ id }, index) => questions.questions.filter(({ image_id }) => image_id === id)[index % 3]!)
  const ids = new Set(chosen.map(({ question_id }) => question_id))
  const files = {
    questions: JSON.stringify({ ...questions, questions: chosen }),
    annotations: JSON.stringify({
      ...annotations,
      annotations: annotations.annotations.filter(({ question_id }) => ids.has(question_id)),
    }),
  }
  return formOf(name, 'vqa-v2', files, scenePictures(scenes))
}

/** `count` statements about two pictures. */
export function statementsForm(name: string, count: number): FormData {
  // Neighbours are one sentence about other pictures.
  const lines = read('nlvr2/test1.json')
    .split('\n')
    .filter((_, index) => index % 9 === 0)
    .slice(0, count)
  const examples = lines.map((line) => JSON.parse(line) as { left_url: string; right_url: string })
  const pictures = examples.flatMap(({ left_url, right_url }) => [left_url, right_url])
  return formOf(name, 'nlvr2', { annotations: lines.join('\n') }, new Map(pictures.map((file) => [file, `nlvr2/images/${file}`])))
}

/** A statement about one picture, in six orders of its boxes; the pictures are scenes. */
export function boxesForm(name: string): FormData {
  const line = JSON.stringify({ identifier: '7-0', sentence: 'There is exactly one circle.', label: 'true' })
  const scenes = scenesOf(6)
  return formOf(
    name,
    'nlvr',
    { annotations: line },
    new Map(scenes.map(({ file_name }, order) => [`dev-7-0-${order}.png`, `scenes/images/${file_name}`])),
  )
}
