/**
 * A file of embeddings in any form that is read.
 * @module
 */
import { unprocessableField } from '../../../contracts/failure.ts'
import type { StoredFile } from '../../../contracts/import-ports.ts'
import { isZip, MADE_BY, readNpz } from './npz.ts'
import { readSafetensors, type StoredMatrix } from './safetensors.ts'

/** Largest vectors, which are read one by one: 256 KiB. Models have up to a few thousand dimensions. */
const MOST_DIMENSIONS = 65_536

export interface EmbeddingsFile {
  readonly images: StoredMatrix
  readonly texts: StoredMatrix
  readonly dimensions: number
}

/** Reads and checks the headers. @throws {Fault} `unprocessable` */
export async function readEmbeddingsFile(file: StoredFile): Promise<EmbeddingsFile> {
  const start = await file.read(0, 6)
  if (start[0] === 0x93 && new TextDecoder().decode(start.subarray(1)) === 'NUMPY')
    throw unprocessableField('', `is one array (.npy) without ids; ${MADE_BY}`)
  const { images, texts } = isZip(start) ? await readNpz(file) : await readSafetensors(file)
  const { dimensions } = images
  if (texts.dimensions !== dimensions)
    throw unprocessableField('', `images have ${dimensions} dimensions, texts ${texts.dimensions}; they must be of one space`)
  if (dimensions > MOST_DIMENSIONS)
    throw unprocessableField('', `vectors have ${dimensions} dimensions; at most ${MOST_DIMENSIONS} are read`)
  return { images, texts, dimensions }
}
