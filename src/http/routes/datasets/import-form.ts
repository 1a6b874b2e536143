/**
 * `POST /v1/datasets` as a form: an import of the files in the request, done at once.
 * @module
 */
import { invalidField } from '../../../contracts/failure.ts'
import { release } from '../../../contracts/release.ts'
import { importDataset } from '../../../imports/import-dataset.ts'
import type { UploadedImage } from '../../../imports/pictures.ts'
import { FORMAT_FILES, type FormatFile } from '../../../tasks/format.ts'
import { taskRegistry } from '../../../tasks/registry.ts'
import type { Services } from '../../app-context.ts'
import type { Form } from '../../body/form-entries.ts'
import { formFiles, formText, optionalFormFile, optionalFormText, refuseUnknownFields } from '../../body/form-fields.ts'
import { checkDatasetName } from './dataset-name.ts'
import { datasetForm } from './schema.ts'

/** @throws {Fault} naming the unusable field, and the record within it */
export async function importForm(services: Services, tenant: string, form: Form) {
  refuseUnknownFields(form, Object.keys(datasetForm.shape))
  const name = formText(form, 'name')
  checkDatasetName(name, 'name')
  const format = formText(form, 'format')
  if (!taskRegistry.formats.has(format))
    throw invalidField('format', `must be one of ${[...taskRegistry.formats.keys()].join(', ')}`)
  const files: Partial<Record<FormatFile, Uint8Array>> = {}
  const copies: Uint8Array[] = []
  for (const field of FORMAT_FILES) {
    const file = optionalFormFile(form, field)
    if (file === undefined) continue
    const bytes = (files[field] = file.view ?? (await file.bytes()))
    if (file.view === null) copies.push(bytes)
  }
  const images = formFiles(form, 'images').map((file): UploadedImage => ({ filename: file.name, read: () => file.bytes() }))
  try {
    return await importDataset(
      { tenant, name, format, split: optionalFormText(form, 'split'), files, images },
      { tasks: taskRegistry, ...services },
    )
  } finally {
    for (const bytes of copies) release(bytes)
  }
}
