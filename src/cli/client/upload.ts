/**
 * Files and datasets on their way to the server.
 * @module
 */
import { openAsBlob } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { components } from '../../contracts/api-types.d.ts'
import { UsageError } from '../arguments.ts'
import type { Connection } from '../connection.ts'
import type { EvalConfigFile, ImportedDataset } from './eval-config.ts'

export type DatasetObject = components['schemas']['Dataset']

/** Bytes of files and pictures that one request may carry. */
const MOST_BYTES = 50_000_000
const PICTURE = /\.(png|jpe?g|webp|gif|avif)$/i

/** Uploads a file for evals and returns its id. */
export async function uploadFile(server: Connection, path: string): Promise<string> {
  const form = new FormData()
  form.set('purpose', 'evals')
  form.set('file', await blobOf(path), basename(path))
  return (await server.call<{ id: string }>('POST', '/v1/files', { body: form })).id
}

/**
 * Imports a dataset. The same content under the same name is the same version: the server then answers with
 * the existing one.
 * @throws {UsageError} for files that are missing, or too large for one request
 */
export async function importDataset(
  server: Connection,
  { name, format, split, files, images = [] }: ImportedDataset,
  { path }: Pick<EvalConfigFile, 'path'>,
): Promise<DatasetObject> {
  const form = new FormData()
  form.set('name', name)
  form.set('format', format)
  if (split !== undefined) form.set('split', split)
  let bytes = 0
  const add = async (field: string, file: string) => {
    const blob = await blobOf(file)
    bytes += blob.size
    form.append(field, blob, basename(file))
  }
  for (const [field, file] of Object.entries(files)) await add(field, path(file))
  for (const picture of await picturesOf(images, path)) await add('images', picture)
  if (bytes > MOST_BYTES)
    throw new UsageError(
      `dataset ${name} has ${bytes} bytes, and one request may carry ${MOST_BYTES}: upload it in parts (docs/large-imports.md) and name its id`,
    )
  return server.call('POST', '/v1/datasets', { body: form })
}

async function picturesOf(images: string | readonly string[], path: EvalConfigFile['path']): Promise<string[]> {
  if (typeof images !== 'string') return images.map(path)
  const folder = path(images)
  const names = await readdir(folder).catch((error: Error) => {
    throw new UsageError(`cannot read the folder ${folder}: ${error.message}`, { cause: error })
  })
  return names
    .filter((name) => PICTURE.test(name))
    .toSorted()
    .map((name) => join(folder, name))
}

/** @throws {UsageError} for a path that is not a file, or cannot be read */
export async function blobOf(path: string): Promise<Blob> {
  const found = await stat(path).catch((error: Error) => {
    throw new UsageError(`cannot read ${path}: ${error.message}`, { cause: error })
  })
  if (!found.isFile()) throw new UsageError(`${path} is not a file`)
  return openAsBlob(path)
}
