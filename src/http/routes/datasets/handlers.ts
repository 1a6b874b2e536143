/**
 * `/v1/datasets`: official files and pictures in, immutable versions out.
 * @module
 */
import { advise } from '../../../contracts/failure.ts'
import { withForm } from '../../body/form.ts'
import { mediaType } from '../../body/media-type.ts'
import { listPage } from '../../list-page.ts'
import { route } from '../../route.ts'
import { importForm } from './import-form.ts'
import { startImport } from './import-uploaded.ts'
import { createDataset, deleteDataset, getDataset, getDatasetImport, listDatasets } from './operations.ts'
import { datasetShape, importShape, nullIfAbsent } from './shape.ts'

/**
 * Bytes of a form. Larger files go by reference: `POST /v1/uploads`, then this operation with the files' ids.
 */
const FORM_LIMIT = 50_000_000

const LARGER_IMPORT =
  'send pictures as an archive in parts: tar -cf pictures.tar FOLDER, then POST /v1/uploads for it and for the official files, ' +
  'then this operation as JSON with their ids: {"name": …, "format": …, "files": {"annotations": "file-…"}, ' +
  '"images": [{"file_id": "file-…"}]}; docs/large-imports.md has the commands'

const importId = (id: string) => `imp_${id}`

export const datasetRoutes = [
  route(createDataset, async ({ context, services, principal: { tenant }, readJson, createOnce, answer }) => {
    if (mediaType(context) === 'multipart/form-data')
      return advise(LARGER_IMPORT, () =>
        withForm(context, tenant, FORM_LIMIT, FORM_LIMIT, async (form) => {
          const { version, created, unusedImages, itemsWithoutImage } = await importForm(services, tenant, form)
          return answer(created ? 201 : 200, {
            ...datasetShape(version),
            unused_images: unusedImages,
            items_without_image: itemsWithoutImage,
          })
        }),
      )
    const request = await readJson()
    return createOnce({
      request,
      status: 202,
      make: async (id) => importShape(services, await startImport(services, tenant, request, importId(id))),
      found: async (id) => {
        const record = await services.imports.find(tenant, importId(id)).catch(nullIfAbsent)
        return record && importShape(services, record)
      },
    })
  }),

  route(listDatasets, async ({ services, principal: { tenant }, query, answer }) =>
    answer(200, await listPage(query.limit, (limit) => services.datasets.list(tenant, { ...query, limit }), datasetShape)),
  ),

  route(getDataset, async ({ services, principal: { tenant }, params: { id }, answer }) =>
    answer(200, datasetShape(await services.datasets.find(tenant, id))),
  ),

  route(deleteDataset, async ({ services, principal: { tenant }, params: { id }, answer }) => {
    await services.datasets.delete(tenant, id)
    return answer(200, { object: 'dataset.deleted', id, deleted: true })
  }),

  route(getDatasetImport, async ({ services, principal: { tenant }, params: { id }, answer }) =>
    answer(200, await importShape(services, await services.imports.find(tenant, id))),
  ),
]
