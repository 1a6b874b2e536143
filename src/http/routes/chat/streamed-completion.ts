/**
 * A chat completion of an endpoint as the client's stream: each chunk is passed on when it comes.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import { SampleError } from '../../../contracts/model.ts'
import type { ChatChunk } from '../../../models/endpoint/chat/folded-chunks.ts'
import type { StreamedChat } from '../../../models/endpoint/chat/streamed-chat.ts'
import { failureOf } from '../../call-endpoint.ts'
import { openAiError, problemOf } from '../../failure-response.ts'
import type { ChatCompletion } from './schema.ts'

export interface StreamOptions {
  readonly head: Pick<ChatCompletion, 'id' | 'created' | 'model'>
  readonly includeUsage: boolean
  /** Members of Assay at the end of the first choice. @param model - as the endpoint names it */
  readonly own: (model: string | null) => object
  /** Between the last chunk and the end that the client sees. */
  readonly finish: () => Promise<void>
  /** In place of {@link finish}, where the stream breaks off. */
  readonly failed: (error: Fault | Error) => Promise<void>
}

/**
 * Server-sent events of a streamed completion. What breaks off in the middle ends with an `error`, as in
 * OpenAI's streams, and without `[DONE]`.
 */
export async function* eventsOf(chat: StreamedChat, options: StreamOptions): AsyncGenerator<string, void, undefined> {
  const { head, includeUsage, own, finish, failed } = options
  const open = new Set<number>()
  const chunk = (choices: readonly object[], more: object = {}) =>
    eventOf({ ...more, ...head, object: 'chat.completion.chunk', choices, ...(includeUsage && { usage: null }) })
  let isOwnSaid = false
  const ownOnce = () => (isOwnSaid ? {} : ((isOwnSaid = true), own(chat.folded.model)))
  try {
    for await (const given of chat.chunks()) {
      if (given === null) {
        yield ': still here\n\n'
        continue
      }
      const { usage: _usage, choices, ...rest } = given
      const numbered = (choices ?? []).map((choice) => ({
        ...choice,
        index: choice.index ?? 0,
        delta: choice.delta ?? {},
        finish_reason: choice.finish_reason ?? null,
      }))
      if (numbered.length === 0) continue
      for (const { index, finish_reason: reason } of numbered) {
        if (reason == null) open.add(index)
        else open.delete(index)
      }
      yield chunk(numbered, { ...rest, ...(endsFirst(numbered) && ownOnce()) })
    }
    // Some servers end a choice with [DONE] alone.
    for (const index of open)
      yield chunk([{ index, delta: {}, logprobs: null, finish_reason: 'stop' }], index === 0 ? ownOnce() : {})
    await finish()
    if (includeUsage) yield eventOf({ ...head, object: 'chat.completion.chunk', choices: [], usage: chat.folded.usage })
    yield 'data: [DONE]\n\n'
  } catch (error) {
    const failure = failureIn(error, head.created)
    await failed(failure.kind === 'internal' ? (error as Error) : new Fault(failure, { cause: error }))
    yield eventOf({ error: openAiError(problemOf(failure)) })
  }
}

function failureIn(error: unknown, now: number): Parameters<typeof problemOf>[0] {
  if (error instanceof SampleError) return failureOf(error, now * 1000)
  if (error instanceof Fault) return error.failure
  console.error({ message: 'unhandled in a stream', error: String(error), stack: (error as Error).stack })
  return { kind: 'internal', detail: 'the stream could not be completed' }
}

const endsFirst = (choices: NonNullable<ChatChunk['choices']>) =>
  choices.some(({ index, finish_reason: reason }) => index === 0 && reason != null)

const eventOf = (value: object): string => `data: ${JSON.stringify(value)}\n\n`
