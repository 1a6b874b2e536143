/**
 * Embeddings of texts and pictures, in the three shapes that servers accept: OpenAI's `input` of texts,
 * infinity's `input` of addresses with `modality: "image"`, and vLLM's `messages`.
 * @module
 */
import { z } from 'zod'
import type { Usage } from './chat.ts'
import type { Encoder } from './encoder.ts'
import { BadPicture, fetchPicture } from './pictures.ts'

const part = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('image_url'), image_url: z.looseObject({ url: z.string() }) }),
])

const common = { model: z.string().min(1), encoding_format: z.enum(['float', 'base64']).default('float') }

export const embeddingsRequest = z.union([
  z.looseObject({
    ...common,
    input: z.union([z.string(), z.array(z.string()).min(1).max(2048)]),
    modality: z.enum(['text', 'image']).default('text'),
  }),
  z.looseObject({
    ...common,
    messages: z.tuple([z.looseObject({ role: z.literal('user'), content: z.union([z.string(), z.array(part).min(1)]) })]),
  }),
])

export type EmbeddingsRequest = z.infer<typeof embeddingsRequest>

type Input = { readonly type: 'text'; readonly text: string } | { readonly type: 'image'; readonly url: string }

/** @throws {BadPicture} for a picture that cannot be used, or a message of more than one part */
export async function answerEmbeddings(request: EmbeddingsRequest, encoder: Encoder) {
  const vectors: Float32Array[] = []
  let tokens = 0
  for (const input of inputsOf(request)) {
    if (input.type === 'image') vectors.push(await encoder.embedImage(await fetchPicture(input.url)))
    else {
      const embedded = await encoder.embedText(input.text)
      vectors.push(embedded.vector)
      tokens += embedded.tokens
    }
  }
  const usage: Usage = { prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens }
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: request.encoding_format === 'base64' ? littleEndian(vector).toString('base64') : [...vector],
  }))
  const answer = { object: 'list', model: request.model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } }
  return { answer, usage }
}

function inputsOf(request: EmbeddingsRequest): readonly Input[] {
  if ('messages' in request && Array.isArray(request.messages)) {
    const { content } = request.messages[0] as { content: string | z.infer<typeof part>[] }
    if (typeof content === 'string') return [{ type: 'text', text: content }]
    if (content.length !== 1) throw new BadPicture('a dual encoder embeds one text or one picture per message')
    const [only] = content
    return [only!.type === 'text' ? { type: 'text', text: only!.text } : { type: 'image', url: only!.image_url.url }]
  }
  const { input, modality } = request as Extract<EmbeddingsRequest, { input: unknown }>
  return [input].flat().map((each) => (modality === 'image' ? { type: 'image', url: each } : { type: 'text', text: each }))
}

function littleEndian(vector: Float32Array): Buffer {
  const bytes = Buffer.alloc(4 * vector.length)
  vector.forEach((value, index) => bytes.writeFloatLE(value, 4 * index))
  return bytes
}
