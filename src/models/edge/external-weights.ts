/**
 * External weights that are freed while ONNX Runtime reads them.
 *
 * Otherwise the weights would be in JavaScript and in WebAssembly memory at once while a session is created:
 * twice the model. The runtime reads each weight once, by `subarray`, and copies it immediately. So a weight
 * can be freed when the next one is requested. Peak memory is then the model's size plus its largest weight.
 * @module
 */
import { release } from '../../contracts/release.ts'
import { readOnnx } from '../onnx/onnx-file.ts'

interface Span {
  readonly offset: number
  readonly length: number
}

/** Positions of a graph's weights in the external file named `path`, ascending and without repeats. */
function spansOf(graph: Uint8Array, path: string): Span[] {
  const spans = new Map<number, Span>()
  for (const { external } of readOnnx(graph).weights) {
    if (external === null || external.location.replace(/^\.\//, '') !== path) continue
    if (external.length > (spans.get(external.offset)?.length ?? 0)) spans.set(external.offset, external)
  }
  return [...spans.values()].toSorted((a, b) => a.offset - b.offset)
}

/**
 * Reads a file of external weights into one buffer per weight. Bytes outside every weight (padding) are
 * dropped.
 * @param bytes - length of the file
 * @param observe - called with every chunk before its buffer is freed
 * @throws {Error} if the stream is shorter than `bytes`, or weights overlap
 */
export async function readExternalWeights(
  stream: ReadableStream<Uint8Array>,
  graph: Uint8Array,
  path: string,
  bytes: number,
  observe: (chunk: Uint8Array) => Promise<void> = async () => {},
): Promise<Uint8Array> {
  const spans = spansOf(graph, path)
  const pieces = new Map<number, Uint8Array>()
  let at = 0
  let next = 0
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
    await observe(chunk)
    const end = at + chunk.length
    for (let index = next; index < spans.length && spans[index]!.offset < end; index++) {
      const { offset, length } = spans[index]!
      if (offset + length > bytes) throw new Error(`${path}: a weight lies beyond its ${bytes} bytes`)
      let piece = pieces.get(offset)
      if (piece === undefined) pieces.set(offset, (piece = new Uint8Array(length)))
      const from = Math.max(offset, at)
      const until = Math.min(offset + length, end)
      if (until > from) piece.set(chunk.subarray(from - at, until - at), from - offset)
      if (offset + length <= end && index === next) next++
    }
    at = end
    // A view of a larger buffer must not be freed.
    if (chunk.byteLength === chunk.buffer.byteLength) release(chunk)
  }
  if (at !== bytes) throw new Error(`${path}: ${at} bytes came, not ${bytes}`)
  return new ReleasedWeights(path, bytes, pieces)
}

/** Stands for a `Uint8Array` of the whole file. ONNX Runtime's glue uses only `byteLength` and `subarray`. */
class ReleasedWeights extends Uint8Array {
  readonly #path: string
  readonly #bytes: number
  readonly #pieces: Map<number, Uint8Array>
  #lastRead: Uint8Array | undefined

  constructor(path: string, bytes: number, pieces: Map<number, Uint8Array>) {
    super(0)
    this.#path = path
    this.#bytes = bytes
    this.#pieces = pieces
  }

  override get byteLength(): number {
    return this.#bytes
  }

  override subarray(begin: number, end: number): Uint8Array<ArrayBuffer> {
    if (this.#lastRead !== undefined) release(this.#lastRead)
    this.#lastRead = undefined
    const piece = this.#pieces.get(begin)
    if (piece === undefined || piece.length !== end - begin)
      throw new Error(`${this.#path}: the weight at ${begin} is read a second time, or in another length`)
    this.#pieces.delete(begin)
    this.#lastRead = piece
    return piece as Uint8Array<ArrayBuffer>
  }
}
