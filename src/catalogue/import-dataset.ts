/**
 * Import: official files and pictures in, an immutable version in hash order out.
 * @module
 */
import type { DatasetStore, NewVersion, UploadStore } from '../contracts/catalogue-ports.ts'
import type { DatasetVersion, StratumVocabulary } from '../contracts/dataset.ts'
import { sha256, sha256Hex, toHex } from '../contracts/digest.ts'
import { Fault, type FieldError, invalidField, unprocessableField } from '../contracts/failure.ts'
import type { ImageReference, Item } from '../contracts/item.ts'
import { readImageHeader } from '../media/image-header.ts'
import { compareText, DatasetDigest, itemLine } from './dataset-digest.ts'
import { type Draft, type DraftedItem, FORMATS, type ImportFormat, type OfficialFormat, type ReadFiles } from './formats.ts'

export interface UploadedImage {
  readonly filename: string
  /** Reads the bytes anew each time: pictures are taken one by one, never held together. */
  read(): Promise<Uint8Array>
}

export interface ImportRequest {
  readonly tenant: string
  readonly name: string
  readonly format: ImportFormat
  /** Karpathy's split, or COIN's subset. */
  readonly split?: string | undefined
  /** Texts of the official files by form field: `annotations`, `questions`. */
  readonly files: Readonly<Record<string, string>>
  readonly images: readonly UploadedImage[]
}

export interface PreparedImport {
  readonly version: NewVersion
  /** The uploads that items use, by digest. */
  readonly images: ReadonlyMap<string, UploadedImage>
}

/**
 * Reads, checks and orders a dataset. Writes nothing.
 * @throws {Fault} naming the file, record and field, or the picture, that is wrong.
 */
export async function prepareImport(request: ImportRequest): Promise<PreparedImport> {
  const { items: drafted, source } = readFiles(request)
  const uploaded = await readImages(request.images)
  const { resolved, used } = resolveImages(drafted, uploaded)
  const items = resolved.map(({ item }) => item)
  if (items.length === 0) throw unprocessableField('', 'the files hold no item')
  const digest = await datasetDigest(request.format, items)
  const ordered = await inHashOrder(resolved, digest)
  const clusters = [...new Set(items.map(({ cluster }) => cluster))].toSorted()
  const rankOf = new Map(clusters.map((cluster, rank) => [cluster, rank]))
  const strata = FORMATS[request.format].strata.map((name, index) =>
    stratumOf(
      name,
      ordered.map(({ labels }) => labels[index]!),
    ),
  )
  return {
    version: {
      tenant: request.tenant,
      name: request.name,
      digest,
      task: FORMATS[request.format].task,
      format: request.format,
      items: ordered.length,
      images: used.size,
      clusters: clusters.length,
      strata: strata.map(({ vocabulary }) => vocabulary),
      source,
      orderedItems: ordered.map(({ item }) => item),
      columns: {
        cluster: Uint32Array.from(ordered, ({ item }) => rankOf.get(item.cluster)!),
        strata: strata.map(({ codes }) => codes),
      },
      imageDigests: [...used.keys()].toSorted(),
    },
    images: used,
  }
}

async function datasetDigest(format: string, items: readonly Item[]): Promise<string> {
  const digest = new DatasetDigest()
  for (const item of sortBy(items, ({ id }) => id)) await digest.add(itemLine(item))
  return digest.finish(format)
}

/** Imports a dataset: checks everything first, then stores pictures, items and, last, the version that names them. */
export async function importDataset(
  request: ImportRequest,
  stores: { readonly datasets: DatasetStore; readonly uploads: UploadStore },
): Promise<{ version: DatasetVersion; created: boolean }> {
  const { version, images } = await prepareImport(request)
  for (const [sha256, upload] of images) await stores.uploads.putImage(request.tenant, sha256, await upload.read())
  return stores.datasets.put(version)
}

function readFiles({ format, files, split }: ImportRequest): ReadFiles {
  const { files: wanted, read } = FORMATS[format] as OfficialFormat
  for (const field of wanted)
    if (files[field] === undefined) throw invalidField(field, `is missing: format ${format} needs a file here`)
  for (const field of Object.keys(files))
    if (!wanted.includes(field as (typeof wanted)[number]))
      throw invalidField(field, `format ${format} has no such file; it takes ${wanted.join(', ')}`)
  return read(files, split)
}

interface StoredImage {
  readonly reference: ImageReference
  readonly upload: UploadedImage
}

