/**
 * Files and datasets on their way to the server.
 * @module
 */
import { openAsBlob } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import type { components } from '../../contracts/api-types.d.ts'
import { withoutSteps } from '../../contracts/picture-path.ts'
import { beginsAsPicture, hasPictureEnding, TELLING_BYTES } from '../../media/picture-file.ts'
import { UsageError } from '../arguments.ts'
import type { Connection } from '../connection.ts'
import type { EvalConfigFile, ImportedDataset } from './eval-config.ts'
import { importUploaded, type NamedPicture, uploadArchives, type UploadApi, uploadInParts } from './upload-in-parts.ts'

export type DatasetObject = components['schemas']['Dataset']

/** Most of one request: below the 50 MB that it may have, with room for the form. */
const ONE_REQUEST = { bytes: 49e6, pictures: 5000 }
const PART_BYTES = 32e6

interface LocalFile {
  readonly name: string
  readonly path: string
  readonly bytes: number
}

/** Uploads a file for evals and returns its id. */
export async function uploadFile(server: Connection, path: string): Promise<string> {
  return sendFile(server, await fileAt(path))
}

async function sendFile(server: Connection, file: LocalFile): Promise<string> {
  const blob = await openAsBlob(file.path)
  if (file.bytes > ONE_REQUEST.bytes) {
    const { name: filename, bytes } = file
    return uploadInParts(apiOf(server), { filename, mime: 'application/octet-stream', bytes }, pieces(blob))
  }
  return sendBlob(server, file.name, blob)
}

/** Uploads a text as a file for evals and returns its id. */
export async function uploadText(server: Connection, name: string, text: string): Promise<string> {
  return sendBlob(server, name, new Blob([text]))
}

async function sendBlob(server: Connection, name: string, blob: Blob): Promise<string> {
  const form = new FormData()
  form.set('purpose', 'evals')
  form.set('file', blob, name)
  return (await server.call<{ id: string }>('POST', '/v1/files', { body: form })).id
}

async function* pieces(blob: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>[]> {
  for (let at = 0; at < blob.size; at += PART_BYTES) yield [new Uint8Array(await blob.slice(at, at + PART_BYTES).arrayBuffer())]
}

const apiOf = (server: Connection): UploadApi => ({
  get: (path) => server.call('GET', path),
  post: (path, body) => server.send('POST', path, body),
  upload: (path, form) => server.call('POST', path, { body: form }),
})

/**
 * Imports a dataset, in parts if it is larger than a request. The same content under the same name is the
 * same version: the server then answers with the existing one.
 * @param most - bytes and pictures of one request
 * @throws {UsageError} for files that are missing
 */
export async function importDataset(
  server: Connection,
  { name, format, split, files, images = [] }: ImportedDataset,
  { path }: Pick<EvalConfigFile, 'path'>,
  say: (line: string) => void,
  most = ONE_REQUEST,
): Promise<DatasetObject> {
  const official = await Promise.all(
    Object.entries(files).map(async ([field, file]) => [field, await fileAt(path(file))] as const),
  )
  const pictures = await picturesOf(images, path)
  const bytes = [...official.map(([, file]) => file), ...pictures].reduce((sum, file) => sum + file.bytes, 0)
  const settings = { name, format, ...(split !== undefined && { split }) }
  if (bytes <= most.bytes && pictures.length <= most.pictures) {
    const form = new FormData()
    for (const [field, value] of Object.entries(settings)) form.set(field, value)
    for (const [field, file] of [...official, ...pictures.map((each) => ['images', each] as const)])
      form.append(field, await openAsBlob(file.path), file.name)
    return server.call('POST', '/v1/datasets', { body: form })
  }
  say(`dataset ${name} has ${(bytes / 1e6).toFixed(0)} MB, and is sent in parts`)
  const ids: Record<string, string> = {}
  for (const [field, file] of official) ids[field] = await sendFile(server, file)
  const named = pictures.map((picture): NamedPicture => ({ name: picture.name, picture }))
  const archives = await uploadArchives(apiOf(server), named, say)
  const request = { ...settings, files: ids, ...(archives.length > 0 && { images: archives.map((id) => ({ file_id: id })) }) }
  return importUploaded(apiOf(server), request)
}

/**
 * Pictures of a folder are called by their paths within it; hidden files and folders are left out. Those of a
 * list are called by their paths in the list.
 */
async function picturesOf(images: string | readonly string[], path: EvalConfigFile['path']): Promise<LocalFile[]> {
  if (typeof images !== 'string')
    return Promise.all(images.map(async (each) => ({ ...(await fileAt(path(each))), name: withoutSteps(each) })))
  const folder = path(images)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: Error) => {
    throw new UsageError(`cannot read the folder ${folder}: ${error.message}`, { cause: error })
  })
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((name) => !name.split('/').some((part) => part.startsWith('.')))
  const pictures: LocalFile[] = []
  for (const name of names.toSorted())
    if (hasPictureEnding(name) || beginsAsPicture(name, await beginOf(join(folder, name))))
      pictures.push({ ...(await fileAt(join(folder, name))), name })
  return pictures
}

/** @throws {UsageError} for a file that cannot be read */
async function beginOf(path: string): Promise<Uint8Array> {
  if (!(await stat(path).catch(() => null))?.isFile()) return new Uint8Array()
  const file = await open(path).catch((error: Error) => {
    throw new UsageError(`cannot read ${path}: ${error.message}`, { cause: error })
  })
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(TELLING_BYTES), 0, TELLING_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** @throws {UsageError} for a path that is not a file, or cannot be read */
async function fileAt(path: string): Promise<LocalFile> {
  const found = await stat(path).catch((error: Error) => {
    throw new UsageError(`cannot read ${path}: ${error.message}`, { cause: error })
  })
  if (!found.isFile()) throw new UsageError(`${path} is not a file`)
  return { name: basename(path), path, bytes: found.size }
}

/** @throws {UsageError} for a path that is not a file, or cannot be read */
export async function blobOf(path: string): Promise<Blob> {
  return openAsBlob((await fileAt(path)).path)
}
