/**
 * A chat completion that an endpoint streams: its chunks as they come, and the settlement at their end.
 * @module
 */
import { ServerEvents } from '../../../contracts/server-events.ts'
import { SampleError } from '../../../contracts/model.ts'
import { EgressError } from '../../../egress/egress-error.ts'
import type { EgressStream } from '../../../egress/egress.ts'
import {
  type Answered,
  type BegunReply,
  type CallerParts,
  type EndpointReply,
  type EndpointRequest,
  type Failed,
  readOutcome,
  secretsOf,
  untilAnswered,
  withoutSecretsIn,
} from '../call-endpoint.ts'
import { finalFailure } from '../endpoint-failure.ts'
import { parseReply } from '../json-body.ts'
import { UNPACED } from '../pacing/pacer.ts'
import type { Outcome } from '../retry-policy.ts'
import { createStreamOpener, type OpenerParts } from '../send-request.ts'
import { type ChatChunk, chatChunk, FoldedChunks } from './folded-chunks.ts'
import type { ForwardedCompletion } from './forward-chat.ts'

export interface StreamedChat {
  /**
   * The chunks in their order; null where the endpoint says that it still works. Settles the call at the end,
   * also where its reader stops early.
   * @throws {SampleError} where the stream breaks off or reports an error
   */
  chunks(): AsyncGenerator<ChatChunk | null, void, undefined>
  /** The client left: a chunk that is waited for comes no more. */
  leave(): void
  /** All chunks so far. Texts only where they are kept. */
  readonly folded: FoldedChunks
}

/** `answer`: the endpoint does not stream, and answered whole. */
export type ChatReply = { readonly answer: ForwardedCompletion } | { readonly streamed: StreamedChat }

/**
 * @param keeps - whether the whole completion will be asked for
 * @throws {SampleError} once no attempt is left. Nothing is tried again after the first chunk.
 */
export type StreamChat = (request: EndpointRequest<ForwardedCompletion>, keeps: boolean) => Promise<ChatReply>

export type StreamerParts = Omit<CallerParts, 'egress' | 'send'> & OpenerParts & Pick<CallerParts, 'endpoint'>

interface Begun {
  readonly stream: EgressStream
  readonly reader: ChunkReader
  readonly first: ChatChunk
}

export function createStreamer(parts: StreamerParts): StreamChat {
  const open = createStreamOpener(parts)
  const secrets = secretsOf(parts.endpoint, parts.secret)
  return async (request, keeps) => {
    const reply = await untilAnswered<ForwardedCompletion, Begun>(parts, request, async (milliseconds) => {
      const outcome = await open(request, milliseconds)
      if ('stream' in outcome) return begin(outcome.stream, secrets)
      return readOutcome(outcome, request.read, secrets)
    })
    return 'begun' in reply ? { streamed: streamedChat(parts, request, reply, { keeps, secrets }) } : answerOf(reply)
  }
}

const answerOf = ({ answer }: EndpointReply<ForwardedCompletion>) => ({ answer })

/** Waits for the first chunk: until it is there, another attempt may follow. */
async function begin(
  stream: EgressStream,
  secrets: readonly string[],
): Promise<{ readonly begun: Begun } | Failed | Answered<never>> {
  const reader = new ChunkReader(stream, secrets)
  try {
    for (let chunk = await reader.next(); chunk !== 'end'; chunk = await reader.next())
      if (chunk !== null) return { begun: { stream, reader, first: chunk } }
    throw new SampleError('endpoint_bad_response', "the endpoint's stream has no chunk")
  } catch (error) {
    stream.cancel()
    if (error instanceof Reported) return { ...error.failed, usage: null }
    if (error instanceof EgressError) return { outcome: { error }, usage: null }
    if (error instanceof SampleError) return { outcome: { response: headOf(stream) }, usage: null, malformed: error }
    throw error
  }
}

const headOf = ({ status, headers }: EgressStream) => ({ status, headers, bytes: new Uint8Array() })

