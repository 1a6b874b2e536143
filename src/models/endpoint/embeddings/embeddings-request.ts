/**
 * Bodies of embedding requests: OpenAI's for texts; for a picture, infinity's (`modality: "image"`) or vLLM's
 * (`messages`).
 *
 * Sources: OpenAI API reference, "Create embeddings"; infinity (michaelfeil/infinity); vLLM's example "OpenAI
 * Chat Embedding Client For Multimodal".
 * @module
 */
import { concatenated, type Piece } from '../json-with-pictures.ts'
import type { SentPicture } from '../picture-policy.ts'

export type PictureInput = 'modality' | 'messages'
export type VectorEncoding = 'base64' | 'float'

interface Common {
  readonly model: string
  readonly encoding: VectorEncoding
}

/** @param dimensions - of the vectors, where the client asks for shorter ones than the model's */
export function encodeTexts({ model, encoding }: Common, texts: readonly string[], dimensions?: number): Uint8Array {
  return concatenated([JSON.stringify({ input: texts, model, encoding_format: encoding, dimensions })])
}

/** The picture is a data URI or an address, in either shape. */
export function encodePicture({ model, encoding }: Common, shape: PictureInput, picture: SentPicture): Uint8Array {
  const uri: readonly Piece[] =
    'url' in picture ? [JSON.stringify(picture.url)] : [`"data:${picture.mediaType};base64,`, picture, '"']
  const rest = JSON.stringify({ model, encoding_format: encoding }).slice(1)
  if (shape === 'modality') return concatenated(['{"input":[', ...uri, `],"modality":"image",${rest}`])
  const head = '{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":'
  return concatenated([head, ...uri, `}}]}],${rest}`])
}
