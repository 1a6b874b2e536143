/**
 * The body of an OpenAI-compatible chat completion about one image.
 * @module
 */
import { base64Length, writeBase64 } from '../../contracts/base64.ts'
import type { Sampling } from '../../contracts/sampling.ts'

export interface ChatQuestion {
  readonly model: string
  readonly prompt: string
  readonly sampling: Sampling
  readonly image: { readonly mediaType: string; readonly bytes: Uint8Array }
}

/** Placeholder for the image in the JSON. A prompt may contain the same text, but only after it. */
const IMAGE_GOES_HERE = '<image>'

/**
 * One user message: the image as a data URI, then the prompt. The image is written once, directly into the
 * body, since base64 needs no JSON escapes.
 */
export function encodeChatRequest({ model, prompt, sampling, image }: ChatQuestion): Uint8Array {
  const url = `data:${image.mediaType};base64,${IMAGE_GOES_HERE}`
  const content = [
    { type: 'image_url', image_url: { url } },
    { type: 'text', text: prompt },
  ]
  const text = JSON.stringify({ messages: [{ role: 'user', content }], model, ...sampling })
  const cut = text.indexOf(IMAGE_GOES_HERE)
  const encoder = new TextEncoder()
  const head = encoder.encode(text.slice(0, cut))
  const tail = encoder.encode(text.slice(cut + IMAGE_GOES_HERE.length))
  const imageLength = base64Length(image.bytes.length)
  const body = new Uint8Array(head.length + imageLength + tail.length)
  body.set(head)
  writeBase64(image.bytes, body, head.length)
  body.set(tail, head.length + imageLength)
  return body
}
