/**
 * Identity of a dataset version: a digest over its items, computed as they stream and resumable half-way.
 * @module
 */
import { canonicalJson } from '../contracts/canonical-json.ts'
import { digestOf, sha256Hex } from '../contracts/digest.ts'
import { unprocessableField } from '../contracts/failure.ts'
import type { Candidate, Item } from '../contracts/item.ts'

/**
 * A block of lines ends with the line that brings it to this many bytes. Fixed: it is part of
 * `assay.dataset/2`.
 * @internal
 */
export const BLOCK_BYTES = 2 ** 20

/** Saved state between two blocks. */
export interface DigestState {
  readonly items: number
  /** SHA-256 of each full block, in order. */
  readonly blocks: readonly string[]
}

/**
 * The digest `assay.dataset/2` of a version: of `{schema, format, items, blocks}` in canonical JSON. Blocks
 * are the SHA-256 of consecutive stretches of the items' lines (canonical JSON and a line feed each), in
 * ascending order of id by UTF-16 code units.
 */
export class DatasetDigest {
  readonly #blocks: string[]
  readonly #encoder = new TextEncoder()
  #items: number
  #block = new Uint8Array(BLOCK_BYTES + 2 ** 16)
  #bytes = 0

  constructor({ items, blocks }: DigestState = { items: 0, blocks: [] }) {
    this.#items = items
    this.#blocks = [...blocks]
  }

  /** @param line - an item's canonical JSON */
  async add(line: string): Promise<void> {
    // UTF-8 needs at most three bytes per UTF-16 unit.
    const room = this.#bytes + 3 * (line.length + 1)
    if (room > this.#block.length) {
      const larger = new Uint8Array(room)
      larger.set(this.#block)
      this.#block = larger
    }
    this.#bytes += this.#encoder.encodeInto(`${line}\n`, this.#block.subarray(this.#bytes)).written
    this.#items++
    if (this.#bytes >= BLOCK_BYTES) await this.#endBlock()
  }

  get items(): number {
    return this.#items
  }

  /** null inside a block. */
  get state(): DigestState | null {
    return this.#bytes === 0 ? { items: this.#items, blocks: [...this.#blocks] } : null
  }

  /** @param candidates - labels of the whole dataset; part of the digest only if there are any */
  async finish(format: string, candidates?: readonly Candidate[]): Promise<string> {
    if (this.#bytes > 0) await this.#endBlock()
    const labels = candidates === undefined ? {} : { candidates }
    return digestOf({ schema: 'assay.dataset/2', format, items: this.#items, blocks: this.#blocks, ...labels })
  }

  async #endBlock(): Promise<void> {
    this.#blocks.push(await sha256Hex(this.#block.subarray(0, this.#bytes)))
    this.#bytes = 0
  }
}

/** An item in its stored and digested form. @throws {Fault} for text without a UTF-8 form */
export function itemLine(item: Item): string {
  try {
    return canonicalJson(item)
  } catch (cause) {
    throw unprocessableField('', `item ${JSON.stringify(item.id)}: ${(cause as Error).message}`)
  }
}

/** Ascending by UTF-16 code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