function streamedChat(
  { endpoint, pacer = UNPACED }: StreamerParts,
  { item }: EndpointRequest<ForwardedCompletion>,
  { begun: { stream, reader, first }, call, calls }: BegunReply<Begun>,
  { keeps, secrets }: { readonly keeps: boolean; readonly secrets: readonly string[] },
): StreamedChat {
  const folded = new FoldedChunks(keeps)
  let hasLeft = false
  const settle = async (outcome: Outcome, code: string) => {
    stream.cancel()
    const { usage } = folded
    await pacer.report(outcome, usage, item)
    const settled = { status: stream.status, outcome: code, usage, answer: null, passedOn: folded.tokens }
    await call.settle(settled)
  }
  return {
    folded,
    leave() {
      hasLeft = true
      stream.cancel()
    },
    async *chunks() {
      let outcome: Outcome = { response: headOf(stream) }
      let code = LEFT
      try {
        for (let chunk: ChatChunk | null | 'end' = first; chunk !== 'end'; chunk = await reader.next()) {
          if (chunk !== null) folded.add(chunk)
          yield chunk
        }
        if (!reader.isDone && !folded.isFinished)
          throw new EgressError({ code: 'network', detail: 'the stream ended before its answer' })
        if (folded.isEmpty) throw new SampleError('endpoint_bad_response', "the endpoint's stream has no choice")
        code = 'answered'
      } catch (error) {
        if (hasLeft) return
        const failure = failureOf(error)
        code = failure.code
        throw failure
      } finally {
        await settle(outcome, code)
      }

      function failureOf(error: unknown): SampleError {
        if (error instanceof SampleError) return error
        if (error instanceof Reported) outcome = error.failed.outcome
        else if (error instanceof EgressError) outcome = { error }
        else throw error
        return finalFailure(endpoint.name, outcome, calls, secrets)
      }
    },
  }
}

/** Outcome in the ledger of a stream whose client left before its end. */
const LEFT = 'client_left'

/** An error in place of a chunk. */
class Reported extends Error {
  readonly failed: Pick<Failed, 'outcome'>
  constructor(failed: Pick<Failed, 'outcome'>) {
    super('the endpoint reports an error')
    this.failed = failed
  }
}

/** Reads chunk after chunk. */
class ChunkReader {
  /** Whether the endpoint said that nothing more comes. */
  isDone = false
  readonly #stream: EgressStream
  readonly #secrets: readonly string[]
  readonly #decoder = new TextDecoder()
  readonly #events = new ServerEvents()
  readonly #read: (ChatChunk | null)[] = []

  constructor(stream: EgressStream, secrets: readonly string[]) {
    this.#stream = stream
    this.#secrets = secrets
  }

  /**
   * The next chunk; null for a comment; `end` after the last one.
   * @throws {EgressError} for a connection that breaks off
   * @throws {SampleError} `endpoint_bad_response`
   * @throws {Reported} for an error in place of a chunk
   */
  async next(): Promise<ChatChunk | null | 'end'> {
    while (this.#read.length === 0) {
      const bytes = this.isDone ? null : await this.#stream.read()
      if (bytes === null) return 'end'
      this.#take(this.#decoder.decode(bytes, { stream: true }))
    }
    return this.#read.shift()!
  }

  #take(text: string): void {
    const { comments } = this.#events
    try {
      for (const { data } of this.#events.take(text)) {
        if (data.trim() === '[DONE]') {
          this.isDone = true
          break
        }
        this.#read.push(this.#chunkOf(data))
      }
    } catch (error) {
      if (error instanceof RangeError) throw new SampleError('endpoint_bad_response', `the endpoint's stream: ${error.message}`)
      throw error
    }
    if (this.#events.comments > comments && this.#read.length === 0) this.#read.push(null)
  }

  #chunkOf(data: string): ChatChunk {
    const bytes = new TextEncoder().encode(withoutSecretsIn(data, this.#secrets))
    const reply = parseReply(chatChunk, bytes, 'a chunk of a chat completion')
    if ('body' in reply) return reply.body
    throw new Reported({ outcome: { response: headOf(this.#stream), reported: reply.reported } })
  }
}
