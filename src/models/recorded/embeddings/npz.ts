/**
 * An .npz file of embeddings, as `numpy.savez` writes it: arrays `images` and `texts`, and `image_ids` and
 * `text_ids` with the id of each row (numpy.lib.format; APPNOTE.TXT of PKWARE 6.3.10, sections 4.3.12 and
 * 4.3.16). Rows are read in place, so arrays must not be compressed.
 * @module
 */
import { unprocessableField } from '../../../contracts/failure.ts'
import type { StoredFile } from '../../../contracts/import-ports.ts'
import type { StoredMatrix } from './safetensors.ts'

const LOCAL_HEADER = 0x04034b50
const DIRECTORY_ENTRY = 0x02014b50
const DIRECTORY_END = 0x06054b50
const LOCAL_BYTES = 30
const ENTRY_BYTES = 46
const END_BYTES = 22
/** Longest comment of an archive. */
const MOST_COMMENT = 0xffff
/** A directory of four arrays has a few hundred bytes. */
const MOST_DIRECTORY = 2 ** 16
const MOST_HEADER = 2 ** 14
/** Bytes of ids: of about 200,000 rows of 10 characters. */
const MOST_ID_BYTES = 8 * 2 ** 20

const NAMES = ['images', 'texts', 'image_ids', 'text_ids'] as const
/** How a file of arrays is made. */
export const MADE_BY = 'make it by numpy.savez(file, images=…, texts=…, image_ids=…, text_ids=…)'

/** An array within the file. */
interface StoredArray {
  /** E.g. `<f4`. */
  readonly type: string
  readonly shape: readonly number[]
  readonly start: number
  readonly bytes: number
}

/** Whether a file begins as a ZIP archive does. */
export function isZip(head: Uint8Array): boolean {
  return head.length >= 4 && view(head).getUint32(0, true) === LOCAL_HEADER
}

/** @throws {Fault} `unprocessable` */
export async function readNpz(file: StoredFile): Promise<{ readonly images: StoredMatrix; readonly texts: StoredMatrix }> {
  const members = await readDirectory(file)
  const arrays = new Map<string, StoredArray>()
  for (const name of NAMES) {
    const member = members.get(`${name}.npy`)
    if (member === undefined) throw unprocessableField('', `has no array ${name}; ${MADE_BY}`)
    arrays.set(name, await readArray(file, name, member))
  }
  const matrixOf = async (name: 'images' | 'texts', ids: 'image_ids' | 'text_ids'): Promise<StoredMatrix> => {
    const { type, shape, start, bytes } = arrays.get(name)!
    const [rows = 0, dimensions = 0] = shape
    const size = { '<f4': 4, '<f2': 2 }[type]
    if (size === undefined || shape.length !== 2 || rows === 0 || dimensions === 0 || bytes !== rows * dimensions * size)
      throw unprocessableField(
        '',
        `${name}: must be a matrix of float32 or float16, is ${type} of (${shape.join(', ')})${type === '<f8' ? "; save it with .astype('float32')" : ''}`,
      )
    const rowOf = rowsById(name, await readIds(file, ids, arrays.get(ids)!), rows)
    return { rowOf, dimensions, start, rowBytes: size * dimensions, halves: size === 2 }
  }
  return { images: await matrixOf('images', 'image_ids'), texts: await matrixOf('texts', 'text_ids') }
}

interface Member {
  readonly offset: number
  readonly bytes: number
}

/** Members by name, from the directory at the end of the archive. */
async function readDirectory(file: StoredFile): Promise<Map<string, Member>> {
  const tail = await file.read(Math.max(0, file.bytes - END_BYTES - MOST_COMMENT), END_BYTES + MOST_COMMENT)
  const ending = view(tail)
  let at = tail.length - END_BYTES
  while (at >= 0 && ending.getUint32(at, true) !== DIRECTORY_END) at--
  if (at < 0) throw unprocessableField('', `is not a whole ZIP archive: it has no directory; ${MADE_BY}`)
  const [count, length, start] = [
    ending.getUint16(at + 10, true),
    ending.getUint32(at + 12, true),
    ending.getUint32(at + 16, true),
  ]
  if (length > MOST_DIRECTORY || start + length > file.bytes)
    throw unprocessableField('', `has a directory of more than ${MOST_DIRECTORY} bytes, or more than 4 GB; ${MADE_BY}`)
  const bytes = await file.read(start, length)
  const members = new Map<string, Member>()
  for (let index = 0, from = 0; index < count; index++) {
    const entry = view(bytes)
    if (from + ENTRY_BYTES > length || entry.getUint32(from, true) !== DIRECTORY_ENTRY)
      throw unprocessableField('', `has a damaged directory; ${MADE_BY}`)
    const [method, size] = [entry.getUint16(from + 10, true), entry.getUint32(from + 24, true)]
    const [named, extra, comment] = [28, 30, 32].map((place) => entry.getUint16(from + place, true)) as [number, number, number]
    const name = new TextDecoder().decode(bytes.subarray(from + ENTRY_BYTES, from + ENTRY_BYTES + named))
    if (method !== 0) throw unprocessableField('', `${name} is compressed, so rows cannot be read in place; use numpy.savez`)
    members.set(name, { offset: entry.getUint32(from + 42, true), bytes: size })
    from += ENTRY_BYTES + named + extra + comment
  }
  return members
}

