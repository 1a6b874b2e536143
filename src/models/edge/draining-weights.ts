/**
 * External weights that disappear as ONNX Runtime takes them.
 *
 * While a session is created, its weights would be in JavaScript and in WebAssembly memory at once: twice the model. The runtime reads
 * each weight once, by `subarray`, and copies it on the spot, so a weight can be given back when the next one is asked for. Then the sum of
 * both memories stays at the model's size plus its largest weight.
 * @module
 */
import { release } from '../../contracts/release.ts'
import { readOnnx } from '../onnx/onnx-file.ts'

interface Span {
  readonly offset: number
  readonly length: number
}

/** Where the weights of a graph lie in the file it calls `path`, ascending, without repeats. */
function spansOf(graph: Uint8Array, path: string): Span[] {
  const spans = new Map<number, Span>()
  for (const { external } of readOnnx(graph).weights) {
    if (external === null || external.location.replace(/^\.\//, '') !== path) continue
    if (external.length > (spans.get(external.offset)?.length ?? 0)) spans.set(external.offset, external)
  }
  return [...spans.values()].toSorted((a, b) => a.offset - b.offset)
}

/**
 * Reads a file of external weights, a buffer a weight. What no weight names (padding) is dropped.
 * @param bytes length of the file
 * @param see is shown every chunk before it is given back
 * @throws {Error} when the stream is shorter, or weights overlap
 */
export async function readDrainingWeights(
  stream: ReadableStream<Uint8Array>,
  graph: Uint8Array,
  path: string,
  bytes: number,
  see: (chunk: Uint8Array) => Promise<void> = async () => {},
): Promise<Uint8Array> {
  const spans = spansOf(graph, path)
  const pieces = new Map<number, Uint8Array>()
  let at = 0
  let next = 0
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
    await see(chunk)
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
    // A view of a larger buffer is not ours to give back.
    if (chunk.byteLength === chunk.buffer.byteLength) release(chunk)
  }
  if (at !== bytes) throw new Error(`${path}: ${at} bytes came, not ${bytes}`)
  return new DrainingWeights(path, bytes, pieces)
}

/** What ONNX Runtime's glue takes for a `Uint8Array` of the whole file: it asks for `byteLength` and `subarray`, nothing else. */
class DrainingWeights extends Uint8Array {
  readonly #path: string
  readonly #bytes: number
  readonly #pieces: Map<number, Uint8Array>
  #taken: Uint8Array | undefined

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
    if (this.#taken !== undefined) release(this.#taken)
    this.#taken = undefined
    const piece = this.#pieces.get(begin)
    if (piece === undefined || piece.length !== end - begin)
      throw new Error(`${this.#path}: the weight at ${begin} is asked for a second time, or in another length`)
    this.#pieces.delete(begin)
    this.#taken = piece
    return piece as Uint8Array<ArrayBuffer>
  }
}
