/**
 * Sources of an import's pictures.
 * @module
 */
import type { ImportRecord, ImportSource } from '../contracts/import-ports.ts'

/** Name of an archive of pictures among an import's files. */
export const archiveField = (index: number) => `images/${index}`

/** The archives of pictures among an import's files, in order. */
export function archivesOf({ files }: Pick<ImportRecord, 'files'>): ImportSource[] {
  const archives: ImportSource[] = []
  for (let source; (source = files[archiveField(archives.length)]) !== undefined;) archives.push(source)
  return archives
}

export const hasPictures = (record: Pick<ImportRecord, 'files' | 'storedImages'>) =>
  record.storedImages.length > 0 || archivesOf(record).length > 0
