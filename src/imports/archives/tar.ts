/**
 * Tar archives: POSIX.1-1988 (ustar), GNU and pax (POSIX.1-2001) headers.
 *
 * Own code, since no library gives the position of an entry, from which an import resumes
 * (docs/decisions/2026-11-29-pictures-in-archives.md).
 * @module
 */
import { unprocessableField } from '../../contracts/failure.ts'
import type { Archive, ArchiveEntry } from './entry.ts'
import type { FileWindow } from './file-window.ts'

const BLOCK = 512

/** Longest name or extended header that is read. */
const MOST_NAME_BYTES = 64 * 2 ** 10

const TEXT = new TextDecoder()

interface Header {
  readonly name: string
  readonly type: string
  readonly bytes: number
}

/** Fields of the headers before an entry's own. */
interface Extension {
  name?: string
  bytes?: number
  sparse?: boolean
}

/** Whether a block is a header. An archive without entries begins with a block of zeros. */
export function isTar(block: Uint8Array): boolean {
  return block.length === BLOCK && (isBlank(block) || hasChecksum(block))
}

/** Positions are offsets in bytes. */
export function openTar(file: FileWindow): Archive {
  return {
    isPacked: false,
    get fetches() {
      return file.fetches
    },
    entry: (position) => readEntry(file, position),
  }
}

async function readEntry(file: FileWindow, position: number): Promise<ArchiveEntry | null> {
  const extension: Extension = {}
  for (let at = position; ;) {
    if (at >= file.bytes)
      throw unprocessableField('', `ends at byte ${file.bytes} without the end mark of a tar; it is truncated: send it again`)
    const block = await file.read(at, BLOCK)
    if (isBlank(block)) return null
    const header = readHeader(block, at)
    const start = at + BLOCK
    if (!'LKxg'.includes(header.type)) return entryOf(file, header, extension, start)
    if (header.bytes > MOST_NAME_BYTES)
      throw unprocessableField(
        '',
        `has an extended header of ${header.bytes} bytes at byte ${at}; at most ${MOST_NAME_BYTES} are read`,
      )
    const content = await file.read(start, header.bytes)
    if (header.type === 'L') extension.name = untilZero(content)
    if (header.type === 'x') readPax(content, extension, at)
    at = start + padded(header.bytes)
  }
}

function entryOf(file: FileWindow, header: Header, extension: Extension, start: number): ArchiveEntry {
  const name = extension.name ?? header.name
  const bytes = extension.bytes ?? header.bytes
  const next = start + padded(bytes)
  return {
    name,
    kind: extension.sparse ? 'special' : kindOf(header.type, name),
    bytes,
    next,
    passed: Math.min(next, file.bytes),
    begin: (length) => file.read(start, Math.min(length, bytes)),
    async read() {
      if (start + bytes > file.bytes)
        throw unprocessableField('', 'the archive ends within this entry; it is truncated: send it again')
      return (await file.read(start, bytes)).slice() as Uint8Array<ArrayBuffer>
    },
  }
}

function kindOf(type: string, name: string): ArchiveEntry['kind'] {
  if (type === '5' || (type === '0' && name.endsWith('/'))) return 'folder'
  if (type === '0' || type === '7') return 'file'
  return type === '1' || type === '2' ? 'link' : 'special'
}

function readHeader(block: Uint8Array, at: number): Header {
  if (!hasChecksum(block))
    throw unprocessableField('', `has no tar header at byte ${at}, where one must be; it is damaged or truncated: send it again`)
  const ustar = TEXT.decode(block.subarray(257, 263)) === 'ustar\0'
  const prefix = ustar ? untilZero(block.subarray(345, 500)) : ''
  const name = untilZero(block.subarray(0, 100))
  const type = block[156] === 0 ? '0' : String.fromCharCode(block[156]!)
  return { name: prefix === '' ? name : `${prefix}/${name}`, type, bytes: numberOf(block.subarray(124, 136), at) }
}

/** Octal digits or, with the highest bit set, a binary number. */
function numberOf(field: Uint8Array, at: number): number {
  let value = 0
  if (field[0]! & 0x80) {
    value = field[0]! & 0x7f
    for (const byte of field.subarray(1)) value = value * 256 + byte
  } else value = Number.parseInt(untilZero(field).trim() || '0', 8)
  if (!Number.isSafeInteger(value)) throw unprocessableField('', `has a header without a size at byte ${at}; it is damaged`)
  return value
}

/** Sum of all bytes with the checksum's own as spaces. */
function hasChecksum(block: Uint8Array): boolean {
  const stated = Number.parseInt(untilZero(block.subarray(148, 156)).trim(), 8)
  let sum = 8 * 0x20
  for (let index = 0; index < BLOCK; index++) if (index < 148 || index >= 156) sum += block[index]!
  return stated === sum
}

/** Records `length key=value\n`. */
function readPax(content: Uint8Array, extension: Extension, at: number): void {
  for (let start = 0; start < content.length;) {
    const space = content.indexOf(0x20, start)
    const length = Number(TEXT.decode(content.subarray(start, Math.max(start, space))))
    const end = start + length
    if (space < 0 || !(length > space - start) || end > content.length)
      throw unprocessableField('', `has a damaged pax header at byte ${at}`)
    const record = TEXT.decode(content.subarray(space + 1, end - 1))
    const [key, value] = [record.slice(0, record.indexOf('=')), record.slice(record.indexOf('=') + 1)]
    if (key === 'path') extension.name = value
    if (key === 'size') extension.bytes = sizeOf(value, at)
    if (key.startsWith('GNU.sparse.')) extension.sparse = true
    start = end
  }
}

function sizeOf(value: string, at: number): number {
  const bytes = Number(value)
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(bytes)) throw unprocessableField('', `has a damaged pax header at byte ${at}`)
  return bytes
}

const padded = (bytes: number) => Math.ceil(bytes / BLOCK) * BLOCK

const isBlank = (block: Uint8Array) => block.every((byte) => byte === 0)

function untilZero(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return TEXT.decode(end < 0 ? bytes : bytes.subarray(0, end))
}
