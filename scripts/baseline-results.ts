/**
 * Results files of the baselines on datasets of `fixtures/`, in the official formats.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { baselineAnswers, nearestCaptions, type Question, type Unlikeness } from './baselines.ts'
import { FIXTURES, type FixtureDataset } from './fixture-datasets.ts'
import { coarseColors, colorDistance } from './picture-likeness.ts'

type Pictured = FixtureDataset & { readonly images: string }

/** A file per rule, each with the rule's name. @param known what the rules know */
export async function vqaBaselines(asked: Pictured, known: Pictured): Promise<readonly File[]> {
  const [theirs, own] = await Promise.all([questionsOf(known), questionsOf(asked)])
  const unlikeness = await unlikenessOf([...theirs, ...own].map(({ picture }) => picture))
  return Object.entries(baselineAnswers(theirs, own, unlikeness)).map(fileOfRule)
}

/** The caption of the most alike picture among the known ones. */
export async function captionBaselines(asked: Pictured, known: Pictured): Promise<readonly File[]> {
  const [theirs, own] = await Promise.all([captionsOf(known), captionsOf(asked)])
  const unlikeness = await unlikenessOf([...theirs, ...own].map(({ picture }) => picture))
  return [fileOfRule(['nearest-neighbor', nearestCaptions(own, theirs, unlikeness)])]
}

const fileOfRule = ([rule, results]: readonly [string, unknown]): File => new File([JSON.stringify(results)], rule)

interface Annotated {
  readonly question_id: number
  readonly image_id: number
  readonly question_type: string
  readonly multiple_choice_answer: string
}

async function questionsOf({ annotations, questions, images }: Pictured): Promise<readonly Question[]> {
  const { annotations: answered } = await parsed<{ annotations: readonly Annotated[] }>(annotations)
  const file = await parsed<{ questions: readonly { question_id: number; question: string }[] }>(questions!)
  const texts = new Map(file.questions.map(({ question_id: id, question }) => [id, question]))
  // v2_<name>_annotations.json: the pictures are <name>_<id in twelve digits>.png.
  const name = basename(annotations).slice('v2_'.length, -'_annotations.json'.length)
  return answered.map(({ question_id: id, image_id: image, question_type: type, multiple_choice_answer: answer }) => {
    const picture = join(images, `${name}_${String(image).padStart(12, '0')}.png`)
    return { id, picture, text: texts.get(id)!, type, answer }
  })
}

interface Captioned {
  readonly images: readonly { readonly id: number; readonly file_name: string }[]
  readonly annotations: readonly { readonly image_id: number; readonly caption: string }[]
}

/** Each picture with its first caption. */
async function captionsOf({ annotations, images }: Pictured) {
  const file = await parsed<Captioned>(annotations)
  return file.images.map(({ id, file_name: name }) => ({
    id,
    picture: join(images, name),
    caption: file.annotations.find(({ image_id: image }) => image === id)!.caption,
  }))
}

async function unlikenessOf(pictures: readonly string[]): Promise<Unlikeness> {
  const colors = new Map<string, Float64Array>()
  for (const picture of new Set(pictures)) colors.set(picture, coarseColors(await readFile(join(FIXTURES, picture))))
  return (asked, known) => colorDistance(colors.get(asked)!, colors.get(known)!)
}

async function parsed<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(join(FIXTURES, path), 'utf8')) as T
}
