/**
 * The text and pictures of one item for a model that answers: by the item's task, or by a prompt.
 * @module
 */
import { sha256Hex } from '../../../contracts/digest.ts'
import type { AnsweringSkill } from '../../../contracts/fusion-manifest.ts'
import type { ImageReference, Item, TaskId } from '../../../contracts/item.ts'
import { type ReadImage, SampleError } from '../../../contracts/model.ts'
import type { PromptMessage } from '../../../contracts/prompt.ts'
import { taskOf } from '../../../tasks/registry.ts'
import { readAddress } from '../../endpoint/addressed-picture.ts'
import { throwIfDamaged } from '../sample-errors.ts'
import { type AskedBy, type AskedWords, readMessages } from './conversation.ts'

export interface AskedPicture {
  readonly sha256: string
  /** Bytes of memory that reading it takes; Infinity if unknown. */
  readonly bytes: number
  read(): Promise<Uint8Array>
}

export interface AskedItem extends AskedWords {
  readonly pictures: readonly AskedPicture[]
}

/** Tasks by what they ask. A task with one picture and a statement is judged like one with two. */
export const SKILL_OF: Readonly<Record<TaskId, AnsweringSkill>> = {
  vqa: 'question',
  nlvr2: 'statement',
  nlvr: 'statement',
  caption: 'caption',
}

/** @throws {SampleError} `no_image` where pictures were not imported */
export function askedByItem(item: Item, readImage: ReadImage): AskedItem {
  const skill = SKILL_OF[item.task]
  if (skill === undefined) throw new Error(`items of ${item.task} are asked about by a prompt`)
  const images = item.images ?? (item.image ? [item.image] : [])
  if (images.length === 0) throw new SampleError('no_image', 'the item has no picture')
  return { skill, text: textOf(item), pictures: images.map((image) => storedPicture(image, readImage)) }
}

/**
 * @param messages - the prompt, filled
 * @throws {SampleError} `prompt_not_read`; as {@link readAddress} for a `data:` URI
 */
export async function askedByMessages(messages: readonly PromptMessage[], by: AskedBy, readImage: ReadImage): Promise<AskedItem> {
  const { pictures, ...words } = readMessages(messages, by)
  return { ...words, pictures: await Promise.all(pictures.map((text) => namedPicture(text, readImage))) }
}

const storedPicture = (image: ImageReference, readImage: ReadImage): AskedPicture => ({
  sha256: image.sha256,
  bytes: image.bytes,
  read: () => readImage(image).catch(throwIfDamaged),
})

async function namedPicture(text: string, readImage: ReadImage): Promise<AskedPicture> {
  const stored = /^img_(.+)$/.exec(text)?.[1]
  if (stored !== undefined)
    return { sha256: stored, bytes: Infinity, read: async () => (await readAddress(text, readImage)).bytes }
  const { bytes } = await readAddress(text, readImage)
  return { sha256: await sha256Hex(bytes), bytes: bytes.byteLength, read: async () => bytes }
}

function textOf(item: Item): string {
  if ('question' in item && typeof item.question === 'string') return item.question
  return taskOf(item.task).texts(item)[0] ?? ''
}
