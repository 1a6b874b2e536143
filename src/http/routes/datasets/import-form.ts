/**
 * `POST /v1/datasets` as a form: an import of the files in the request, done at once.
 * @module
 */
import { invalidField } from '../../../contracts/failure.ts'
import { IMPORT_FORMATS } from '../../../imports/formats.ts'
import { importDataset, type UploadedImage } from '../../../imports/import-dataset.ts'
import type { Services } from '../../app-context.ts'
import type { Form } from '../../body/form-entries.ts'
import { formFiles, formText, optionalFormFile, optionalFormText, refuseUnknownFields, utf8Text } from '../../body/form-fields.ts'
import { checkDatasetName } from './dataset-name.ts'
import { datasetForm } from './schema.ts'

/** @throws {Fault} naming the unusable field, and the record within it */
export async function importForm(services: Services, tenant: string, form: Form) {
  refuseUnknownFields(form, Object.keys(datasetForm.shape))
  const name = formText(form, 'name')
  checkDatasetName(name, 'name')
  const format = IMPORT_FORMATS.find((known) => known === formText(form, 'format'))
  if (format === undefined) throw invalidField('format', `must be one of ${IMPORT_FORMATS.join(', ')}`)
  const files: Record<string, string> = {}
  for (const field of ['annotations', 'questions'] as const) {
    const file = optionalFormFile(form, field)
    if (file !== undefined) files[field] = await utf8Text(file, field)
  }
  const images = formFiles(form, 'images').map((file): UploadedImage => ({ filename: file.name, read: () => file.bytes() }))
  return importDataset({ tenant, name, format, split: optionalFormText(form, 'split'), files, images }, services)
}
