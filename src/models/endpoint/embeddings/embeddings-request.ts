/**
 * Bodies of embedding requests: OpenAI's for texts; for a picture, infinity's (`modality: "image"`) or vLLM's
 * (`messages`).
 *
 * Sources: OpenAI API reference, "Create embeddings"; infinity (michaelfeil/infinity); vLLM's example "OpenAI
 * Chat Embedding Client For Multimodal".
 * @module
 */
import { concatenated } from '../json-with-pictures.ts'
import type { Picture } from '../stored-picture.ts'

export type PictureInput = 'modality' | 'messages'
export type VectorEncoding = 'base64' | 'float'

interface Common {
  readonly model: string
  readonly encoding: VectorEncoding
}

export function encodeTexts({ model, encoding }: Common, texts: readonly string[]): Uint8Array {
  return concatenated([JSON.stringify({ input: texts, model, encoding_format: encoding })])
}

/** The picture is a data URI in either shape. */
export function encodePicture({ model, encoding }: Common, shape: PictureInput, picture: Picture): Uint8Array {
  const uri = `"data:${picture.mediaType};base64,`
  const rest = JSON.stringify({ model, encoding_format: encoding }).slice(1)
  if (shape === 'modality') return concatenated([`{"input":[${uri}`, picture, `"],"modality":"image",${rest}`])
  const head = '{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":'
  return concatenated([`${head}${uri}`, picture, `"}}]}],${rest}`])
}
