/**
 * `POST /v1/datasets` as JSON: an import of uploaded files, done by a job.
 * @module
 */
import { at } from '../../../contracts/failure-pointer.ts'
import { invalidField } from '../../../contracts/failure.ts'
import type { ImportRecord, ImportSource } from '../../../contracts/import-ports.ts'
import { checkSplit } from '../../../imports/check-split.ts'
import { sendJobsOf } from '../../../jobs/send-jobs.ts'
import { filesOf, FORMAT_FILES, type FormatFile } from '../../../tasks/format.ts'
import { taskRegistry } from '../../../tasks/registry.ts'
import type { Services } from '../../app-context.ts'
import { checkDatasetName } from './dataset-name.ts'
import type { ImportCreate } from './schema.ts'

/** Checks the request, stores the import and queues its job. @throws {Fault} naming an unusable field */
export async function startImport(
  services: Services,
  tenant: string,
  { name, format, split, files }: ImportCreate,
  id: string,
): Promise<ImportRecord> {
  checkDatasetName(name, '/name')
  const known = taskRegistry.formats.get(format)
  if (known === undefined) throw invalidField('/format', `must be one of ${[...taskRegistry.formats.keys()].join(', ')}`)
  if (!taskRegistry.goesWithoutPictures(known))
    throw invalidField(
      '/format',
      `${format} is not imported by reference (${byReference().join(', ')} are); send its files in this request as multipart/form-data`,
    )
  checkSplit(format, known.split, split, '/split')
  const sources = await sourcesOf(services, tenant, format, filesOf(known), files)
  const { record } = await services.imports.create(tenant, id, { name, format, split: split ?? null, files: sources })
  // The import is committed. If the queue is unreachable, the sweep sends the job later.
  await sendJobsOf(services, tenant, record.id).catch((error: unknown) =>
    console.error({ message: 'import not sent yet', import: record.id, error: String(error) }),
  )
  return record
}

async function sourcesOf(
  { catalogue }: Services,
  tenant: string,
  format: string,
  wanted: readonly FormatFile[],
  files: ImportCreate['files'],
): Promise<Record<string, ImportSource>> {
  const sources: Record<string, ImportSource> = {}
  for (const field of FORMAT_FILES) {
    const fileId = files[field]
    if (fileId === undefined && !wanted.includes(field)) continue
    if (fileId === undefined) throw invalidField(`/files/${field}`, `is missing: format ${format} needs a file here`)
    if (!wanted.includes(field)) throw invalidField(`/files/${field}`, `is not read for format ${format}; leave it out`)
    const { sha256, bytes } = await at(`/files/${field}`, () => catalogue.files.find(tenant, fileId))
    sources[field] = { file_id: fileId, sha256, bytes }
  }
  return sources
}

const byReference = () =>
  [...taskRegistry.formats].flatMap(([name, format]) => (taskRegistry.goesWithoutPictures(format) ? [name] : []))
