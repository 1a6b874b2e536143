/**
 * Import: official files and pictures in, an immutable version in hash order out.
 * @module
 */
import type { DatasetStore, NewVersion, UploadStore } from '../contracts/catalogue-ports.ts'
import type { DatasetVersion, StratumVocabulary } from '../contracts/dataset.ts'
import { digestOf, sha256, sha256Hex, toHex } from '../contracts/digest.ts'
import { Fault, type FieldError, invalidField, unprocessableField } from '../contracts/failure.ts'
import type { ImageReference, Item, ItemDraft } from '../contracts/item.ts'
import { readKarpathySplit } from '../datasets/karpathy-split.ts'
import { parseOfficialJson } from '../datasets/official-json.ts'
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

/** Pictures of one import: each is an object to store and a row to write, within what one request may do. */
export const MAX_IMAGES = 5000

/** Labels of one breakdown: each becomes a slice in every report, and a report must fit into a row. VQA v2 has 65 question types. */
const MAX_LABELS = 256
const MAX_LABEL_LENGTH = 128

export interface PreparedImport {
  readonly version: NewVersion
  /** Uploaded pictures that no item names. */
  readonly unusedImages: number
  /** The uploads that items use, by digest. */
  readonly images: ReadonlyMap<string, UploadedImage>
}

/**
 * Reads, checks and orders a dataset. Writes nothing.
 * @throws {Fault} naming the file, record and field, or the picture, that is wrong.
 */
export async function prepareImport(request: ImportRequest): Promise<PreparedImport> {
  const { drafts, source } = readDrafts(request)
  if (request.images.length > MAX_IMAGES)
    throw new Fault({
      kind: 'too_large',
      what: 'import',
      limit: MAX_IMAGES,
      actual: request.images.length,
      unit: 'pictures',
      pointer: 'images',
    })
  const uploaded = await readImages(request.images)
  const { items, used, unused } = resolveImages(drafts, uploaded)
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
    unusedImages: unused,
  }
}

/** Imports a dataset: checks everything first, then stores pictures, items and, last, the version that names them. */
export async function importDataset(
  request: ImportRequest,
  stores: { readonly datasets: DatasetStore; readonly uploads: UploadStore },
): Promise<{ version: DatasetVersion; created: boolean; unusedImages: number }> {
  const { version, images, unusedImages } = await prepareImport(request)
  for (const [sha256, upload] of images) await stores.uploads.putImage(request.tenant, sha256, await upload.read())
  return { ...(await stores.datasets.put(version)), unusedImages }
}

type Draft = ItemDraft<Item>

/** The official files that a format is made of, by form field. A field that nobody would read is refused, not ignored. */
const FILES_OF: Readonly<Record<ImportFormat, readonly string[]>> = {
  karpathy: ['annotations'],
  'vqa-v2': ['annotations', 'questions'],
}

function readDrafts({ format, files, split }: ImportRequest): { drafts: readonly Draft[]; source: Record<string, string> } {
  for (const field of FILES_OF[format])
    if (files[field] === undefined) throw invalidField(field, `is missing: format ${format} needs it`)
  for (const field of Object.keys(files))
    if (!FILES_OF[format].includes(field)) throw invalidField(field, `is not read for format ${format}; leave it out`)
  const parsed = Object.fromEntries(FILES_OF[format].map((field) => [field, parseFile(field, files[field]!)]))
  switch (format) {
    case 'karpathy': {
      if (split === undefined || split === '' || split.length > MAX_LABEL_LENGTH)
        throw invalidField('split', `must be 1–${MAX_LABEL_LENGTH} characters, e.g. test`)
      const { drafts, dataset } = inFile(() => readKarpathySplit(parsed['annotations'], { split }))
      return { drafts, source: facts({ split, dataset }) }
    }
    case 'vqa-v2': {
      if (split !== undefined) throw invalidField('split', 'is not read for format vqa-v2; leave it out')
      const { drafts, header } = inFile(() => readVqa({ questions: parsed['questions'], annotations: parsed['annotations'] }))
      return { drafts, source: facts({ ...header }) }
    }
  }
}

