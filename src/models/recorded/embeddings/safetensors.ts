/**
 * A safetensors file of embeddings: matrices `images` and `texts`, and the id of each row in the file's
 * metadata (https://huggingface.co/docs/safetensors: 8 bytes of length, a JSON header, the data).
 * @module
 */
import { z } from 'zod'
import { unprocessableField } from '../../../contracts/failure.ts'
import type { StoredFile } from '../../../contracts/import-ports.ts'

/** Longest header: ids of about 200,000 rows. */
const MOST_HEADER_BYTES = 4 * 2 ** 20
export const LENGTH_BYTES = 8

const BYTES_OF = { F32: 4, F16: 2 } as const

const tensor = z.object({
  dtype: z.enum(['F32', 'F16'], 'must be F32 or F16'),
  shape: z.tuple([z.int().positive(), z.int().positive()]),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
})
const ids = z.array(z.union([z.string(), z.int()]).transform(String))
const header = z.object({
  images: tensor,
  texts: tensor,
  __metadata__: z.object({ image_ids: z.string(), text_ids: z.string() }),
})

/** Rows of one matrix in the file. */
export interface StoredMatrix {
  readonly rowOf: ReadonlyMap<string, number>
  readonly dimensions: number
  /** Offset of row 0 in the file. */
  readonly start: number
  readonly rowBytes: number
  readonly halves: boolean
}

/** Reads and checks the header. @throws {Fault} `unprocessable` */
export async function readSafetensors(
  file: StoredFile,
): Promise<{ readonly images: StoredMatrix; readonly texts: StoredMatrix }> {
  const refuse = (detail: string) => unprocessableField('', detail)
  const others = 'safetensors, .npz and JSON Lines are read (docs/runs.md)'
  if (file.bytes < LENGTH_BYTES) throw refuse(`is not a safetensors file: it is shorter than its header; ${others}`)
  const lengths = await file.read(0, LENGTH_BYTES)
  const length = Number(new DataView(lengths.buffer, lengths.byteOffset, LENGTH_BYTES).getBigUint64(0, true))
  if (length > MOST_HEADER_BYTES || LENGTH_BYTES + length > file.bytes)
    throw refuse(`is not a safetensors file, or has a header of more than ${MOST_HEADER_BYTES} bytes; ${others}`)
  const text = new TextDecoder().decode(await file.read(LENGTH_BYTES, length))
  const parsed = header.safeParse(parse(text))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refuse(
      `${issue!.path.join('/') || 'header'}: ${issue!.message}; it needs tensors images and texts, and metadata image_ids and text_ids`,
    )
  }
  const base = LENGTH_BYTES + length
  const { images, texts, __metadata__: metadata } = parsed.data
  return {
    images: matrixOf('images', images, metadata.image_ids, base, file.bytes),
    texts: matrixOf('texts', texts, metadata.text_ids, base, file.bytes),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function matrixOf(name: string, of: z.output<typeof tensor>, idText: string, base: number, fileBytes: number): StoredMatrix {
  const refuse = (detail: string) => unprocessableField('', `${name}: ${detail}`)
  const [rows, dimensions] = of.shape
  const [first, end] = of.data_offsets
  const rowBytes = BYTES_OF[of.dtype] * dimensions
  if (end - first !== rows * rowBytes || base + end > fileBytes)
    throw refuse(`${rows} × ${dimensions} ${of.dtype} take ${rows * rowBytes} bytes, its offsets or the file give others`)
  const listed = ids.safeParse(parse(idText))
  if (!listed.success || listed.data.length !== rows)
    throw refuse(`metadata must list one id per row as a JSON array, ${rows} in all`)
  const rowOf = new Map(listed.data.map((id, row) => [id, row]))
  if (rowOf.size < rows) throw refuse(`an id occurs twice: ${listed.data.find((id, row) => rowOf.get(id) !== row)}`)
  return { rowOf, dimensions, start: base + first, rowBytes, halves: of.dtype === 'F16' }
}
