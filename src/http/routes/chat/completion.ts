/**
 * An answer about pictures as a chat completion, and as the chunks of a stream.
 * @module
 */
import type { AskedPictures } from '../../../scoring/ask-pictures.ts'
import { identityOf } from '../score/answers.ts'
import type { ChatCompletion, EdgeChat } from './schema.ts'

/** OpenAI's value for a probability of 0. */
const LEAST_LOGPROB = -9999

interface Candidate {
  readonly answer: string
  /** Natural logarithm of its probability. */
  readonly logprob: number
}

const logged = (answer: string, probability: number): Candidate => ({ answer, logprob: Math.log(probability) })

/** Answers, most probable first. */
function candidatesOf(asked: AskedPictures): readonly Candidate[] {
  switch (asked.kind) {
    case 'question':
      return asked.said.candidates.map(({ answer, probability }) => logged(answer, probability))
    case 'statement': {
      const { probability } = asked.said
      const [yes, no] = [logged('true', probability), logged('false', 1 - probability)]
      return probability >= 0.5 ? [yes, no] : [no, yes]
    }
    case 'caption':
      return asked.said.map(({ caption, logProbability }) => ({ answer: caption, logprob: logProbability }))
  }
}

const logprobOf = ({ answer, logprob }: Candidate) => ({
  token: answer,
  logprob: Math.max(logprob, LEAST_LOGPROB),
  bytes: [...new TextEncoder().encode(answer)],
})

/** Tokens that went in and came out. A captioner reads no text. */
function readOf(asked: AskedPictures) {
  if (asked.kind === 'caption') return { tokens: 0, written: asked.said[0]!.tokens, truncated: false, unknownTokens: 0 }
  return { ...asked.said, written: 1 }
}

export function completionOf(
  asked: AskedPictures,
  { logprobs, top_logprobs: top }: Pick<EdgeChat, 'logprobs' | 'top_logprobs'>,
  { id, created }: Pick<ChatCompletion, 'id' | 'created'>,
): ChatCompletion {
  const { model, warnings } = asked
  const { tokens, written, truncated, unknownTokens } = readOf(asked)
  const candidates = candidatesOf(asked)
  const first = candidates[0]!
  const content = [{ ...logprobOf(first), top_logprobs: candidates.slice(0, top ?? 0).map(logprobOf) }]
  return {
    id,
    object: 'chat.completion',
    created,
    model: model.manifest.id,
    choices: [
      {
        index: 0,
        finish_reason: 'stop',
        message: { role: 'assistant', content: first.answer, refusal: null },
        logprobs: logprobs === true ? { content, refusal: null } : null,
      },
    ],
    usage: { prompt_tokens: tokens, completion_tokens: written, total_tokens: tokens + written },
    truncated,
    unknown_tokens: unknownTokens,
    warnings: [...warnings],
    identity: identityOf(model.identity),
  }
}

/**
 * The server-sent events of a completion: of each choice its role, its answer and its end; then usage where
 * it is asked for. Only the end of the first choice has Assay's members.
 */
export function chunksOf(completion: ChatCompletion, includeUsage: boolean): string[] {
  const { id, created, model, usage, choices, system_fingerprint, truncated, unknown_tokens, warnings, identity } = completion
  const own = { truncated, unknown_tokens, warnings, identity }
  const chunk = (inner: object[], over: object = {}) => ({
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    ...(system_fingerprint !== undefined && { system_fingerprint }),
    choices: inner,
    ...(includeUsage && { usage: null }),
    ...over,
  })
  const chunks = choices.flatMap(({ index, message, logprobs, finish_reason }, place) => {
    const { role, content, refusal, tool_calls: calls, ...rest } = message
    const part = (delta: object, more: object = {}) => [{ index, delta, logprobs: null, finish_reason: null, ...more }]
    return [
      chunk(part({ role, content: content === null ? null : '', refusal: null })),
      ...(content === null ? [] : [chunk(part({ content, ...rest }, { logprobs }))]),
      ...(refusal === null ? [] : [chunk(part({ refusal }))]),
      ...(Array.isArray(calls) ? [chunk(part({ tool_calls: calls.map((call: object, at) => ({ index: at, ...call })) }))] : []),
      chunk(part({}, { finish_reason }), place === 0 ? own : {}),
    ]
  })
  const last = includeUsage ? [chunk([], { usage: usage ?? null })] : []
  return [...[...chunks, ...last].map((one) => `data: ${JSON.stringify(one)}\n\n`), 'data: [DONE]\n\n']
}
