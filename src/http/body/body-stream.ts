/**
 * A request's body as it comes: guarded against clients that send slowly or break off, and drained where an answer comes before its end.
 * @module
 */
import type { BodySeat } from '../../contracts/body-memory.ts'
import { Fault } from '../../contracts/failure.ts'
import type { AppContext } from '../app-context.ts'

/** Read at once: little while nothing is known of a client, then up to this. */
const FIRST_READ = 1024
const LARGEST_READ = 64 * 1024

const WATCH_MILLISECONDS = 200

/** What is read of a body that was refused, so that its client reads the refusal: twice the largest body of any form. */
const DRAIN_BYTES = 128 * 1024 * 1024
const DRAIN_MILLISECONDS = 30_000
const DRAIN_IDLE_MILLISECONDS = 3000

const bodies = new WeakMap<Request, BodyStream>()

/** The body of a request: one reader for all callers. @throws {Fault} `unsupported_media` for a body that is compressed */
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

/** The body of a request that has one which was not read to its end; null otherwise. */
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

/** Bytes of the body by its Content-Length; undefined for a chunked one. */
function declaredLength(context: AppContext): number | undefined {
  const length = context.req.header('content-length')
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined
}

export class BodyStream {
  /** By Content-Length. */
  readonly declared: number | undefined
  /** Nothing more will come, or is waited for. */
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
   * The next bytes, in a view that holds until the next call; null at the end.
   * @throws {Fault} `invalid` when the client breaks off
   */
  async read(): Promise<Uint8Array | null> {
    if (this.ended) {
      if (!this.#scratch.detached) this.#scratch.transfer(0)
      return null
    }
    // A client that has sent little gets a small place: many may do so.
    if (this.#scratch.byteLength < LARGEST_READ && this.#received >= this.#scratch.byteLength)
      this.#scratch = new ArrayBuffer(Math.min(LARGEST_READ, 8 * this.#scratch.byteLength))
    const chunk = await this.#fill(new Uint8Array(this.#scratch))
    if (chunk !== null) this.#scratch = chunk.buffer
    return chunk === null || chunk.byteLength === 0 ? null : chunk
  }

  /**
   * Reads the next bytes into `buffer` from `offset` on. The stream owns the buffer meanwhile; `buffer` is detached.
   * @param offset - below the length of `buffer`
   * @returns the buffer with its content, and how many bytes came: 0 at the end. The buffer is null where the stream kept it.
   * @throws {Fault} `invalid` when the client breaks off
   */
  async readInto(buffer: ArrayBuffer, offset: number): Promise<{ buffer: ArrayBuffer | null; count: number }> {
    if (this.ended) return { buffer, count: 0 }
    const chunk = await this.#fill(new Uint8Array(buffer, offset))
    return { buffer: chunk?.buffer ?? null, count: chunk?.byteLength ?? 0 }
  }

  /** One reading. Null where the stream was cancelled. */
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

  /** A large body in large pieces: every reading leaves some objects for V8 to collect. */
  #readPieces(reader: ReadableStreamBYOBReader, place: Uint8Array<ArrayBuffer>): Promise<ReadableStreamReadResult<Uint8Array>> {
    const left = (this.declared ?? 0) - this.#received
    if (place.length < LARGEST_READ || left <= 0 || typeof reader.readAtLeast !== 'function') return reader.read(place)
    return reader.readAtLeast(Math.min(LARGEST_READ, left), place)
  }

  /** Gives up the rest. */
  cancel(): void {
    this.ended = true
    void this.#reader?.cancel().catch(() => undefined)
  }

  /**
   * Runs `task`, which reads, and ends it with what the seat says of its client: refused for another, or too slow.
   * @throws {Fault}
   */
  async watch<T>(seat: BodySeat, task: () => Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setInterval> | undefined
    const ended = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        // Between two readings the client waits for us.
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

  /** Reads the rest and forgets it, within bounds. Never throws. */
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
      // It broke off: the client has what it wanted, or is gone.
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
 * The same answer, whose body ends only when the request's has come: a server that closes a connection with bytes unread resets it, and
 * clients that are still sending then lose the answer.
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

/** A stream whose length the platform tells, where it has such streams. */
export function fixedLength(bytes: number): ReadableWritablePair<Uint8Array, Uint8Array> {
  if (typeof FixedLengthStream !== 'undefined') return new FixedLengthStream(bytes)
  // A written piece is read from its own place elsewhere; here it may wait in a queue.
  return new TransformStream({ transform: (piece: Uint8Array, controller) => controller.enqueue(piece.slice()) })
}
