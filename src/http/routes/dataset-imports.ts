/**
 * `/v1/dataset_imports`: imports from uploaded files, done by a job.
 * @module
 */
import type { z } from 'zod'
import { FORMATS, IMPORT_FORMATS, type OfficialFormat } from '../../imports/formats.ts'
import { checkSplit } from '../../imports/import-dataset.ts'
import { at } from '../../contracts/failure-pointer.ts'
import { Fault, invalidField } from '../../contracts/failure.ts'
import type { ImportRecord, ImportSource } from '../../contracts/import-ports.ts'
import { importCreate, importObject } from '../../contracts/wire/imports.ts'
import { sendJobsOf } from '../../runs/fan-out.ts'
import type { App, AppContext, Services } from '../app-context.ts'
import { requireKey } from '../authorization.ts'
import { problemOf } from '../failure-response.ts'
import { createOnce } from '../idempotency.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { describe } from '../openapi.ts'
import { readJson } from '../body/json-body.ts'
import { checkDatasetName, datasetShape } from './datasets.ts'

export function datasetImportRoutes(app: App): void {
  describe(app, {
    method: 'get',
    path: '/v1/dataset_imports/{id}',
    operationId: 'getDatasetImport',
    summary: 'Get an import: how far it is, and what came of it',
    tag: 'datasets',
    refuses: [404],
    response: importObject,
  })
  app.get('/v1/dataset_imports/:id', async (context) => {
    const { tenant } = requireKey(context)
    const { services } = context.env
    return context.json(await shape(services, await services.imports.find(tenant, context.req.param('id'))))
  })
}

/** `POST /v1/datasets` with files by reference. */
export async function startImport(context: AppContext, tenant: string): Promise<Response> {
  const { services } = context.env
  const key = idempotencyKeyOf(context)
  const request = await readJson(context, importCreate)
  return createOnce(context, {
    tenant,
    key,
    request,
    status: 202,
    make: async (id) => shape(services, await createImport(services, tenant, request, id)),
    found: async (id) => {
      const record = await services.imports.find(tenant, importIdOf(id)).catch(nullIfAbsent)
      return record && shape(services, record)
    },
  })
}

const importIdOf = (id: string) => `imp_${id}`

async function createImport(
  services: Services,
  tenant: string,
  { name, format, split, files }: z.infer<typeof importCreate>,
  id: string,
): Promise<ImportRecord> {
  checkDatasetName(name, '/name')
  const known: OfficialFormat | undefined = FORMATS[IMPORT_FORMATS.find((one) => one === format)!]
  if (known === undefined) throw invalidField('/format', `must be one of ${IMPORT_FORMATS.join(', ')}`)
  if (known.stream === undefined)
    throw invalidField(
      '/format',
      `${format} is not imported by reference (${byReference().join(', ')} are); send its files in this request as multipart/form-data`,
    )
  checkSplit(format, known.split, split, '/split')
  const sources: Record<string, ImportSource> = {}
  for (const field of ['annotations', 'questions'] as const) {
    const fileId = files[field]
    const wanted = known.files.includes(field)
    if (fileId === undefined && !wanted) continue
    if (fileId === undefined) throw invalidField(`/files/${field}`, `is missing: format ${format} needs a file here`)
    if (!wanted) throw invalidField(`/files/${field}`, `is not read for format ${format}; leave it out`)
    const { sha256, bytes } = await at(`/files/${field}`, () => services.catalogue.files.find(tenant, fileId))
    sources[field] = { file_id: fileId, sha256, bytes }
  }
  const { record } = await services.imports.create(tenant, importIdOf(id), { name, format, split: split ?? null, files: sources })
  // Committed: should the queue be out of reach, the sweep sends the job later.
  await sendJobsOf(services.engine, tenant, record.id).catch((error: unknown) =>
    console.error({ message: 'import not sent yet', import: record.id, error: String(error) }),
  )
  return record
}

const byReference = () => IMPORT_FORMATS.filter((name) => (FORMATS[name] as OfficialFormat).stream !== undefined)

async function shape({ datasets }: Services, record: ImportRecord) {
  const { id, status, name, format, split, files, progress, version, error, createdAt, endedAt } = record
  return {
    object: 'dataset.import' as const,
    id,
    status,
    name,
    format,
    ...(split === null ? {} : { split }),
    files: Object.fromEntries(Object.entries(files).map(([field, { file_id }]) => [field, file_id])),
    created_at: Math.floor(createdAt / 1000),
    ended_at: endedAt === null ? null : Math.floor(endedAt / 1000),
    progress,
    error: error && problemOf(error),
    // null again once it is deleted.
    dataset:
      version && (await datasets.find(record.tenant, `${version.datasetId}@${version.digest}`).then(datasetShape, nullIfAbsent)),
  }
}

function nullIfAbsent(thrown: unknown): null {
  if (thrown instanceof Fault && thrown.failure.kind === 'not_found') return null
  throw thrown
}
