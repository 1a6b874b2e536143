/**
 * OpenAI chat completions, limited to a question about one picture.
 * @module
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Question } from './answerer.ts'
import type { ChatRecord } from './request-log.ts'

const imagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.object({ url: z.string(), detail: z.enum(['auto', 'low', 'high']).optional() }),
})
const textPart = z.object({ type: z.literal('text'), text: z.string() })
const body = z.looseObject({
  model: z.string().min(1),
  messages: z.tuple([
    z.object({ role: z.literal('user'), content: z.array(z.discriminatedUnion('type', [imagePart, textPart])) }),
  ]),
})

const DATA_URI = /^data:image\/(?:png|jpeg|webp);base64,(?<base64>[A-Za-z0-9+/]+={0,2})$/

/**
 * Reads a request of one user message with one picture (a data URI) and one text.
 * @throws {Error} naming the missing part, for a 400
 */
export function readChat(text: string): Question & { readonly parameters: Record<string, unknown> } {
  const { model, messages, ...parameters } = body.parse(JSON.parse(text))
  const { content } = messages[0]
  const [url, ...moreImages] = content.flatMap((part) => (part.type === 'image_url' ? [part.image_url.url] : []))
  const [prompt, ...moreTexts] = content.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  if (url === undefined || prompt === undefined || moreImages.length + moreTexts.length > 0) {
    throw new Error('expected one image_url part and one text part')
  }
  const base64 = DATA_URI.exec(url)?.groups!['base64']
  if (base64 === undefined) throw new Error('expected the image as a base64 data URI')
  return { model, prompt, image: Buffer.from(base64, 'base64'), parameters }
}

export function recordOf(chat: ReturnType<typeof readChat>, authorization: string | null): ChatRecord {
  const { model, prompt, image, parameters } = chat
  return { authorization, model, prompt, parameters, imageSha256: createHash('sha256').update(image).digest('hex') }
}

/** A chat completion with one choice. Token counts are word counts: plausible and reproducible. */
export function completionOf({ model, prompt }: Question, answer: string) {
  const [prompt_tokens, completion_tokens] = [prompt, answer].map((text) => text.split(/\s+/).filter(Boolean).length) as [
    number,
    number,
  ]
  return {
    id: 'chatcmpl-test',
    object: 'chat.completion',
    created: 0,
    model,
    system_fingerprint: 'fp_test',
    choices: [
      { index: 0, finish_reason: 'stop', logprobs: null, message: { role: 'assistant', content: answer, refusal: null } },
    ],
    usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  }
}

export function errorOf(status: number, message: string) {
  const type = status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'server_error'
  return { error: { message, type, param: null, code: null } }
}