/** The header of an array: `\x93NUMPY`, a version, a length, and a Python dictionary. */
async function readArray(file: StoredFile, name: string, { offset, bytes }: Member): Promise<StoredArray> {
  const refuse = () => unprocessableField('', `${name}: is not an array in the order of C, as numpy writes it; ${MADE_BY}`)
  const local = await file.read(offset, LOCAL_BYTES)
  if (local.length < LOCAL_BYTES || !isZip(local)) throw refuse()
  const start = offset + LOCAL_BYTES + view(local).getUint16(26, true) + view(local).getUint16(28, true)
  const head = await file.read(start, Math.min(bytes, MOST_HEADER))
  if (head.length < 12 || head[0] !== 0x93 || new TextDecoder().decode(head.subarray(1, 6)) !== 'NUMPY') throw refuse()
  const wide = head[6]! >= 2
  const length = wide ? view(head).getUint32(8, true) : view(head).getUint16(8, true)
  const before = (wide ? 12 : 10) + length
  const dictionary = new TextDecoder().decode(head.subarray(wide ? 12 : 10, before))
  if (/'descr': ?'\|O'/.test(dictionary))
    throw unprocessableField('', `${name}: has Python objects, which are not read; give numpy.array(ids, dtype=str)`)
  const [, type] = /'descr': ?'([<>|=][a-zA-Z]\d{1,6})'/.exec(dictionary) ?? []
  const [, listed] = /'shape': ?\(([\d, ]{0,40})\)/.exec(dictionary) ?? []
  if (type === undefined || listed === undefined || before > head.length || /'fortran_order': ?True/.test(dictionary))
    throw refuse()
  const shape = listed.split(',').flatMap((part) => (part.trim() === '' ? [] : [Number(part)]))
  if (start + bytes > file.bytes) throw refuse()
  return { type, shape, start: start + before, bytes: bytes - before }
}

/** Ids are texts (`<U…`, UTF-32) or integers (`<i8`, `<i4`). */
async function readIds(file: StoredFile, name: string, { type, shape, start, bytes }: StoredArray): Promise<string[]> {
  const [, kind, width = '0'] = /^<([Ui])(\d+)$/.exec(type) ?? []
  const size = kind === 'U' ? 4 * Number(width) : Number(width)
  const rows = shape[0] ?? 0
  const isInteger = kind === 'i' && (size === 4 || size === 8)
  // Texts of no characters would let a header claim any number of rows.
  if (shape.length !== 1 || size === 0 || (kind !== 'U' && !isInteger) || bytes !== rows * size)
    throw unprocessableField(
      '',
      `${name}: must be a list of texts or integers, is ${type} of (${shape.join(', ')}); give numpy.array(ids)`,
    )
  if (bytes > MOST_ID_BYTES) throw unprocessableField('', `${name}: has ${bytes} bytes; at most ${MOST_ID_BYTES} are read`)
  const content = view(await file.read(start, bytes))
  return Array.from({ length: rows }, (_, row) =>
    isInteger ? integerAt(content, row * size, size) : textAt(content, row * size, size, name),
  )
}

const integerAt = (content: DataView, at: number, size: number): string =>
  String(size === 8 ? content.getBigInt64(at, true) : content.getInt32(at, true))

/** UTF-32, padded by zeros. */
function textAt(content: DataView, at: number, size: number, name: string): string {
  let text = ''
  for (let place = at; place < at + size; place += 4) {
    const point = content.getUint32(place, true)
    if (point === 0) break
    if (point > 0x10ffff) throw unprocessableField('', `${name}: holds a character that is not Unicode`)
    text += String.fromCodePoint(point)
  }
  return text
}

function rowsById(name: string, ids: readonly string[], rows: number): Map<string, number> {
  if (ids.length !== rows) throw unprocessableField('', `${name}: has ${rows} rows and ${ids.length} ids; give one per row`)
  const rowOf = new Map(ids.map((id, row) => [id, row]))
  if (rowOf.size < rows)
    throw unprocessableField('', `${name}: an id occurs twice: ${ids.find((id, row) => rowOf.get(id) !== row)}`)
  return rowOf
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
