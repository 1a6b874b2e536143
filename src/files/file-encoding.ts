/**
 * First bytes of files that are not UTF-8 text: compressed, or text in another encoding.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import { unprocessableFile } from './problems.ts'

/** First bytes, and what to do with the file. */
const BEGINNINGS: readonly (readonly [bytes: readonly number[], detail: string])[] = [
  [[0x1f, 0x8b], 'is compressed by gzip; unpack it first'],
  [[0x50, 0x4b, 0x03, 0x04], 'is a ZIP archive; unpack it, and send the file inside'],
  [[0x42, 0x5a, 0x68], 'is compressed by bzip2; unpack it first'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'is compressed by Zstandard; unpack it first'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'is compressed by xz; unpack it first'],
  [[0xff, 0xfe], 'is UTF-16 text; save it as UTF-8'],
  [[0xfe, 0xff], 'is UTF-16 text; save it as UTF-8'],
]

const LONGEST = Math.max(...BEGINNINGS.map(([bytes]) => bytes.length))

/** Says why a file cannot be read as UTF-8 text, and what to do; null: its first bytes may be text. */
export function otherEncoding(start: Uint8Array): string | null {
  return BEGINNINGS.find(([bytes]) => bytes.every((byte, at) => start[at] === byte))?.[1] ?? null
}

/** The first bytes of a file that comes in chunks of any size. */
export class FirstBytes {
  readonly #file: string
  readonly #seen = new Uint8Array(LONGEST)
  #length: number

  /**
   * @param file - its name in failures
   * @param at - offset of the next chunk
   */
  constructor(file: string, at: number) {
    this.#file = file
    this.#length = at
  }

  /** @throws {Fault} `unprocessable`, with what to do, for a file that is not UTF-8 text */
  see(chunk: Uint8Array): void {
    if (this.#length >= LONGEST) return
    const more = chunk.subarray(0, LONGEST - this.#length)
    this.#seen.set(more, this.#length)
    this.#length += more.length
    const detail = otherEncoding(this.#seen.subarray(0, this.#length))
    if (detail !== null) throw unprocessableFile(this.#file, detail)
  }
}

/**
 * The text of an uploaded file, without a byte order mark.
 * @param pointer - place of its id in the request
 * @throws {Fault} `unprocessable` for a file that is not UTF-8 text
 */
export function textOfUpload(id: string, bytes: Uint8Array, pointer: string): string {
  const other = otherEncoding(bytes)
  if (other !== null) throw notText(`file ${id} ${other}`, pointer)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    throw notText(`file ${id} is not UTF-8 text; save it as UTF-8`, pointer, cause)
  }
}

const notText = (detail: string, pointer: string, cause?: unknown) =>
  new Fault({ kind: 'unprocessable', detail, errors: [{ pointer, detail: 'must name a file of UTF-8 text' }] }, { cause })
