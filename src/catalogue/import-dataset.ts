/**
 * Import: official files and pictures in, an immutable version in hash order out.
 * @module
 */
import type { DatasetStore, NewVersion, UploadStore } from '../contracts/catalogue-ports.ts'
import type { DatasetVersion, StratumVocabulary } from '../contracts/dataset.ts'
import { digestOf, sha256, sha256Hex, toHex } from '../contracts/digest.ts'
import { Fault, type FieldError } from '../contracts/failure.ts'
import type { ImageReference, Item, ItemDraft } from '../contracts/item.ts'
import { readKarpathySplit } from '../datasets/karpathy-split.ts'
import { readVqa } from '../datasets/vqa-v2.ts'
import { readImageHeader } from '../media/image-header.ts'

export const IMPORT_FORMATS = ['karpathy', 'vqa-v2'] as const
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

export interface UploadedImage {
  readonly filename: string
  /** Reads the bytes anew each time: pictures are taken one by one, never held together. */
  read(): Promise<Uint8Array>
}

export interface ImportRequest {
  readonly tenant: string
  readonly name: string
  readonly format: ImportFormat
  /** Karpathy only. */
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
  const { drafts, source } = readDrafts(request)
  const uploaded = await readImages(request.images)
  const { items, used } = resolveImages(drafts, uploaded)
  const digest = await digestOf({ schema: 'assay.dataset/1', format: request.format, items: sortBy(items, ({ id }) => id) })
  const ordered = await inHashOrder(items, digest)
  const clusters = [...new Set(items.map(({ cluster }) => cluster))].toSorted()
  const rankOf = new Map(clusters.map((cluster, rank) => [cluster, rank]))
  const strata = strataOf(ordered)
  return {
    version: {
      tenant: request.tenant,
      name: request.name,
      digest,
      task: ordered[0]!.task,
      format: request.format,
      items: ordered.length,
      images: used.size,
      clusters: clusters.length,
      strata: strata.map(({ vocabulary }) => vocabulary),
      source,
      orderedItems: ordered,
      columns: {
        cluster: Uint32Array.from(ordered, ({ cluster }) => rankOf.get(cluster)!),
        strata: strata.map(({ codes }) => codes),
      },
      imageDigests: [...used.keys()].toSorted(),
    },
    images: used,
  }
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

type Draft = ItemDraft<Item>

function readDrafts(request: ImportRequest): { drafts: readonly Draft[]; source: Record<string, string> } {
  const { format, files, split } = request
  const file = (field: string) => {
    const text = files[field]
    if (text === undefined)
      throw new Fault({
        kind: 'invalid',
        detail: `format ${format} needs a file in form field "${field}"`,
        errors: [{ pointer: field, detail: 'is missing' }],
      })
    return text
  }
  switch (format) {
    case 'karpathy': {
      if (split === undefined)
        throw new Fault({
          kind: 'invalid',
          detail: 'format karpathy needs form field "split", e.g. test',
          errors: [{ pointer: 'split', detail: 'is missing' }],
        })
      const { drafts, dataset } = readKarpathySplit(file('annotations'), { split })
      return { drafts, source: { split, ...(dataset === null ? {} : { dataset }) } }
    }
    case 'vqa-v2': {
      const { drafts, header } = readVqa({ questions: file('questions'), annotations: file('annotations') })
      return {
        drafts,
        source: Object.fromEntries(
          Object.entries(header).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)]])),
        ),
      }
    }
  }
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

function resolveImages(
  drafts: readonly Draft[],
  uploaded: ReadonlyMap<string, StoredImage>,
): { items: Item[]; used: Map<string, UploadedImage> } {
  const used = new Map<string, UploadedImage>()
  const missing: FieldError[] = []
  const items = drafts.flatMap((draft): Item[] => {
    const { image_names: names, ...rest } = draft
    const stored = names.map((name) => uploaded.get(name)).find((found) => found !== undefined)
    if (stored === undefined) {
      // VQA results can be scored without pictures; nothing can be retrieved without them.
      if (rest.task === 'vqa') return [{ ...rest, image: null }]
      missing.push({ pointer: `images`, detail: `item ${draft.id} needs a picture called ${names[0]}` })
      return []
    }
    used.set(stored.reference.sha256, stored.upload)
    return [{ ...rest, image: stored.reference } as Item]
  })
  if (missing.length > 0)
    throw new Fault({
      kind: 'unprocessable',
      detail: `${missing.length} of ${drafts.length} items have no picture among the uploaded files; ${missing[0]!.detail}`,
      errors: missing.slice(0, 20),
    })
  return { items, used }
}

/** SHA-256(dataset digest ‖ item id), ascending: every prefix is then a pseudo-random sample. */
async function inHashOrder(items: readonly Item[], digest: string): Promise<Item[]> {
  const keyed = await Promise.all(items.map(async (item) => ({ item, key: toHex(await sha256(digest + item.id)) })))
  return sortBy(keyed, ({ key }) => key).map(({ item }) => item)
}

/** Sorted by UTF-16 code units of a key. */
function sortBy<T>(values: readonly T[], key: (value: T) => string): T[] {
  return values.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

function strataOf(items: readonly Item[]): { vocabulary: StratumVocabulary; codes: Uint16Array }[] {
  if (items[0]?.task !== 'vqa') return []
  return (['answer_type', 'question_type'] as const).map((name) => {
    const labels = items.map((item) => (item.task === 'vqa' ? item[name] : ''))
    const values = [...new Set(labels)].toSorted()
    const codeOf = new Map(values.map((value, code) => [value, code]))
    return { vocabulary: { name, values }, codes: Uint16Array.from(labels, (label) => codeOf.get(label)!) }
  })
}
