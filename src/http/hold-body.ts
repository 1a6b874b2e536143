/**
 * Bodies in memory or on their way to storage, within what this isolate may hold (`contracts/body-memory.ts`).
 * @module
 */
import type { BodySeat } from '../contracts/body-memory.ts'
import { Fault } from '../contracts/failure.ts'
import { release } from '../contracts/release.ts'
import type { AppContext } from './app-context.ts'
import { bodyOwnerOf } from './authorization.ts'
import { bodyOf, type BodyStream, fixedLength } from './body-stream.ts'

export interface BodyBounds {
  /** Bytes that the body may have. */
  readonly limit: number
  /** What the work on it may hold, in multiples of its length. */
  readonly weight?: number
  /** What it is called where it is too large. */
  readonly what?: string
}

/** The first place of a body; from there it grows fourfold, and twofold from 1 MiB. */
const FIRST_PLACE = 16 * 1024
const CAREFUL_FROM = 2 ** 20

/**
 * Gives `use` the whole body. Its bytes are given back when `use` ends, however it ends: they must not be kept.
 * @throws {Fault} `too_large` as soon as it is known; `invalid`, `timed_out` or `unavailable` for one that does not come or has no place
 */
export async function holdBody<T>(
  context: AppContext,
  { limit, weight = 1, what = 'request body' }: BodyBounds,
  use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>,
): Promise<T> {
  const body = bodyOf(context)
  checkLength(body, limit, what)
  const most = Math.min(body.declared ?? limit, limit)
  const seat = context.env.services.bodies.open(bodyOwnerOf(context), weight * most)
  const place = new Place(seat, weight, most)
  try {
    await body.watch(seat, async () => {
      for (let chunk = await body.read(); chunk !== null; chunk = await body.read()) {
        seat.received(chunk.byteLength)
        if (place.length + chunk.byteLength > limit) throw new Fault({ kind: 'too_large', what, limit, unit: 'bytes' })
        await place.append(chunk)
      }
    })
    const work = use(place.bytes())
    seat.working(work)
    return await work
  } finally {
    seat.leave()
    place.clear()
  }
}

/** @throws {Fault} `too_large` by what the client declares */
export function checkLength(body: BodyStream, limit: number, what = 'request body'): void {
  if (body.declared !== undefined && body.declared > limit)
    throw new Fault({ kind: 'too_large', what, limit, actual: body.declared, unit: 'bytes' })
}

/** A buffer that grows as bytes come and may be taken away at any time. */
class Place {
  length = 0
  #buffer = new Uint8Array()
  readonly #seat: BodySeat
  readonly #weight: number
  readonly #most: number

  constructor(seat: BodySeat, weight: number, most: number) {
    this.#seat = seat
    this.#weight = weight
    this.#most = most
  }

  async append(chunk: Uint8Array): Promise<void> {
    const needed = this.length + chunk.byteLength
    if (needed > this.#buffer.length) {
      const step = this.#buffer.length < CAREFUL_FROM ? 4 : 2
      const next = Math.max(needed, FIRST_PLACE, step * this.#buffer.length)
      // One step that is a little too large is better than a last one that is hardly any.
      const size = 2 * next > this.#most ? this.#most : next
      const enlarge = (): void => {
        const larger = new Uint8Array(size)
        larger.set(this.#buffer.subarray(0, this.length))
        release(this.#buffer)
        this.#buffer = larger
      }
      await this.#seat.grow(this.#weight * size, enlarge, () => this.clear())
      // Taken away again before this line: the seat says why.
      if (this.#buffer.length < needed) this.#seat.check()
    }
    this.#buffer.set(chunk, this.length)
    this.length = needed
  }

  /** @throws {Fault} when it was taken away. */
  bytes(): Uint8Array<ArrayBuffer> {
    if (this.#buffer.length < this.length) this.#seat.check()
    return this.#buffer.subarray(0, this.length)
  }

  clear(): void {
    release(this.#buffer)
    this.#buffer = new Uint8Array()
  }
}

/** What passes at once of a body that goes to storage. */
const PASSING_BYTES = 64 * 1024

/**
 * Gives `use` the body as a stream of its declared length, for storage. `seen` hears of its bytes as they pass.
 * @throws {Fault} as {@link holdBody}, and what `seen` throws: before what `use` made of a stream that broke
 */
export async function passBody<T>(
  context: AppContext,
  length: number,
  use: (stream: ReadableStream<Uint8Array>) => Promise<T>,
  seen: (bytes: Uint8Array) => void = () => undefined,
): Promise<T> {
  const body = bodyOf(context)
  const seat = context.env.services.bodies.open(bodyOwnerOf(context), PASSING_BYTES)
  const { readable, writable } = fixedLength(length)
  const writer = writable.getWriter()
  /** Of the client or its bytes, not of storage. */
  let fault: unknown
  const pump = async (): Promise<void> => {
    try {
      await body.watch(seat, async () => {
        for (let chunk = await body.read(); chunk !== null; chunk = await body.read()) {
          seat.received(chunk.byteLength)
          await seat.grow(PASSING_BYTES, nothing, nothing)
          seen(chunk)
          await writer.write(chunk).catch(() => {
            throw new StorageEnded()
          })
        }
      })
      await writer.close().catch(() => undefined)
    } catch (error) {
      if (!(error instanceof StorageEnded)) fault = error
      await writer.abort(error).catch(() => undefined)
    }
  }
  const pumping = pump()
  try {
    const result = await use(readable)
    await pumping
    if (fault !== undefined) throw fault
    return result
  } catch (error) {
    // What storage says of a stream that broke says nothing of why.
    await Promise.race([pumping, new Promise((resolve) => setTimeout(resolve, 0))])
    throw fault ?? error
  } finally {
    seat.leave()
  }
}

const nothing = (): void => undefined

/** Whoever took the stream takes no more: its own error says why. */
class StorageEnded extends Error {}
