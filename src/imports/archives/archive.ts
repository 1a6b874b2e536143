/**
 * Archives of pictures, read entry by entry from any position, so that an import can resume within one.
 * @module
 */
import { unprocessableField } from '../../contracts/failure.ts'
import type { StoredFile } from '../../contracts/import-ports.ts'
import type { Archive } from './entry.ts'
import { FileWindow } from './file-window.ts'
import { isTar, openTar } from './tar.ts'
import { isZip, openZip } from './zip.ts'

/** Archives that would have to be read from their beginning, and the command that converts each. */
const REFUSED: readonly (readonly [magic: readonly number[], name: string, remedy: string])[] = [
  [[0x1f, 0x8b], 'compressed with gzip', 'gunzip pictures.tar.gz'],
  [[0x42, 0x5a, 0x68], 'compressed with bzip2', 'bunzip2 pictures.tar.bz2'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'compressed with xz', 'unxz pictures.tar.xz'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'compressed with Zstandard', 'unzstd pictures.tar.zst'],
  [[0x37, 0x7a, 0xbc, 0xaf], 'a 7z archive', '7z x pictures.7z -opictures && tar -cf pictures.tar pictures'],
  [[0x52, 0x61, 0x72, 0x21], 'a RAR archive', 'unrar x pictures.rar pictures/ && tar -cf pictures.tar pictures'],
]

/**
 * @throws {Fault} `unprocessable` for a file that is neither tar nor zip, with the command that makes one,
 *   and for a zip whose directory is damaged or too large
 */
export async function openArchive(file: StoredFile): Promise<Archive> {
  const window = new FileWindow(file)
  const start = await window.read(0, Math.min(512, file.bytes))
  const refused = REFUSED.find(([magic]) => magic.every((byte, index) => start[index] === byte))
  if (refused !== undefined)
    throw unprocessableField(
      '',
      `is ${refused[1]}, which cannot be read from the middle; photographs do not compress anyway, so send a plain tar: ${refused[2]}`,
    )
  if (isZip(start)) return openZip(window)
  if (isTar(start)) return openTar(window)
  throw unprocessableField('', 'is neither a tar nor a zip archive; make one with: tar -cf pictures.tar FOLDER')
}