/**
 * Readers name places in a file; the request's field was the file. `questions#/questions/3` is both.
 * @param field - the file, where only one is read; else the failure says which.
 */
function inFile<T>(read: () => T, field?: string): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.kind !== 'unprocessable') throw error
    const { detail, errors } = error.failure
    const file = field ?? (detail.startsWith('questions') ? 'questions' : 'annotations')
    throw new Fault(
      { ...error.failure, errors: errors.map((each) => ({ ...each, pointer: `${file}#${each.pointer}` })) },
      { cause: error },
    )
  }
}

/** @throws {Fault} when a text in it has no UTF-8 form: its digest could not be taken. */
function parseFile(field: string, text: string): unknown {
  const value = inFile(() => parseOfficialJson(text, field), field)
  // Only an escape can smuggle one into text that was decoded from UTF-8.
  if (/\\u[dD][89a-fA-F]/.test(text)) refuseLoneSurrogates(value, `${field}#`)
  return value
}

function refuseLoneSurrogates(value: unknown, pointer: string): void {
  if (typeof value === 'string' && !value.isWellFormed())
    throw unprocessableField(pointer, 'holds half of a surrogate pair, which UTF-8 cannot hold')
  if (typeof value === 'object' && value !== null)
    for (const [key, entry] of Object.entries(value)) refuseLoneSurrogates(entry, `${pointer}/${key}`)
}

/** What reports quote of the files' heads. */
function facts(header: Readonly<Record<string, string | number | null>>): Record<string, string> {
  const known = Object.entries(header).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)] as const]))
  for (const [key, value] of known)
    if (value.length > MAX_LABEL_LENGTH)
      throw unprocessableField(`annotations#/${key}`, `must have at most ${MAX_LABEL_LENGTH} characters`)
  return Object.fromEntries(known)
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
    const pointer = `images/${index}`
    const stored = { reference: await imageReferenceOf(await upload.read(), pointer, filename), upload }
    const base = filename.slice(filename.lastIndexOf('/') + 1)
    for (const key of new Set([base, base.replace(/\.[^.]+$/, '')])) {
      const other = byName.get(key)
      if (other && other.reference.sha256 !== stored.reference.sha256)
        throw unprocessableField(pointer, `two different pictures are called ${key}; rename one`)
      byName.set(key, stored)
    }
  }
  return byName
}

/**
 * Judges a picture by its header and names it by its bytes.
 * @param filename - given where it is one of many.
 * @throws {Fault} with `pointer` saying which it was.
 */
export async function imageReferenceOf(bytes: Uint8Array, pointer: string, filename?: string): Promise<ImageReference> {
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
    const which = filename === undefined ? '' : `${filename}: `
    if (failure.kind === 'too_large') throw new Fault({ ...failure, what: which + failure.what, pointer }, { cause: error })
    if (failure.kind === 'bad_image' || failure.kind === 'unsupported_media')
      throw new Fault({ ...failure, detail: which + failure.detail, pointer }, { cause: error })
    throw error
  }
}

function resolveImages(
  drafts: readonly Draft[],
  uploaded: ReadonlyMap<string, StoredImage>,
): { items: Item[]; used: Map<string, UploadedImage>; unused: number } {
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
  const unused = new Set([...uploaded.values()].map(({ reference }) => reference.sha256)).size - used.size
  return { items, used, unused }
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
    const field = `annotations#/annotations/*/${name}`
    const labels = items.map((item) => (item.task === 'vqa' ? item[name] : ''))
    const values = [...new Set(labels)].toSorted()
    if (values.length > MAX_LABELS)
      throw unprocessableField(field, `${values.length} different values; a breakdown has at most ${MAX_LABELS}`)
    const long = values.find((value) => value.length > MAX_LABEL_LENGTH)
    if (long !== undefined)
      throw unprocessableField(field, `${JSON.stringify(long.slice(0, 40))}… is longer than ${MAX_LABEL_LENGTH} characters`)
    const codeOf = new Map(values.map((value, code) => [value, code]))
    return { vocabulary: { name, values }, codes: Uint16Array.from(labels, (label) => codeOf.get(label)!) }
  })
}
