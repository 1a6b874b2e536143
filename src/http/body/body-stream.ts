/**
 * A request's body as a stream: guarded against clients that send slowly or disconnect, and drained where the
 * answer precedes its end.
 * @module
 */
import type { BodySeat } from '../../contracts/body-memory.ts'
import { Fault } from '../../contracts/failure.ts'
import type { AppContext } from '../app-context.ts'

/** Bytes of one read: few from a new client, then up to the largest. */
const FIRST_READ = 1024
const LARGEST_READ = 64 * 1024

const WATCH_MILLISECONDS = 200

/** Bytes read of a refused body, so that its client reads the refusal: twice the largest body of any form. */
const DRAIN_BYTES = 128 * 1024 * 1024
const DRAIN_MILLISECONDS = 30_000
const DRAIN_IDLE_MILLISECONDS = 3000

const bodies = new WeakMap<Request, BodyStream>()

/**
 * The body of a request: one reader for all callers.
 * @throws {Fault} `unsupported_media` for a compressed body
 */
export function bodyOf(context: AppContext): BodyStream {
  const request = context.req.raw
  let body = bodies.get(request)
  if (body === undefined) bodies.set(request, (body = new BodyStream(request.body, declaredLength(context))))
  const coding = context.req.header('content-encoding')?.trim().toLowerCase()
  if (coding !== undefined && coding !== '' && coding !== 'identity')
    throw new Fault({
      kind: 'unsupported_media',
      detail: `the body is encoded as ${coding}; send it without Content-Encoding`,
      accepted: ['identity'],
    })
  return body
}

/** The body of a request, if it was not read to its end; null otherwise. */
export function unreadBody(context: AppContext): BodyStream | null {
  const request = context.req.raw
  if (request.body === null) return null
  let body = bodies.get(request)
  if (body === undefined) {
    if (request.bodyUsed) return null
    bodies.set(request, (body = new BodyStream(request.body, declaredLength(context))))
  }
  return body.ended ? null : body
}

/** The body's Content-Length; undefined for a chunked one. */
function declaredLength(context: AppContext): number | undefined {
  const length = context.req.header('content-length')
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined
}

export class BodyStream {
  /** The Content-Length. */
  readonly declared: number | undefined
  /** No more bytes will be read. */
  ended = false
  readonly #stream: ReadableStream<Uint8Array> | null
  #reader: ReadableStreamBYOBReader | undefined
  #scratch = new ArrayBuffer(FIRST_READ)
  #received = 0
  #reading = false

  constructor(stream: ReadableStream<Uint8Array> | null, declared: number | undefined) {
    this.#stream = stream
    this.declared = stream === null ? 0 : declared
    this.ended = stream === null || declared === 0
  }

