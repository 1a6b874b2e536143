/**
 * Tar and zip archives, written for tests and benches.
 * @module
 */
import { crc32, deflateRawSync } from 'node:zlib'

export interface TarFile {
  readonly name: string
  readonly bytes?: Uint8Array
  /** Type of the entry; `0`, a file, by default. */
  readonly type?: string
  /** Size in the header, in place of the true one. */
  readonly size?: number
}

const BLOCK = 512
const pad = (bytes: number) => (BLOCK - (bytes % BLOCK)) % BLOCK

/** The header of an entry, in POSIX.1-1988 (ustar). */
function tarHeader({ name, bytes = new Uint8Array(), type = '0', size = bytes.length }: TarFile): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0, 100, 'utf8')
  header.write('0000644\0', 100)
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write(type, 156)
  header.write('ustar\0', 257, 'latin1')
  header.write('00', 263)
  const sum = header.reduce((total: number, byte: number) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return new Uint8Array(header)
}

/** One entry with its padding. */
export function tarEntry(file: TarFile): Uint8Array<ArrayBuffer>[] {
  const { bytes = new Uint8Array() } = file
  return [tarHeader(file), new Uint8Array(bytes), new Uint8Array(pad(bytes.length))]
}

/** Two blocks of zeros. */
export const TAR_END = new Uint8Array(2 * BLOCK)

export function tarOf(files: readonly TarFile[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat([...files.flatMap(tarEntry), TAR_END]))
}

export interface ZipFile {
  readonly name: string
  readonly bytes?: Uint8Array
  /** Deflated; stored by default. */
  readonly deflated?: boolean
  /** Unix mode, e.g. 0o120777 for a link. */
  readonly mode?: number
  readonly encrypted?: boolean
  /** Size in the directory, in place of the true one. */
  readonly size?: number
}

export function zipOf(files: readonly ZipFile[]): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  for (const {
    name,
    bytes = new Uint8Array(),
    deflated = false,
    mode = 0o100644,
    encrypted = false,
    size = bytes.length,
  } of files) {
    const content = deflated ? deflateRawSync(bytes) : bytes
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(encrypted ? 0x801 : 0x800, 2)
    common.writeUInt16LE(deflated ? 8 : 0, 4)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(content.length, 14)
    common.writeUInt32LE(size, 18)
    const nameBytes = Buffer.from(name)
    common.writeUInt16LE(nameBytes.length, 22)
    const attributes = Buffer.alloc(14)
    attributes.writeUInt32LE((mode << 16) >>> 0, 6)
    attributes.writeUInt32LE(at, 10)
    directory.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, attributes, nameBytes)
    const entry = [Buffer.from('PK\x03\x04', 'latin1'), common, nameBytes, content]
    pieces.push(...entry)
    at += entry.reduce((sum, { length }) => sum + length, 0)
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(at, 16)
  return new Uint8Array(Buffer.concat([...pieces, listed, end]))
}
