/**
 * Request bodies in memory or on their way to storage, within the memory of the isolate
 * (`contracts/body-memory.ts`).
 * @module
 */
import type { BodySeat } from '../../contracts/body-memory.ts'
import { Fault } from '../../contracts/failure.ts'
import { release } from '../../contracts/release.ts'
import type { AppContext } from '../app-context.ts'
import { bodyOwnerOf } from '../authorization.ts'
import { bodyOf, type BodyStream, fixedLength } from './body-stream.ts'

export interface BodyBounds {
  /** Bytes that the body may have. */
  readonly limit: number
  /** Memory of the work on it, in multiples of its length. */
  readonly weight?: number
  /** The name of the body in a refusal for its size. */
  readonly what?: string
  /** How else a larger one can be sent: an imperative without a full stop. */
  readonly remedy?: string
}

/** The first buffer of a body. It grows fourfold, and twofold from 1 MiB. */
const FIRST_PLACE = 16 * 1024
const CAREFUL_FROM = 2 ** 20

/**
 * Calls `use` with the whole body. The bytes are released when `use` ends, so they must not be kept.
 * @throws {Fault} `too_large` as early as possible; `invalid` or `timed_out` for a body that does not arrive
 * whole; `unavailable` where there is no memory for it
 */
export async function holdBody<T>(
  context: AppContext,
  bounds: BodyBounds,
  use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>,
): Promise<T> {
  const body = bodyOf(context)
  const { limit, weight = 1 } = bounds
  checkLength(body, bounds)
  const most = Math.min(body.declared ?? limit, limit)
  const seat = context.env.services.bodies.open(bodyOwnerOf(context), weight * most)
  const place = new Place(seat, weight, most)
  try {
    await body.watch(seat, async () => {
      for (let count = await place.fill(body); count > 0; count = await place.fill(body)) {
        seat.received(count)
        if (place.length > limit) throw tooLarge(bounds)
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

/** @throws {Fault} `too_large`, by the declared length */
export function checkLength({ declared }: BodyStream, bounds: BodyBounds): void {
  if (declared !== undefined && declared > bounds.limit) throw tooLarge(bounds, declared)
}

function tooLarge({ limit, what = 'request body', remedy }: BodyBounds, actual?: number): Fault {
  return new Fault({
    kind: 'too_large',
    what,
    limit,
    unit: 'bytes',
    ...(actual === undefined ? {} : { actual }),
    ...(remedy === undefined ? {} : { remedy }),
  })
}

/**
 * A buffer that grows as bytes arrive, and may be taken away at any time. The stream reads into it directly:
 * meanwhile the buffer belongs to the stream, and V8 counts it only after the bytes have arrived.
 */
class Place {
  length = 0
  #buffer = new ArrayBuffer(0)
  #taken = false
  readonly #seat: BodySeat
  readonly #weight: number
  readonly #most: number

  /** @param most - the most bytes expected. One more byte of room shows that there are more. */
  constructor(seat: BodySeat, weight: number, most: number) {
    this.#seat = seat
    this.#weight = weight
    this.#most = most
  }

  /**
   * Takes the next bytes of the body.
   * @returns their number; 0 at the end
   * @throws {Fault} if the buffer was taken away meanwhile
   */
  async fill(body: BodyStream): Promise<number> {
    if (body.ended) return 0
    if (this.length === this.#buffer.byteLength) await this.#enlarge()
    const { buffer, count } = await body.readInto(this.#buffer, this.length)
    this.#buffer = buffer ?? new ArrayBuffer(0)
    if (this.#taken) {
      this.clear()
      this.#seat.check()
    }
    this.length += count
    return count
  }

  async #enlarge(): Promise<void> {
    const step = this.length < CAREFUL_FROM ? 4 : 2
    const next = Math.max(FIRST_PLACE, step * this.length)
    // A step that is a little too large is better than a tiny last one.
    const size = this.length < this.#most && 2 * next > this.#most ? this.#most : next
    const enlarge = (): void => {
      const larger = new ArrayBuffer(size)
      new Uint8Array(larger).set(new Uint8Array(this.#buffer, 0, this.length))
      release(new Uint8Array(this.#buffer))
      this.#buffer = larger
    }
    await this.#seat.grow(this.#weight * Math.min(size, this.#most), enlarge, () => {
      this.#taken = true
      this.clear()
    })
    // Taken away again before this line: `check` throws the reason.
    if (this.#taken) this.#seat.check()
  }

  /** @throws {Fault} if the buffer was taken away */
  bytes(): Uint8Array<ArrayBuffer> {
    if (this.#taken) this.#seat.check()
    return new Uint8Array(this.#buffer, 0, this.length)
  }

  /** Releases the buffer. One that the stream reads into is released when the stream returns it. */
  clear(): void {
    if (!this.#buffer.detached) release(new Uint8Array(this.#buffer))
    this.#buffer = new ArrayBuffer(0)
  }
}

/** Bytes in flight of a body that goes to storage. */
const PASSING_BYTES = 64 * 1024

/**
 * Calls `use` with the body as a stream of its declared length, for storage. `seen` gets the bytes as they
 * pass.
 * @throws {Fault} as {@link holdBody}; what `seen` throws, in preference to the error that `use` makes of the
 * broken stream
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
  /** A fault of the client or its bytes, not of storage. */
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
    // The error of storage about a broken stream does not tell the cause.
    await Promise.race([pumping, new Promise((resolve) => setTimeout(resolve, 0))])
    throw fault ?? error
  } finally {
    seat.leave()
  }
}

const nothing = (): void => undefined

/** The consumer of the stream has ended; its own error has the reason. */
class StorageEnded extends Error {}
