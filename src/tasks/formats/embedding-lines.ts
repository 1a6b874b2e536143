/**
 * Embeddings as JSON Lines: `{"image_id": "7", "embedding": [0.1, …]}` or `{"text_id": "7#0", …}` per line.
 * An embedding is a list of numbers, or base64 of little-endian 32-bit floats, as OpenAI's API gives
 * them.
 * @module
 */
import { fromBase64 } from '../../contracts/base64.ts'
import { LineScanner } from '../../files/line-scanner.ts'
import { Problems } from '../../files/problems.ts'
import { parseLine, usedBefore } from './json-line.ts'

const FILE = 'embeddings'

export interface EmbeddingRow {
  readonly of: 'image' | 'text'
  readonly id: string
  readonly vector: Float32Array
}

/** Reads a file in chunks of any size. */
export class EmbeddingLines {
  readonly #scanner = new LineScanner(FILE)
  readonly #lines = { image: new Map<string, number>(), text: new Map<string, number>() }
  #dimensions: number | undefined;

  /**
   * @param last - whether the file ends with this chunk
   * @throws {Fault} `unprocessable` with the place of the first line that is not an embedding, has an id
   *   again, or has another length than the lines before it
   */
  *read(chunk: Uint8Array, last: boolean): Generator<EmbeddingRow> {
    for (const { first, text } of this.#scanner.scan(chunk, last)) {
      if (text.trim() === '') continue
      const problems = new Problems(FILE)
      const row = this.#rowOf(text, first, problems)
      problems.throwIfAny()
      yield row!
    }
  }

  #rowOf(line: string, index: number, problems: Problems): EmbeddingRow | undefined {
    const pointer = `/${index}`
    const parsed = parseLine(line, pointer, problems)
    const fields = parsed && problems.record(parsed.value, pointer)
    if (fields === undefined) return undefined
    const given = (['image', 'text'] as const).filter((name) => fields[`${name}_id`] !== undefined)
    const [of] = given
    if (of === undefined || given.length > 1) {
      problems.note(pointer, 'must have image_id or text_id, one of them, beside embedding')
      return undefined
    }
    const id = problems.id(fields[`${of}_id`], `${pointer}/${of}_id`)
    const vector = vectorOf(fields['embedding'], `${pointer}/embedding`, problems)
    if (id === undefined || vector === undefined) return undefined
    const before = this.#lines[of].get(id)
    if (before !== undefined) problems.note(`${pointer}/${of}_id`, usedBefore(id, before))
    this.#lines[of].set(id, index)
    this.#dimensions ??= vector.length
    if (vector.length !== this.#dimensions)
      problems.note(`${pointer}/embedding`, `has ${vector.length} numbers, and those before have ${this.#dimensions}`)
    return { of, id, vector }
  }
}

/** @returns undefined after recording a problem */
function vectorOf(value: unknown, pointer: string, problems: Problems): Float32Array | undefined {
  const vector = typeof value === 'string' ? decoded(value) : Array.isArray(value) ? listed(value) : null
  if (vector !== null && vector.length > 0) return vector
  problems.note(pointer, 'must be a list of numbers, or base64 of little-endian 32-bit floats')
  return undefined
}

const listed = (values: readonly unknown[]): Float32Array | null =>
  values.every((value) => typeof value === 'number') ? Float32Array.from(values) : null

function decoded(base64: string): Float32Array | null {
  const bytes = fromBase64(base64)
  if (bytes === null || bytes.length % 4 !== 0) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(4 * index, true))
}