  /**
   * The next bytes, in a view that is valid until the next call; null at the end.
   * @throws {Fault} `invalid` if the client disconnects
   */
  async read(): Promise<Uint8Array | null> {
    if (this.ended) {
      if (!this.#scratch.detached) this.#scratch.transfer(0)
      return null
    }
    // A client that has sent little gets a small buffer: there may be many.
    if (this.#scratch.byteLength < LARGEST_READ && this.#received >= this.#scratch.byteLength)
      this.#scratch = new ArrayBuffer(Math.min(LARGEST_READ, 8 * this.#scratch.byteLength))
    const chunk = await this.#fill(new Uint8Array(this.#scratch))
    if (chunk !== null) this.#scratch = chunk.buffer
    return chunk === null || chunk.byteLength === 0 ? null : chunk
  }

  /**
   * Reads the next bytes into `buffer` from `offset` on. Meanwhile the stream owns the buffer; `buffer` is
   * detached.
   * @param offset - below the length of `buffer`
   * @returns the buffer with its content, and the number of new bytes: 0 at the end. The buffer is null if
   * the stream kept it.
   * @throws {Fault} `invalid` if the client disconnects
   */
  async readInto(buffer: ArrayBuffer, offset: number): Promise<{ buffer: ArrayBuffer | null; count: number }> {
    if (this.ended) return { buffer, count: 0 }
    const chunk = await this.#fill(new Uint8Array(buffer, offset))
    return { buffer: chunk?.buffer ?? null, count: chunk?.byteLength ?? 0 }
  }

  /** One read; null if the stream was cancelled. */
  async #fill(place: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
    this.#reading = true
    let chunk: ReadableStreamReadResult<Uint8Array>
    try {
      this.#reader ??= this.#stream!.getReader({ mode: 'byob' })
      chunk = await this.#readPieces(this.#reader, place)
    } catch (cause) {
      this.ended = true
      throw brokenOff(cause)
    } finally {
      this.#reading = false
    }
    const value = (chunk.value ?? null) as Uint8Array<ArrayBuffer> | null
    if (value === null || value.byteLength === 0) {
      this.ended = true
      if (this.declared !== undefined && this.#received < this.declared) throw brokenOff()
      return value
    }
    this.#received += value.byteLength
    if (this.#received === this.declared) this.ended = true
    return value
  }

  /** Reads a large body in large pieces: every read leaves some objects for V8 to collect. */
  #readPieces(reader: ReadableStreamBYOBReader, place: Uint8Array<ArrayBuffer>): Promise<ReadableStreamReadResult<Uint8Array>> {
    const left = (this.declared ?? 0) - this.#received
    if (place.length < LARGEST_READ || left <= 0 || typeof reader.readAtLeast !== 'function') return reader.read(place)
    return reader.readAtLeast(Math.min(LARGEST_READ, left), place)
  }

  /** Abandons the rest. */
  cancel(): void {
    this.ended = true
    void this.#reader?.cancel().catch(() => undefined)
  }

  /**
   * Runs `task`, which reads the body, and ends it once the seat refuses its client: too slow, or displaced
   * by another.
   * @throws {Fault} `timed_out` or `unavailable`, besides those of `task`
   */
  async watch<T>(seat: BodySeat, task: () => Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setInterval> | undefined
    const ended = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        // Between two reads the client waits for the server.
        if (!this.#reading) return
        try {
          seat.check()
        } catch (error) {
          reject(error as Error)
          this.cancel()
        }
      }, WATCH_MILLISECONDS)
    })
    const work = task()
    try {
      return await Promise.race([work, ended])
    } finally {
      clearInterval(timer)
      work.catch(() => undefined)
    }
  }

  /** Reads and discards the rest, within bounds. Never throws. */
  async drain(): Promise<void> {
    const began = Date.now()
    const most = this.#received + DRAIN_BYTES
    let last = began
    const timer = setInterval(() => {
      const now = Date.now()
      if (now - last > DRAIN_IDLE_MILLISECONDS || now - began > DRAIN_MILLISECONDS) this.cancel()
    }, WATCH_MILLISECONDS)
    try {
      while (this.#received < most && (await this.read()) !== null) last = Date.now()
    } catch {
      // The client has disconnected.
    } finally {
      clearInterval(timer)
      if (!this.ended) this.cancel()
    }
  }
}

function brokenOff(cause?: unknown): Fault {
  return new Fault(
    {
      kind: 'invalid',
      detail: 'the request body broke off before its end; send it again',
      errors: [{ pointer: '', detail: 'must come whole' }],
    },
    cause === undefined ? {} : { cause },
  )
}

/**
 * The same response, whose body ends only after the request's has arrived. A server that closes a connection
 * with unread bytes resets it, and a client that is still sending then loses the response.
 */
export async function answerFirst(answer: Response, body: BodyStream): Promise<Response> {
  if (answer.body === null) {
    await body.drain()
    return answer
  }
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const { readable, writable } = fixedLength(bytes.length)
  const writer = writable.getWriter()
  void writer
    .write(bytes)
    .then(() => body.drain())
    .then(() => writer.close())
    .catch(() => body.cancel())
  return new Response(readable, answer)
}

/** A stream of known length, where the platform has such streams. */
export function fixedLength(bytes: number): ReadableWritablePair<Uint8Array, Uint8Array> {
  if (typeof FixedLengthStream !== 'undefined') return new FixedLengthStream(bytes)
  // The platform's stream reads a written piece in place; here it may wait in a queue, hence the copy.
  return new TransformStream({ transform: (piece: Uint8Array, controller) => controller.enqueue(piece.slice()) })
}
