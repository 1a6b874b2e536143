/**
 * `/v1/datasets`: official files and pictures in, immutable versions out.
 * @module
 */
import { IMPORT_FORMATS } from '../../imports/formats.ts'
import { importDataset, type UploadedImage } from '../../imports/import-dataset.ts'
import type { DatasetVersion } from '../../contracts/dataset.ts'
import { advise, invalidField } from '../../contracts/failure.ts'
import { listOf } from '../../contracts/wire/common.ts'
import { importCreate, importObject } from '../../contracts/wire/imports.ts'
import { datasetObject, datasetQuery, deleted } from '../../contracts/wire/resources.ts'
import type { App } from '../app-context.ts'
import { requireKey } from '../authorization.ts'
import { listPage } from '../list-page.ts'
import { describe } from '../openapi.ts'
import { startImport } from './dataset-imports.ts'
import { formFiles, formText, optionalFormFile, optionalFormText, refuseUnknownFields, utf8Text, withForm } from '../body/form.ts'
import { mediaType } from '../body/media-type.ts'
import { readQuery } from '../check.ts'

/** Larger ones go by reference: `POST /v1/uploads`, then this route with the files' ids. */
export const IMPORT_LIMIT = 50_000_000

const LARGER_IMPORT =
  'pictures: make them smaller, 512 pixels a side are more than any model here reads; files: send them in parts by POST /v1/uploads, then import them by their ids (docs/large-imports.md)'

const OFFICIAL_FILES = ['annotations', 'questions'] as const

export function datasetRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: '/v1/datasets',
    operationId: 'createDataset',
    summary: 'Import a dataset from official files',
    tag: 'datasets',
    refuses: [404, 409, 422],
    form: { name: 'text', format: 'text', split: 'text', annotations: 'file', questions: 'file', images: 'files' },
    json: importCreate,
    response: datasetObject,
    status: 201,
    also: {
      200: { description: 'The same content was imported before under this name', schema: datasetObject },
      202: { description: 'Files by reference: a job imports them', schema: importObject },
    },
    idempotent: true,
  })
  app.post('/v1/datasets', async (context) => {
    const { tenant } = requireKey(context)
    if (mediaType(context) !== 'multipart/form-data') return startImport(context, tenant)
    return advise(LARGER_IMPORT, () =>
      withForm(context, tenant, IMPORT_LIMIT, IMPORT_LIMIT, async (form) => {
        refuseUnknownFields(form, ['name', 'format', 'split', 'images', ...OFFICIAL_FILES])
        const name = formText(form, 'name')
        checkDatasetName(name, 'name')
        const format = IMPORT_FORMATS.find((known) => known === formText(form, 'format'))
        if (format === undefined) throw invalidField('format', `must be one of ${IMPORT_FORMATS.join(', ')}`)
        const files: Record<string, string> = {}
        for (const field of OFFICIAL_FILES) {
          const file = optionalFormFile(form, field)
          if (file !== undefined) files[field] = await utf8Text(file, field)
        }
        const images = formFiles(form, 'images').map((file): UploadedImage => ({ filename: file.name, read: () => file.bytes() }))
        const { version, created, unusedImages, itemsWithoutImage } = await importDataset(
          { tenant, name, format, split: optionalFormText(form, 'split'), files, images },
          context.env.services,
        )
        return context.json(
          { ...datasetShape(version), unused_images: unusedImages, items_without_image: itemsWithoutImage },
          created ? 201 : 200,
        )
      }),
    )
  })

  describe(app, {
    method: 'get',
    path: '/v1/datasets',
    operationId: 'listDatasets',
    summary: 'List datasets',
    tag: 'datasets',
    query: datasetQuery,
    response: listOf(datasetObject),
  })
  app.get('/v1/datasets', async (context) => {
    const { tenant } = requireKey(context)
    const query = readQuery(context, datasetQuery)
    return context.json(
      await listPage(query.limit, (limit) => context.env.services.datasets.list(tenant, { ...query, limit }), datasetShape),
    )
  })

  describe(app, {
    method: 'get',
    path: '/v1/datasets/{id}',
    operationId: 'getDataset',
    summary: 'Get a dataset',
    tag: 'datasets',
    refuses: [404],
    response: datasetObject,
  })
  app.get('/v1/datasets/:id', async (context) => {
    const { tenant } = requireKey(context)
    return context.json(datasetShape(await context.env.services.datasets.find(tenant, context.req.param('id'))))
  })

  describe(app, {
    method: 'delete',
    path: '/v1/datasets/{id}',
    operationId: 'deleteDataset',
    summary: 'Delete a dataset and its versions',
    tag: 'datasets',
    refuses: [404, 409],
    response: deleted,
  })
  app.delete('/v1/datasets/:id', async (context) => {
    const { tenant } = requireKey(context)
    const id = context.req.param('id')
    await context.env.services.datasets.delete(tenant, id)
    return context.json({ object: 'dataset.deleted', id, deleted: true })
  })
}

export function datasetShape(version: DatasetVersion) {
  const { digest, task, format, items, images, clusters, createdAt } = version
  const created_at = Math.floor(createdAt / 1000)
  return {
    object: 'dataset' as const,
    id: version.datasetId,
    name: version.name,
    created_at,
    version: { digest, task, format, items, images, clusters, created_at },
  }
}

export function checkDatasetName(name: string, pointer: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}$/.test(name))
    throw invalidField(
      pointer,
      'must be 1–128 characters of letters, digits, space, ".", "_" or "-", starting with a letter or digit',
    )
}
