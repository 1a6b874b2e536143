/**
 * Imports a dataset with its pictures: within one request where they fit, otherwise as archives in parts.
 * @module
 */
import { readFile } from 'node:fs/promises'
import type { ApiClient, Dataset } from '../../scripts/api-client.ts'
import type { Picture } from './pictures.ts'
import { tarEnd, tarHeader, tarPadding } from './tar.ts'

/** Below the 50 MB of a request, with room for the form. */
const REQUEST_BYTES = 45e6
const REQUEST_PICTURES = 5000
const PART_BYTES = 32e6
/** Below the 2 GB of an upload. */
const ARCHIVE_BYTES = 1e9
const POLL_MILLISECONDS = 500

export interface PicturedDataset {
  readonly name: string
  readonly format: 'karpathy'
  readonly split: string
  /** Text of the official file. */
  readonly annotations: string
  /** `name`: as the official file calls it. */
  readonly pictures: readonly { readonly name: string; readonly picture: Picture }[]
  readonly say: (sentence: string) => void
}

export async function importPictures(api: ApiClient, dataset: PicturedDataset): Promise<Dataset> {
  const { pictures, annotations } = dataset
  const bytes = pictures.reduce((sum, { picture }) => sum + picture.bytes, 0)
  if (bytes + annotations.length <= REQUEST_BYTES && pictures.length <= REQUEST_PICTURES) return importAtOnce(api, dataset)
  return importArchives(api, dataset)
}

async function importAtOnce(api: ApiClient, { name, format, split, annotations, pictures }: PicturedDataset): Promise<Dataset> {
  const form = new FormData()
  for (const [field, value] of Object.entries({ name, format, split })) form.set(field, value)
  form.set('annotations', new File([annotations], 'dataset.json'))
  for (const { name: filename, picture } of pictures)
    form.append('images', new File([await readFile(picture.path)], filename), filename)
  return api.upload<Dataset>('/v1/datasets', form)
}

interface Import {
  readonly id: string
  readonly status: 'in_progress' | 'completed' | 'failed'
  readonly error: { readonly message: string } | null
  readonly dataset: Dataset | null
}

async function importArchives(
  api: ApiClient,
  { name, format, split, annotations, pictures, say }: PicturedDataset,
): Promise<Dataset> {
  const text = new Uint8Array(new TextEncoder().encode(annotations))
  const official = await uploadInParts(
    api,
    { filename: 'dataset.json', mime: 'application/json', bytes: text.length },
    slices(text),
  )
  const archives: string[] = []
  for (const members of packed(pictures)) {
    const bytes = members.reduce((sum, { picture }) => sum + sizeInTar(picture), tarEnd.length)
    const file = { filename: `pictures-${archives.length}.tar`, mime: 'application/x-tar', bytes }
    archives.push(await uploadInParts(api, file, tarParts(members)))
    say(`uploaded archive ${archives.length}: ${members.length} pictures, ${(bytes / 1e6).toFixed(0)} MB`)
  }
  const started = await api.post<Import>('/v1/datasets', {
    name,
    format,
    split,
    files: { annotations: official },
    images: archives.map((file) => ({ file_id: file })),
  })
  for (;;) {
    const now = await api.get<Import>(`/v1/dataset_imports/${started.id}`)
    if (now.dataset !== null) return now.dataset
    if (now.status === 'failed') throw new Error(`the import failed: ${now.error?.message ?? 'no reason'}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
  }
}

type Member = PicturedDataset['pictures'][number]

const sizeInTar = ({ bytes }: Picture): number => 512 + bytes + tarPadding(bytes).length

/** Archives below the largest upload. */
function packed(pictures: readonly Member[]): Member[][] {
  const archives: Member[][] = []
  let room = 0
  for (const member of pictures) {
    if (sizeInTar(member.picture) > room) {
      archives.push([])
      room = ARCHIVE_BYTES
    }
    archives.at(-1)!.push(member)
    room -= sizeInTar(member.picture)
  }
  return archives
}

async function* tarParts(members: readonly Member[]): AsyncGenerator<Uint8Array<ArrayBuffer>[]> {
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

async function* slices(bytes: Uint8Array<ArrayBuffer>): AsyncGenerator<Uint8Array<ArrayBuffer>[]> {
  for (let at = 0; at < bytes.length; at += PART_BYTES) yield [bytes.subarray(at, at + PART_BYTES)]
}

async function uploadInParts(
  api: ApiClient,
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
