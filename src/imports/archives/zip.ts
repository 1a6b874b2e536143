/**
 * Zip archives, through `unzipit`: the directory is read whole, each entry alone.
 * @module
 */
import { unzipRaw, type ZipEntry } from 'unzipit'
import { Fault, unprocessableField } from '../../contracts/failure.ts'
import { IMAGE_LIMITS } from '../../media/limits.ts'
import type { Archive, ArchiveEntry } from './entry.ts'
import type { FileWindow } from './file-window.ts'

/** Bytes of the directory, about 20,000 entries. Each becomes objects of some 700 bytes. */
const MOST_DIRECTORY_BYTES = 2 * 2 ** 20
const MOST_ENTRIES = 20_000

/** Unpacked bytes per byte of the archive. Pictures are compressed already. */
const MOST_RATIO = 20
const FREE_BYTES = 64 * 2 ** 20

const LINK = 0xa000
const FILE_TYPE = 0xf000

export function isZip(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x4b && ((start[2] === 3 && start[3] === 4) || (start[2] === 5 && start[3] === 6))
}

/** Positions are indices in the directory. */
export async function openZip(file: FileWindow): Promise<Archive> {
  const entries = await readDirectory(file)
  return {
    isPacked: true,
    get fetches() {
      return file.fetches
    },
    async entry(position) {
      const entry = entries[position]
      return entry === undefined ? null : entryOf(entry, position, entries.length, file.bytes)
    },
  }
}

async function readDirectory(file: FileWindow): Promise<ZipEntry[]> {
  let open = false
  const reader = {
    getLength: async () => file.bytes,
    async read(offset: number, size: number) {
      if (!open && size > MOST_DIRECTORY_BYTES) throw tooMany()
      // A copy, since the library keeps it beyond the next read.
      return (await file.read(offset, size)).slice()
    },
  }
  const { entries } = await unzipRaw(reader).catch((error: unknown) => {
    if (error instanceof Fault) throw error
    throw unprocessableField('', `is a damaged or truncated zip archive (${(error as Error).message}): send it again`)
  })
  open = true
  if (entries.length > MOST_ENTRIES) throw tooMany()
  const unpacked = entries.reduce((sum, { size }) => sum + size, 0)
  if (unpacked > MOST_RATIO * file.bytes + FREE_BYTES)
    throw unprocessableField(
      '',
      `unpacks to ${unpacked} bytes, more than ${MOST_RATIO} times its size; it is refused as a zip bomb: send a tar`,
    )
  return entries
}

const tooMany = () =>
  unprocessableField('', `has more than ${MOST_ENTRIES} entries; send a tar, which may have any number, or several zip archives`)

function entryOf(entry: ZipEntry, index: number, count: number, archiveBytes: number): ArchiveEntry {
  const { name, size } = entry
  return {
    name,
    kind: entry.isDirectory ? 'folder' : ((entry.externalFileAttributes >>> 16) & FILE_TYPE) === LINK ? 'link' : 'file',
    bytes: size,
    next: index + 1,
    passed: Math.floor((archiveBytes * (index + 1)) / count),
    begin: async (length) => (size > IMAGE_LIMITS.bytes ? new Uint8Array() : (await readEntry(entry)).subarray(0, length)),
    read: () => readEntry(entry),
  }
}

/** @throws {Fault} `unprocessable` */
async function readEntry(entry: ZipEntry): Promise<Uint8Array<ArrayBuffer>> {
  const refuse = (detail: string) => unprocessableField('', detail)
  if (entry.encrypted) throw refuse('is encrypted; store it without a password')
  // A deflated stream is hardly longer than its content, unless it was made to waste time.
  if (entry.compressedSize > 2 * entry.size + 4096) throw refuse('is longer packed than unpacked, so the archive is damaged')
  try {
    return new Uint8Array(await entry.arrayBuffer())
  } catch (error) {
    // Storage fails with a Fault, of which the entry is innocent.
    if (error instanceof Fault) throw error
    throw refuse(`cannot be unpacked: ${(error as Error).message}`)
  }
}
