/**
 * A file of embeddings as JSON Lines, rewritten as safetensors: each shard then reads the rows it needs in
 * place.
 * @module
 */
import { unprocessableField } from '../../../contracts/failure.ts'
import type { StoredFile } from '../../../contracts/import-ports.ts'
import { release } from '../../../contracts/release.ts'
import { type EmbeddingRow, EmbeddingLines } from '../../../tasks/formats/embedding-lines.ts'
import { LENGTH_BYTES } from './safetensors.ts'

const READ_BYTES = 2 ** 20

/** Bytes of all vectors, which are held twice while they are rewritten: 12,288 of 512 dimensions. */
export const MOST_VECTOR_BYTES = 24 * 2 ** 20

/** Whether a file of embeddings begins as JSON Lines do. Safetensors begin with a length below 2³². */
export function isJsonLines(head: Uint8Array): boolean {
  const first = head.findIndex((byte) => !BLANK.has(byte))
  return head[first] === 0x7b && !head.includes(0)
}

/** Byte order mark, space, tab and line breaks. */
const BLANK: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf, 0x20, 0x09, 0x0a, 0x0d])

async function* rowsOf(file: StoredFile): AsyncGenerator<EmbeddingRow> {
  const lines = new EmbeddingLines()
  for (let at = 0; at < file.bytes; at += READ_BYTES) {
    const chunk = await file.read(at, READ_BYTES)
    yield* lines.read(chunk, at + READ_BYTES >= file.bytes)
    release(chunk)
  }
}

/** Numbers of the first vector. @throws {Fault} `unprocessable` */
export async function dimensionsOfLines(file: StoredFile): Promise<number> {
  for await (const { vector } of rowsOf(file)) return vector.length
  throw unprocessableField('', 'holds no embedding')
}

/** The vectors as one safetensors file. @throws {Fault} `unprocessable` */
export async function safetensorsOfLines(file: StoredFile): Promise<Uint8Array<ArrayBuffer>> {
  const rows = { image: [] as EmbeddingRow[], text: [] as EmbeddingRow[] }
  let bytes = 0
  for await (const row of rowsOf(file)) {
    bytes += row.vector.byteLength
    if (bytes > MOST_VECTOR_BYTES)
      throw unprocessableField(
        '',
        `has more than ${MOST_VECTOR_BYTES} bytes of vectors, the most that JSON Lines may have; save them with safetensors.numpy.save_file`,
      )
    rows[row.of].push(row)
  }
  for (const name of ['image', 'text'] as const)
    if (rows[name].length === 0)
      throw unprocessableField('', `has no line with ${name}_id; give the vectors of pictures and of texts`)
  return packed(rows.image, rows.text, bytes)
}

function packed(images: readonly EmbeddingRow[], texts: readonly EmbeddingRow[], bytes: number): Uint8Array<ArrayBuffer> {
  const dimensions = images[0]!.vector.length
  const middle = 4 * dimensions * images.length
  const tensor = (rows: readonly EmbeddingRow[], first: number, end: number) => ({
    dtype: 'F32',
    shape: [rows.length, dimensions],
    data_offsets: [first, end],
  })
  const idsOf = (rows: readonly EmbeddingRow[]) => JSON.stringify(rows.map(({ id }) => id))
  const header = new TextEncoder().encode(
    JSON.stringify({
      __metadata__: { image_ids: idsOf(images), text_ids: idsOf(texts) },
      images: tensor(images, 0, middle),
      texts: tensor(texts, middle, bytes),
    }),
  )
  const packed = new Uint8Array(LENGTH_BYTES + header.length + bytes)
  const view = new DataView(packed.buffer)
  view.setBigUint64(0, BigInt(header.length), true)
  packed.set(header, LENGTH_BYTES)
  let at = LENGTH_BYTES + header.length
  for (const { vector } of [...images, ...texts])
    for (const component of vector) {
      view.setFloat32(at, component, true)
      at += 4
    }
  return packed
}
