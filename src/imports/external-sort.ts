/**
 * External sorting: sorted stretches of lines ("runs") that each fit in memory, and a merge that holds one
 * block of each.
 * @module
 */
import type { ImportWorkspace } from '../contracts/import-ports.ts'
import { release } from '../contracts/release.ts'

/** A stored run: lines of UTF-8 text in ascending order. */
export interface SortedRun {
  readonly name: string
  readonly bytes: number
}

/** Most bytes of all blocks of a merge together, and of one block. */
const MERGE_BYTES = 12 * 2 ** 20
const BLOCK_BYTES = 256 * 2 ** 10
const LEAST_BLOCK_BYTES = 16 * 2 ** 10

const LINE_FEED = 0x0a

/** @param lines - in order, each without its line feed */
export async function writeRun(workspace: ImportWorkspace, name: string, lines: readonly string[]): Promise<SortedRun> {
  const bytes = new TextEncoder().encode(lines.length === 0 ? '' : `${lines.join('\n')}\n`)
  const { length } = bytes
  await workspace.put(name, bytes)
  release(bytes)
  return { name, bytes: length }
}

/** Reads a run's lines from an offset on. */
class RunReader {
  readonly #workspace: ImportWorkspace
  readonly #run: SortedRun
  readonly #block: number
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #bytes = new Uint8Array()
  /** Offset of `#bytes` in the run, and offset of the next line in it. */
  #base: number
  #at = 0

  constructor(workspace: ImportWorkspace, run: SortedRun, offset: number, block: number) {
    this.#workspace = workspace
    this.#run = run
    this.#base = offset
    this.#block = block
  }

  /** Offset of the next line. */
  get offset(): number {
    return this.#base + this.#at
  }

  get ended(): boolean {
    return this.offset >= this.#run.bytes
  }

  /** The next line, if it is loaded. */
  take(): string | undefined {
    const end = this.#bytes.indexOf(LINE_FEED, this.#at)
    if (end < 0) return undefined
    const line = this.#decoder.decode(this.#bytes.subarray(this.#at, end))
    this.#at = end + 1
    return line
  }

  close(): void {
    release(this.#bytes)
  }

  /** Loads the next line. @throws {Error} if the run ends within a line */
  async fill(): Promise<void> {
    for (let searched = this.#at; this.#bytes.indexOf(LINE_FEED, searched) < 0;) {
      const rest = this.#bytes.subarray(this.#at)
      const from = this.#base + this.#bytes.length
      const length = Math.min(Math.max(this.#block, rest.length), this.#run.bytes - from)
      if (length <= 0) throw new Error(`${this.#run.name} ends within a line`)
      const more = await this.#workspace.read(this.#run.name, from, length)
      const joined = new Uint8Array(rest.length + more.length)
      joined.set(rest)
      joined.set(more, rest.length)
      release(more)
      searched = rest.length
      release(this.#bytes)
      this.#base += this.#at
      this.#at = 0
      this.#bytes = joined
    }
  }
}

interface Head<T> {
  readonly reader: number
  readonly offset: number
  readonly value: T
}

/** Values of several runs in ascending order. Equal values are in the order of their runs. */
export class RunMerge<T> {
  readonly #readers: readonly RunReader[]
  readonly #parse: (line: string) => T
  readonly #compare: (a: T, b: T) => number
  /** A heap: the smallest is first. */
  readonly #heads: Head<T>[] = []

  private constructor(readers: readonly RunReader[], parse: (line: string) => T, compare: (a: T, b: T) => number) {
    this.#readers = readers
    this.#parse = parse
    this.#compare = compare
  }

  /**
   * @param positions - start in each run, from an earlier merge's {@link positions}; default: the beginnings
   */
  static async open<T>(
    workspace: ImportWorkspace,
    runs: readonly SortedRun[],
    positions: readonly number[] | null,
    parse: (line: string) => T,
    compare: (a: T, b: T) => number,
  ): Promise<RunMerge<T>> {
    const block = Math.max(LEAST_BLOCK_BYTES, Math.min(BLOCK_BYTES, Math.floor(MERGE_BYTES / Math.max(1, runs.length))))
    const readers = runs.map((run, index) => new RunReader(workspace, run, positions?.[index] ?? 0, block))
    const merge = new RunMerge(readers, parse, compare)
    for (const [index, reader] of readers.entries()) {
      if (reader.ended) continue
      await reader.fill()
      merge.#heads.push(merge.#next(index))
      merge.#rise()
    }
    return merge
  }

  /** The smallest remaining value. */
  get head(): T | undefined {
    return this.#heads[0]?.value
  }

  /** Offsets of the remaining values, where another merge of these runs continues. */
  get positions(): number[] {
    const positions = this.#readers.map(({ offset }) => offset)
    for (const { reader, offset } of this.#heads) positions[reader] = offset
    return positions
  }

  /** Frees the blocks. The merge cannot be used afterwards. */
  close(): void {
    for (const reader of this.#readers) reader.close()
  }

  /** Drops the head. Asynchronous only at the end of a block. */
  advance(): Promise<void> | undefined {
    const index = this.#heads[0]!.reader
    const reader = this.#readers[index]!
    const offset = reader.offset
    const line = reader.take()
    if (line !== undefined) {
      this.#replace({ reader: index, offset, value: this.#parse(line) })
      return undefined
    }
    if (reader.ended) {
      const last = this.#heads.pop()!
      if (this.#heads.length > 0) this.#replace(last)
      return undefined
    }
    return reader.fill().then(() => this.#replace(this.#next(index)))
  }

  #next(index: number): Head<T> {
    const reader = this.#readers[index]!
    const offset = reader.offset
    return { reader: index, offset, value: this.#parse(reader.take()!) }
  }

  #before(a: Head<T>, b: Head<T>): boolean {
    const order = this.#compare(a.value, b.value)
    return order < 0 || (order === 0 && a.reader < b.reader)
  }

  #replace(head: Head<T>): void {
    const heads = this.#heads
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heads.length) break
      if (child + 1 < heads.length && this.#before(heads[child + 1]!, heads[child]!)) child++
      if (!this.#before(heads[child]!, head)) break
      heads[at] = heads[child]!
      at = child
    }
    heads[at] = head
  }

  #rise(): void {
    const heads = this.#heads
    for (let at = heads.length - 1; at > 0;) {
      const parent = (at - 1) >> 1
      if (!this.#before(heads[at]!, heads[parent]!)) return
      ;[heads[at], heads[parent]] = [heads[parent]!, heads[at]!]
      at = parent
    }
  }
}
