/**
 * Chat completions in OpenAI's shape: the most probable answer of a model.
 * @module
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Fault } from './dial.ts'
import { words } from './encoder.ts'
import { fetchPicture } from './pictures.ts'
import type { Rank, Ranked } from './rank.ts'

const part = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('image_url'), image_url: z.looseObject({ url: z.string() }) }),
])

export const chatRequest = z.looseObject({
  model: z.string().min(1),
  messages: z
    .array(
      z.looseObject({
        role: z.enum(['system', 'developer', 'user', 'assistant']),
        content: z.union([z.string(), z.array(part)]),
      }),
    )
    .min(1),
  max_completion_tokens: z.int().positive().nullish(),
  max_tokens: z.int().positive().nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  stream: z.literal(false, 'this server does not stream').nullish(),
})

export type ChatRequest = z.infer<typeof chatRequest>

/** A picture counts as one 64 × 64 tile of 85 tokens, so that bills are plausible and reproducible. */
const TOKENS_PER_PICTURE = 85
const DEFAULT_LIMIT = 1024

export interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

export interface ChatAnswer {
  readonly completion: Readonly<Record<string, unknown>>
  readonly usage: Usage
}

/** @param fault - one of the faults that are answers without an answer, or null */
export async function answerChat(request: ChatRequest, rank: Rank, fault: Fault | null): Promise<ChatAnswer> {
  const parts = request.messages.filter(({ role }) => role === 'user').flatMap(({ content }) => partsOf(content))
  const prompt = parts.flatMap((each) => (each.type === 'text' ? [each.text] : [])).join('\n')
  const urls = parts.flatMap((each) => (each.type === 'image_url' ? [each.image_url.url] : []))
  const pictures = await Promise.all(urls.map(fetchPicture))
  const ranked = await rank(prompt, pictures)
  const [best] = ranked
  const { text, finish_reason, refusal } = spoken(best!.answer, request, fault)
  const prompt_tokens = words(request.messages.map(({ content }) => textOf(content)).join(' ')) + TOKENS_PER_PICTURE * urls.length
  const completion_tokens = text === null ? 1 : words(text)
  const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
  const id = createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 24)
  return {
    usage,
    completion: {
      id: `chatcmpl-${id}`,
      object: 'chat.completion',
      created: 0,
      model: request.model,
      system_fingerprint: 'fp_reference',
      choices: [
        {
          index: 0,
          finish_reason,
          logprobs: request.logprobs === true && text !== null ? logprobsOf(ranked, request.top_logprobs ?? 0) : null,
          message: { role: 'assistant', content: text, refusal },
        },
      ],
      usage,
    },
  }
}

const partsOf = (content: ChatRequest['messages'][number]['content']) =>
  typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content

const textOf = (content: ChatRequest['messages'][number]['content']): string =>
  partsOf(content)
    .flatMap((each) => (each.type === 'text' ? [each.text] : []))
    .join(' ')

function spoken(answer: string, request: ChatRequest, fault: Fault | null) {
  switch (fault) {
    case 'refused':
      return { text: null, finish_reason: 'stop', refusal: 'I cannot help with that.' }
    case 'filtered':
      return { text: null, finish_reason: 'content_filter', refusal: null }
    case 'spent':
      return { text: '', finish_reason: 'length', refusal: null }
    case 'no_content':
      return { text: null, finish_reason: 'stop', refusal: null }
    default: {
      const limit = request.max_completion_tokens ?? request.max_tokens ?? DEFAULT_LIMIT
      const cut = answer.split(' ').slice(0, limit).join(' ')
      return { text: cut, finish_reason: cut === answer ? 'stop' : 'length', refusal: null }
    }
  }
}

/** A whole answer is one token here. */
function logprobsOf(ranked: readonly Ranked[], top: number) {
  const tokens = ranked.map(({ answer, probability }) => ({
    token: answer,
    logprob: Math.max(-9999, Math.log(probability)),
    bytes: [...Buffer.from(answer)],
  }))
  return { content: [{ ...tokens[0]!, top_logprobs: tokens.slice(0, top) }], refusal: null }
}
