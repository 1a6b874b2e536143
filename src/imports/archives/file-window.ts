/**
 * Random access to a stored file through one stretch of it in memory. Archives are mostly read in order, so
 * most reads cost no fetch.
 * @module
 */
import { Fault, unprocessableField } from '../../contracts/failure.ts'
import type { StoredFile } from '../../contracts/import-ports.ts'
import { release } from '../../contracts/release.ts'

const STRETCH_BYTES = 4 * 2 ** 20

/** Longest single read: the largest picture, or the directory of a zip. */
const MOST_BYTES = 9 * 2 ** 20

export class FileWindow {
  readonly bytes: number
  readonly #file: StoredFile
  /** Number of reads from storage. */
  fetches = 0
  #start = 0
  #held: Uint8Array = new Uint8Array()

  constructor(file: StoredFile) {
    this.#file = file
    this.bytes = file.bytes
  }

  /**
   * A view that is valid until the next read.
   * @throws {Fault} `unprocessable` if the file ends before `offset + length`
   */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (length > MOST_BYTES)
      throw new Fault({ kind: 'too_large', what: 'one piece of the archive', limit: MOST_BYTES, actual: length, unit: 'bytes' })
    if (offset + length > this.bytes)
      throw unprocessableField('', `ends at byte ${this.bytes}, within an entry; it is truncated: send it again`)
    const from = offset - this.#start
    if (from < 0 || from + length > this.#held.length) await this.#fetch(offset, length)
    return this.#held.subarray(offset - this.#start, offset - this.#start + length)
  }

  async #fetch(offset: number, length: number): Promise<void> {
    release(this.#held)
    this.#held = new Uint8Array()
    this.fetches++
    this.#held = await this.#file.read(offset, Math.min(Math.max(length, STRETCH_BYTES), this.bytes - offset))
    this.#start = offset
  }
}
