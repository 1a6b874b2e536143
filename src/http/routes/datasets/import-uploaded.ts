/**
 * `POST /v1/datasets` as JSON: an import of uploaded files, done by a job.
 * @module
 */
import { at } from '../../../contracts/failure-pointer.ts'
import { invalidField } from '../../../contracts/failure.ts'
import type { ImportRecord, ImportSource, NamedImage } from '../../../contracts/import-ports.ts'
import { checkSplit } from '../../../imports/check-split.ts'
import { archiveField } from '../../../imports/sources.ts'
import { sendJobsOf } from '../../../jobs/send-jobs.ts'
import { filesOf, type Format, FORMAT_FILES } from '../../../tasks/format.ts'
import { taskRegistry } from '../../../tasks/registry.ts'
import type { Services } from '../../app-context.ts'
import { checkDatasetName } from './dataset-name.ts'
import { type ImportCreate, MOST_ARCHIVES } from './schema.ts'

/** Checks the request, stores the import and queues its job. @throws {Fault} naming an unusable field */
export async function startImport(
  services: Services,
  tenant: string,
  { name, format, split, files, images = [] }: ImportCreate,
  id: string,
): Promise<ImportRecord> {
  checkDatasetName(name, '/name')
  const known = taskRegistry.formats.get(format)
  if (known === undefined) throw invalidField('/format', `must be one of ${[...taskRegistry.formats.keys()].join(', ')}`)
  if (images.length === 0 && !taskRegistry.goesWithoutPictures(known))
    throw invalidField(
      '/images',
      `is missing: items of format ${format} need their pictures; upload a tar or zip of them, and name it here as {"file_id": …}`,
    )
  checkSplit(format, known.split, split, '/split')
  const sources = await sourcesOf(services, tenant, format, known, files)
  const { archives, storedImages } = await picturesOf(services, tenant, images)
  const request = { name, format, split: split ?? null, files: { ...sources, ...archives }, storedImages }
  const { record } = await services.imports.create(tenant, id, request)
  // The import is committed. If the queue is unreachable, the sweep sends the job later.
  await sendJobsOf(services, tenant, record.id).catch((error: unknown) =>
    console.error({ message: 'import not sent yet', import: record.id, error: String(error) }),
  )
  return record
}

/** The archives as the import's files, and the stored pictures, whose existence the job checks. */
async function picturesOf({ catalogue }: Services, tenant: string, images: NonNullable<ImportCreate['images']>) {
  const archives: Record<string, ImportSource> = {}
  const storedImages: NamedImage[] = []
  for (const [index, image] of images.entries()) {
    if ('image_id' in image) {
      storedImages.push({ name: image.name, sha256: image.image_id.slice('img_'.length) })
      continue
    }
    const field = archiveField(Object.keys(archives).length)
    const { sha256, bytes } = await at(`/images/${index}`, () => catalogue.files.find(tenant, image.file_id))
    archives[field] = { file_id: image.file_id, sha256, bytes }
    if (Object.keys(archives).length > MOST_ARCHIVES)
      throw invalidField('/images', `names more than ${MOST_ARCHIVES} archives; put more pictures into each`)
  }
  return { archives, storedImages }
}

async function sourcesOf(
  { catalogue }: Services,
  tenant: string,
  format: string,
  { lists, optional = [] }: Format,
  files: ImportCreate['files'],
): Promise<Record<string, ImportSource>> {
  const sources: Record<string, ImportSource> = {}
  const wanted = filesOf({ lists })
  for (const field of FORMAT_FILES) {
    const fileId = files[field]
    if (fileId === undefined && (!wanted.includes(field) || optional.includes(field))) continue
    if (fileId === undefined) throw invalidField(`/files/${field}`, `is missing: format ${format} needs a file here`)
    if (!wanted.includes(field)) throw invalidField(`/files/${field}`, `is not read for format ${format}; leave it out`)
    const { sha256, bytes } = await at(`/files/${field}`, () => catalogue.files.find(tenant, fileId))
    sources[field] = { file_id: fileId, sha256, bytes }
  }
  return sources
}
