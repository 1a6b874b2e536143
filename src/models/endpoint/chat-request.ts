/**
 * The body of an OpenAI-compatible chat completion about one image (reference/evals-api.md section 5.3).
 * @module
 */
import { z } from 'zod'
import { base64Length, writeBase64 } from '../../contracts/base64.ts'

/** Everything a run may say about how the answer is drawn. What it leaves out is not sent: the provider's default applies. */
export const sampling = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().gt(0).max(1).optional(),
  seed: z.int().optional(),
  max_completion_tokens: z.int().positive().optional(),
  image_detail: z.enum(['auto', 'low', 'high']).optional(),
})

export type Sampling = z.infer<typeof sampling>

export interface ChatQuestion {
  readonly model: string
  readonly prompt: string
  readonly sampling: Sampling
  readonly image: { readonly mediaType: string; readonly bytes: Uint8Array }
}

/** Where the image stands in the JSON. A prompt may hold it too, but comes later: only our own keys precede the image. */
const IMAGE_GOES_HERE = '<image>'

/**
 * One user message: the image as a data URI, then the prompt. The image stands in the body once, as UTF-8, and needs no JSON
 * escapes.
 */
export function encodeChatRequest({ model, prompt, sampling, image }: ChatQuestion): Uint8Array {
  const { image_detail: detail, ...parameters } = sampling
  const url = `data:${image.mediaType};base64,${IMAGE_GOES_HERE}`
  const content = [
    { type: 'image_url', image_url: { url, detail } },
    { type: 'text', text: prompt },
  ]
  const text = JSON.stringify({ messages: [{ role: 'user', content }], model, ...parameters })
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