/** By every name an official file may call it: the file name and its stem. */
async function readImages(images: readonly UploadedImage[]): Promise<Map<string, StoredImage>> {
  const byName = new Map<string, StoredImage>()
  for (const [index, upload] of images.entries()) {
    const { filename } = upload
    const pointer = `images/${index} (${filename})`
    const stored = { reference: await imageReferenceOf(await upload.read(), pointer), upload }
    const base = filename.slice(filename.lastIndexOf('/') + 1)
    for (const key of new Set([base, base.replace(/\.[^.]+$/, '')])) {
      const other = byName.get(key)
      if (other && other.reference.sha256 !== stored.reference.sha256)
        throw new Fault({
          kind: 'unprocessable',
          detail: `two different pictures are called ${key}`,
          errors: [{ pointer, detail: `the name ${key} is already taken` }],
        })
      byName.set(key, stored)
    }
  }
  return byName
}

/**
 * Judges a picture by its header and names it by its bytes.
 * @throws {Fault} with `pointer` saying which of many it was.
 */
export async function imageReferenceOf(bytes: Uint8Array, pointer: string): Promise<ImageReference> {
  try {
    const header = readImageHeader(bytes)
    return {
      sha256: await sha256Hex(bytes),
      media_type: header.media_type,
      bytes: bytes.length,
      width: header.orientedWidth,
      height: header.orientedHeight,
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const { failure } = error
    const ofImage = failure.kind === 'bad_image' || failure.kind === 'too_large' || failure.kind === 'unsupported_media'
    throw ofImage ? new Fault({ ...failure, pointer }, { cause: error }) : error
  }
}

interface ResolvedItem {
  readonly item: Item
  readonly labels: readonly string[]
}

function resolveImages(
  drafted: readonly DraftedItem[],
  uploaded: ReadonlyMap<string, StoredImage>,
): { resolved: ResolvedItem[]; used: Map<string, UploadedImage> } {
  const used = new Map<string, UploadedImage>()
  const missing: FieldError[] = []
  const resolved = drafted.flatMap(({ draft, pictures, needsPictures, labels }): ResolvedItem[] => {
    const found = pictures.map((names) => names.map((name) => uploaded.get(name)).find((stored) => stored !== undefined))
    const whole = found.length > 0 && found.every((stored) => stored !== undefined)
    if (!whole && needsPictures) {
      missing.push({ pointer: 'images', detail: `item ${draft.id} needs a picture called ${pictures[0]![0]}` })
      return []
    }
    if (whole) for (const { reference, upload } of found) used.set(reference.sha256, upload)
    const references = whole ? found.map(({ reference }) => reference) : null
    return [{ item: withPictures(draft, references), labels }]
  })
  if (missing.length > 0)
    throw new Fault({
      kind: 'unprocessable',
      detail: `${missing.length} of ${drafted.length} items have no picture among the uploaded files; ${missing[0]!.detail}`,
      errors: missing.slice(0, 20),
    })
  return { resolved, used }
}

/** Uploaded results can be scored without pictures, so most tasks do without them. */
export function withPictures(draft: Draft, references: readonly ImageReference[] | null): Item {
  switch (draft.task) {
    case 'step_localization':
      return draft
    case 'nlvr2':
      return { ...draft, images: references && [references[0]!, references[1]!] }
    case 'retrieval':
      return { ...draft, image: references![0]! }
    case 'vqa':
    case 'caption':
      return { ...draft, image: references && references[0]! }
  }
}

/** SHA-256(dataset digest ‖ item id), ascending: every prefix is then a pseudo-random sample. */
export async function orderKey(digest: string, id: string): Promise<string> {
  return toHex(await sha256(digest + id))
}

async function inHashOrder(resolved: readonly ResolvedItem[], digest: string): Promise<ResolvedItem[]> {
  const keyed = await Promise.all(resolved.map(async (entry) => ({ entry, key: await orderKey(digest, entry.item.id) })))
  return sortBy(keyed, ({ key }) => key).map(({ entry }) => entry)
}

/** Sorted by UTF-16 code units of a key. */
function sortBy<T>(values: readonly T[], key: (value: T) => string): T[] {
  return values.toSorted((a, b) => compareText(key(a), key(b)))
}

/** Codes are 16 bits: enough for every official file. */
const MAX_LABELS = 65_536

/** @throws {Fault} `too_large` */
export function checkLabels(name: string, labels: number): void {
  if (labels > MAX_LABELS)
    throw new Fault({
      kind: 'too_large',
      what: `the number of ${name} labels`,
      limit: MAX_LABELS,
      actual: labels,
      unit: 'labels',
    })
}

function stratumOf(name: string, labels: readonly string[]): { vocabulary: StratumVocabulary; codes: Uint16Array } {
  const values = [...new Set(labels)].toSorted()
  checkLabels(name, values.length)
  const codeOf = new Map(values.map((value, code) => [value, code]))
  return { vocabulary: { name, values }, codes: Uint16Array.from(labels, (label) => codeOf.get(label)!) }
}
