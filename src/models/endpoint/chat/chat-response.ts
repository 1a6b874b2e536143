/**
 * From a chat completion to a text output.
 *
 * Answers (docs/decisions/2026-11-24-empty-and-missing-answers.md):
 * - Text is the answer, **including the empty text**. Unscored samples leave the mean: if silence were
 *   unscored, a model would gain by not answering when unsure. An official results file scores an empty
 *   answer 0. Parts `{type: "text"}` are joined.
 * - `finish_reason: length` keeps the text, since the token limit is part of the model's identity. Without
 *   any text the limit was used up before the answer began: no answer.
 * - A refusal, missing content (an unrequested tool call) and `finish_reason: content_filter`, even with
 *   text, are not answers. The sample is unscored, and its result gives the reason.
 * - An error inside a 200 is a failed call, see `../reported-error.ts`.
 * @module
 */
import { z } from 'zod'
import type { ModelAnswer } from '../../../contracts/model.ts'
import type { Reading } from '../call-endpoint.ts'
import { parseReply } from '../json-body.ts'
import { reportedUsage } from '../reported-usage.ts'
import { yesProbability } from './yes-probability.ts'

const part = z.looseObject({ type: z.string().optional(), text: z.string().optional(), refusal: z.string().optional() })

/** Only those of the first token are read. A malformed list is dropped, and the text kept. */
const logprobs = z.object({
  content: z.array(z.object({ token: z.string(), top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number() })) })),
})

/** A malformed list is dropped, and the text kept. */
const toolCalls = z.array(z.looseObject({})).nullish().catch(null)

const chatCompletion = z.object({
  id: z.string().nullish().catch(null),
  model: z.string().nullish().catch(null),
  system_fingerprint: z.string().nullish().catch(null),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        logprobs: logprobs.nullish().catch(null),
        message: z.object({
          content: z.union([z.string(), z.array(part)]).nullish(),
          refusal: z.string().nullish(),
          tool_calls: toolCalls,
        }),
      }),
    )
    .min(1, 'has no choice'),
  usage: reportedUsage,
})

export type ChatCompletion = z.infer<typeof chatCompletion>

/**
 * @throws {SampleError} `endpoint_bad_response` for anything but a chat completion with a choice, or a
 *   reported error
 */
export function readChatBody(bytes: Uint8Array): Reading<ChatCompletion> {
  const reply = parseReply(chatCompletion, bytes, 'a chat completion')
  return 'reported' in reply ? reply : { answer: reply.body, usage: reply.body.usage }
}

/** The answer in a completion. @param attempts - number of requests */
export function answerOf(completion: ChatCompletion, attempts: number): ModelAnswer {
  const { choices, usage, id, model, system_fingerprint } = completion
  const { message, finish_reason } = choices[0]!
  const parts = Array.isArray(message.content) ? message.content : []
  const content = Array.isArray(message.content) ? textOf(message.content) : (message.content ?? null)
  const refusal = message.refusal || parts.find((one) => one.refusal)?.refusal || null
  const unanswered = whyUnanswered(content, refusal, finish_reason ?? null)
  const outcome = outcomeOf(content, refusal, finish_reason ?? null)
  const first = choices[0]!.logprobs?.content[0]
  const yes_probability = first === undefined ? null : yesProbability(first.top_logprobs)
  const calls = message.tool_calls ?? []
  const called = calls.length > 0 && { toolCalls: calls }
  return {
    output:
      unanswered === null
        ? { kind: 'text', text: content, ...called, ...(yes_probability !== null && { yesProbability: yes_probability }) }
        : { kind: 'text', text: null, unanswered, ...called },
    calls: attempts,
    outcome,
    evidence: {
      outcome,
      attempts,
      finish_reason,
      content,
      refusal,
      id,
      model,
      system_fingerprint,
      ...(calls.length > 0 && { tool_calls: calls }),
      ...(yes_probability !== null && { yes_probability }),
    },
    ...(usage && { usage }),
  }
}

/** Parts of other kinds (thoughts, pictures) are not the answer. */
export function textOf(
  parts: readonly { readonly type?: string | undefined; readonly text?: string | undefined }[],
): string | null {
  const texts = parts.filter(({ type, text }) => text !== undefined && (type === undefined || TEXT_TYPES.has(type)))
  return texts.length === 0 ? null : texts.map(({ text }) => text).join('')
}

const TEXT_TYPES: ReadonlySet<string> = new Set(['text', 'output_text'])

/** Why there is no answer to score; null if there is one. */
function whyUnanswered(content: string | null, refusal: string | null, finishReason: string | null): string | null {
  if (finishReason === 'content_filter') return 'the endpoint’s content filter ended the answer'
  if (refusal !== null) return 'the subject refused to answer'
  if (finishReason === 'length' && (content ?? '').trim() === '')
    return 'the token limit was spent before the answer began; raise sampling_params.max_completion_tokens'
  if (content === null)
    return `the endpoint's answer has no content${finishReason === null ? '' : ` (finish_reason ${finishReason})`}`
  return null
}

/** One code per kind of answer, for counts. A truncated or empty text is scored as it is. */
function outcomeOf(content: string | null, refusal: string | null, finishReason: string | null): string {
  if (finishReason === 'content_filter') return 'filtered'
  if (refusal !== null) return 'refused'
  if (finishReason === 'length') return 'truncated'
  if (content === null) return 'no_content'
  return content.trim() === '' ? 'empty' : 'answered'
}
