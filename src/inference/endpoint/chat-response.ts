/**
 * From a chat completion to an observation.
 *
 * What counts as an answer:
 * - any string content is the answer as it stands, **the empty string too**. Unscored samples leave the mean, so if silence were
 *   unscored a model would gain by saying nothing when unsure; an official results file scores an empty answer 0;
 * - no content (a refusal, or a tool call nobody asked for) is no answer: null, hence unscored and counted as such;
 * - `finish_reason: content_filter` is no answer either, even with text: the provider, not the subject, ended it;
 * - `finish_reason: length` keeps the text: the token limit is part of the subject's identity. It is recorded.
 * @module
 */
import { z } from 'zod'
import { type Observation, SampleError } from '../../contracts/predictor.ts'

const tokens = z.int().nonnegative()

const chatCompletion = z.object({
  id: z.string().nullish().catch(null),
  model: z.string().nullish().catch(null),
  system_fingerprint: z.string().nullish().catch(null),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
  // Evidence, not a score: an odd one is left out, never a reason to lose the answer.
  usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens, total_tokens: tokens }).nullish().catch(null),
})

/**
 * @param attempts How many requests it took, for the trace.
 * @throws {SampleError} `endpoint_bad_response` for anything but a chat completion with a choice.
 */
export function readChatResponse(bytes: Uint8Array, attempts: number): Observation {
  const parsed = chatCompletion.safeParse(parseJson(bytes))
  if (!parsed.success) {
    throw new SampleError('endpoint_bad_response', `the endpoint's answer is no chat completion: ${firstIssue(parsed.error)}`)
  }
  const { choices, usage, id, model, system_fingerprint } = parsed.data
  const { message, finish_reason } = choices[0]!
  const content = message.content ?? null
  return {
    answer: finish_reason === 'content_filter' ? null : content,
    trace: { attempts, finish_reason, content, refusal: message.refusal, id, model, system_fingerprint },
    ...(usage && { usage }),
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch (cause) {
    throw new SampleError('endpoint_bad_response', "the endpoint's answer is not JSON", { cause })
  }
}

function firstIssue({ issues }: z.ZodError): string {
  const issue = issues[0]!
  return `/${issue.path.join('/')}: ${issue.message}`
}
