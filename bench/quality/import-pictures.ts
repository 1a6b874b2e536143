/**
 * Imports a dataset with its pictures: within one request where they fit, otherwise as archives in parts.
 * @module
 */
import { readFile } from 'node:fs/promises'
import type { ApiClient, Dataset } from '../../scripts/api-client.ts'
import { importUploaded, slices, uploadArchives, uploadInParts } from '../../src/cli/client/upload-in-parts.ts'
import type { Picture } from './pictures.ts'

/** Below the 50 MB of a request, with room for the form. */
const REQUEST_BYTES = 45e6
const REQUEST_PICTURES = 5000

export interface PicturedDataset {
  readonly name: string
  readonly format: 'karpathy' | 'nlvr' | 'classification'
  readonly split?: string
  /** Text of the official file. */
  readonly annotations: string
  /** Text of the file of labels. */
  readonly names?: string
  /** `name`: as the official file calls it. */
  readonly pictures: readonly { readonly name: string; readonly picture: Picture }[]
  readonly say: (sentence: string) => void
}

/** The API's name for a dataset found at a path: names have no slash. @internal */
export function datasetName(path: string): string {
  return (
    path
      .replaceAll(/[^\w .-]+/gu, '-')
      .replace(/^[^A-Za-z0-9]+/u, '')
      .slice(0, 128) || 'dataset'
  )
}

export async function importPictures(api: ApiClient, found: PicturedDataset): Promise<Dataset> {
  const dataset = { ...found, name: datasetName(found.name) }
  const { pictures, annotations } = dataset
  const bytes = pictures.reduce((sum, { picture }) => sum + picture.bytes, 0)
  if (bytes + annotations.length <= REQUEST_BYTES && pictures.length <= REQUEST_PICTURES) return importAtOnce(api, dataset)
  return importArchives(api, dataset)
}

async function importAtOnce(
  api: ApiClient,
  { name, format, split, annotations, names, pictures }: PicturedDataset,
): Promise<Dataset> {
  const form = new FormData()
  for (const [field, value] of Object.entries({ name, format, split })) if (value !== undefined) form.set(field, value)
  form.set('annotations', new File([annotations], 'dataset.json'))
  if (names !== undefined) form.set('names', new File([names], 'names.json'))
  for (const { name: filename, picture } of pictures)
    form.append('images', new File([await readFile(picture.path)], filename), filename)
  return api.upload<Dataset>('/v1/datasets', form)
}

async function importArchives(
  api: ApiClient,
  { name, format, split, annotations, names, pictures, say }: PicturedDataset,
): Promise<Dataset> {
  const files = {
    annotations: await uploadText(api, 'dataset.json', annotations),
    ...(names !== undefined && { names: await uploadText(api, 'names.json', names) }),
  }
  const images = (await uploadArchives(api, pictures, say)).map((file) => ({ file_id: file }))
  return importUploaded(api, { name, format, split, files, images })
}

async function uploadText(api: ApiClient, filename: string, content: string): Promise<string> {
  const text = new Uint8Array(new TextEncoder().encode(content))
  return uploadInParts(api, { filename, mime: 'application/json', bytes: text.length }, slices(text))
}
