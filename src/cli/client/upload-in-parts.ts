/**
 * Files and pictures larger than a request: archives made on the way, sent in parts.
 * @module
 */
import { readFile } from 'node:fs/promises'
import type { components } from '../../contracts/api-types.d.ts'
import { ServerError } from '../connection.ts'
import { tarEnd, tarHeader, tarPadding } from './tar.ts'

const PART_BYTES = 32e6
/** Below the 2 GB of an upload. */
const ARCHIVE_BYTES = 1e9
const POLL_MILLISECONDS = 500

/** The calls that an upload makes. */
export interface UploadApi {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  /** Multipart. */
  upload<T>(path: string, form: FormData): Promise<T>
}

/** A picture by the name that the official file has for it. */
export interface NamedPicture {
  readonly name: string
  readonly picture: { readonly path: string; readonly bytes: number }
}

/**
 * Sends pictures as archives.
 * @returns the ids of the archives
 */
export async function uploadArchives(
  api: UploadApi,
  pictures: readonly NamedPicture[],
  say: (sentence: string) => void,
): Promise<string[]> {
  const archives: string[] = []
  for (const members of packed(pictures)) {
    const bytes = members.reduce((sum, member) => sum + sizeInTar(member), tarEnd.length)
    const file = { filename: `pictures-${archives.length}.tar`, mime: 'application/x-tar', bytes }
    archives.push(await uploadInParts(api, file, tarParts(members)))
    say(`uploaded archive ${archives.length}: ${members.length} pictures, ${(bytes / 1e6).toFixed(0)} MB`)
  }
  return archives
}

type Import = components['schemas']['DatasetImport']

/**
 * Imports uploaded files, and waits for the end.
 * @throws {ServerError} if the import fails
 */
export async function importUploaded(api: UploadApi, request: object): Promise<components['schemas']['Dataset']> {
  const started = await api.post<Import>('/v1/datasets', request)
  for (;;) {
    const now = await api.get<Import>(`/v1/dataset_imports/${started.id}`)
    if (now.dataset !== null) {
      const { items_without_image, unused_images } = now.progress
      return { items_without_image, unused_images, ...now.dataset }
    }
    if (now.status === 'failed')
      throw new ServerError(`the import failed: ${now.error?.detail ?? 'it has no reason'}`, null, { errors: now.error?.errors })
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
  }
}

const sizeInTar = ({ name, picture: { bytes } }: NamedPicture): number =>
  tarHeader(name, bytes).length + bytes + tarPadding(bytes).length

/** Archives below the largest upload. */
function packed(pictures: readonly NamedPicture[]): NamedPicture[][] {
  const archives: NamedPicture[][] = []
  let room = 0
  for (const member of pictures) {
    if (sizeInTar(member) > room) {
      archives.push([])
      room = ARCHIVE_BYTES
    }
    archives.at(-1)!.push(member)
    room -= sizeInTar(member)
  }
  return archives
}

async function* tarParts(members: readonly NamedPicture[]): AsyncGenerator<Uint8Array<ArrayBuffer>[]> {
  let part: Uint8Array<ArrayBuffer>[] = []
  let held = 0
  for (const { name, picture } of members) {
    const content = new Uint8Array(await readFile(picture.path))
    if (content.length !== picture.bytes) throw new Error(`${picture.path} changed while it was read`)
    part.push(tarHeader(name, content.length), content, tarPadding(content.length))
    held += content.length
    if (held < PART_BYTES) continue
    yield part
    part = []
    held = 0
  }
  yield [...part, tarEnd]
}

/** Pieces of a text in memory, for {@link uploadInParts}. */
export async function* slices(bytes: Uint8Array<ArrayBuffer>): AsyncGenerator<Uint8Array<ArrayBuffer>[]> {
  for (let at = 0; at < bytes.length; at += PART_BYTES) yield [bytes.subarray(at, at + PART_BYTES)]
}

/**
 * @param parts - bytes of each part, at most 64 MiB, `bytes` in all
 * @returns the id of the file
 */
export async function uploadInParts(
  api: UploadApi,
  { filename, mime, bytes }: { readonly filename: string; readonly mime: string; readonly bytes: number },
  parts: AsyncIterable<Uint8Array<ArrayBuffer>[]>,
): Promise<string> {
  const upload = await api.post<{ id: string }>('/v1/uploads', { filename, purpose: 'evals', bytes, mime_type: mime })
  const ids: string[] = []
  for await (const part of parts) {
    const form = new FormData()
    form.set('data', new File(part, `part-${ids.length}`))
    ids.push((await api.upload<{ id: string }>(`/v1/uploads/${upload.id}/parts`, form)).id)
  }
  return (await api.post<{ file: { id: string } }>(`/v1/uploads/${upload.id}/complete`, { part_ids: ids })).file.id
}
