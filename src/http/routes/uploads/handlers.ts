/**
 * `/v1/uploads` in OpenAI's shape: files larger than one request, in parts.
 * @module
 */
import { advise } from '../../../contracts/failure.ts'
import type { UploadRecord } from '../../../contracts/import-ports.ts'
import { passSingleFile } from '../../body/form.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { fileShape } from '../files/shape.ts'
import { lifetimeOf } from '../files/expiry.ts'
import { addUploadPart, cancelUpload, completeUpload, createUpload } from './operations.ts'
import type { UploadObject } from './schema.ts'

/** Bytes of the request that carries a part: 64 MiB of data, as OpenAI has it, and a form around it. */
const PART_LIMIT = 2 ** 26 + 2 ** 16

export const uploadRoutes = [
  route(createUpload, async ({ services, principal: { tenant }, readJson, createOnce }) => {
    const request = await readJson()
    const { filename, bytes, mime_type: mimeType, expires_after: expiry } = request
    return createOnce({
      request,
      status: 200,
      make: async (id) =>
        uploadShape(
          await services.uploadSessions.create(tenant, `upload_${id}`, {
            filename,
            bytes,
            mimeType,
            lifetime: lifetimeOf(expiry),
          }),
        ),
    })
  }),

  route(addUploadPart, async ({ context, services, principal: { tenant }, params: { id: uploadId }, answer }) => {
    const { uploadSessions } = services
    await uploadSessions.requirePending(tenant, uploadId)
    const { id, createdAt } = await advise('cut the file into more parts', () =>
      passSingleFile(context, 'data', PART_LIMIT, (form) => uploadSessions.addPart(tenant, uploadId, form.body, form.locate)),
    )
    return answer(200, { object: 'upload.part', id, created_at: unixSeconds(createdAt), upload_id: uploadId })
  }),

  route(completeUpload, async ({ services, principal: { tenant }, params: { id }, readJson, answer }) => {
    const { part_ids, md5 } = await readJson()
    return answer(200, uploadShape(await services.uploadSessions.complete(tenant, id, part_ids, md5)))
  }),

  route(cancelUpload, async ({ services, principal: { tenant }, params: { id }, answer }) =>
    answer(200, uploadShape(await services.uploadSessions.cancel(tenant, id))),
  ),
]

function uploadShape(upload: UploadRecord): UploadObject {
  return {
    object: 'upload',
    id: upload.id,
    bytes: upload.bytes,
    created_at: unixSeconds(upload.createdAt),
    expires_at: unixSeconds(upload.expiresAt),
    filename: upload.filename,
    purpose: 'evals',
    status: upload.status,
    file: upload.file && fileShape(upload.file),
  }
}
