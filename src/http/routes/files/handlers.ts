/**
 * `/v1/files` in OpenAI's shape: uploaded results and official files.
 * @module
 */
import { displayNameProblem } from '../../../contracts/display-name.ts'
import { sha256Hex } from '../../../contracts/digest.ts'
import { advise, invalidField } from '../../../contracts/failure.ts'
import type { FileRecord } from '../../../contracts/records.ts'
import { withForm } from '../../body/form.ts'
import type { Form, FormFile } from '../../body/form-entries.ts'
import { formText, optionalFormFile, refuseUnknownFields } from '../../body/form-fields.ts'
import { listPage } from '../../list-page.ts'
import { route } from '../../route.ts'
import { formExpiry, lifetimeOf } from './expiry.ts'
import { createFile, deleteFile, getFile, getFileContent, listFiles } from './operations.ts'
import { fileForm } from './schema.ts'
import { fileShape } from './shape.ts'

const FILE_LIMIT = 50_000_000

const IN_PARTS = 'send it in parts: POST /v1/uploads takes files of 2,000,000,000 bytes'

export const fileRoutes = [
  route(createFile, ({ context, services, principal: { tenant }, idempotencyKey, createOnce }) =>
    advise(IN_PARTS, () =>
      withForm(context, tenant, FILE_LIMIT, 0, async (form, held) => {
        const file = fileOf(form)
        const expiry = formExpiry(form)
        const lifetime = lifetimeOf(expiry)
        // The key covers the fields, not the body: a client that repeats a form chooses another boundary.
        const create = (sha256: string | null, make: (id: string) => Promise<FileRecord>) =>
          createOnce({
            request: { filename: file.name, sha256, ...(expiry && { expires_after: expiry }) },
            status: 200,
            make: async (id) => fileShape(await make(`file-${id}`)),
          })
        if (held !== null) {
          // Only a key needs the digest here: keeping the file computes it anyway.
          const sha256 = idempotencyKey === null ? null : await held.digest(file.located)
          return create(sha256, (id) => held.keep(file.located, file.name, id, lifetime))
        }
        const bytes = file.view ?? (await file.bytes())
        const sha256 = await sha256Hex(bytes)
        return create(sha256, (id) => services.catalogue.files.put(tenant, { id, sha256, filename: file.name, lifetime }, bytes))
      }),
    ),
  ),

  route(listFiles, async ({ services, principal: { tenant }, query, answer }) =>
    answer(200, await listPage(query.limit, (limit) => services.catalogue.files.list(tenant, { ...query, limit }), fileShape)),
  ),

  route(getFile, async ({ services, principal: { tenant }, params: { id }, answer }) =>
    answer(200, fileShape(await services.catalogue.files.find(tenant, id))),
  ),

  route(getFileContent, async ({ services, principal: { tenant }, params: { id }, answer }) => {
    const { files } = services.catalogue
    const { sha256 } = await files.find(tenant, id)
    const stored = await files.open(tenant, sha256)
    return answer(200, stored.stream(), { 'content-length': String(stored.bytes) })
  }),

  route(deleteFile, async ({ services, principal: { tenant }, params: { id }, answer }) => {
    await services.catalogue.files.delete(tenant, id)
    return answer(200, { object: 'file', id, deleted: true })
  }),
]

/** @throws {Fault} `invalid` unless the form has one file and its purpose */
function fileOf(form: Form): FormFile {
  refuseUnknownFields(form, Object.keys(fileForm.shape))
  if (formText(form, 'purpose') !== 'evals') throw invalidField('purpose', 'must be evals, the only purpose that files have here')
  const file = optionalFormFile(form, 'file')
  if (file === undefined) throw invalidField('file', 'is missing')
  const problem = displayNameProblem(file.name)
  if (problem !== undefined) throw invalidField('file', `has a file name that ${problem}`)
  if (file.size === 0) throw invalidField('file', 'is empty')
  return file
}
