/**
 * Import: official files and pictures in, an immutable version in hash order out.
 * @module
 */
import type { DatasetStore, NewVersion, UploadStore } from '../contracts/catalogue-ports.ts'
import type { DatasetVersion, StratumVocabulary } from '../contracts/dataset.ts'
import { sha256, sha256Hex, toHex } from '../contracts/digest.ts'
import { at } from '../contracts/failure-pointer.ts'
import { Fault, type FieldError, invalidField, unprocessableField } from '../contracts/failure.ts'
import type { ImageReference, Item } from '../contracts/item.ts'
import { taskOf as taskById } from '../tasks/registry.ts'
import type { Draft } from '../tasks/task.ts'
import { release } from '../contracts/release.ts'
import { readImageHeader } from '../media/image-header.ts'
import { compareText, DatasetDigest, itemLine } from './dataset-digest.ts'
import { MAX_LABEL_LENGTH } from './drafts.ts'
import { PictureNames } from './picture-names.ts'
import { type DraftedItem, FORMATS, type ImportFormat, type OfficialFormat, type ReadFiles, taskOf } from './formats.ts'

export interface UploadedImage {
  readonly filename: string
  /** Reads the bytes anew each time, for the caller to release: pictures are taken one by one, never held together. */
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

/** Pictures of one import: each is an object to store and a row to write, within what one request may do. */
export const MAX_IMAGES = 5000

/** Labels of one breakdown: each becomes a slice in every report, and a report must fit into a row. VQA v2 has 65 question types. */
const MAX_SLICES = 256
/** Codes are 16 bits. */
const MAX_CODES = 65_536
/** Characters of one vocabulary: it is kept in a row of 2 MB. */
const MAX_VOCABULARY = 500_000

export interface PreparedImport {
  readonly version: NewVersion
  /** Uploaded pictures that no item names. */
  readonly unusedImages: number
  /** Items that name a picture which was not uploaded. Their task does without, so they are imported. */
  readonly itemsWithoutImage: number
  /** The uploads that items use, by digest. */
  readonly images: ReadonlyMap<string, UploadedImage>
}

/**
 * Reads, checks and orders a dataset. Writes nothing.
 * @throws {Fault} naming the file, record and field, or the picture, that is wrong.
 */
export async function prepareImport(request: ImportRequest): Promise<PreparedImport> {
  const { items: drafted, source } = readFiles(request)
  if (request.images.length > MAX_IMAGES)
    throw new Fault({
      kind: 'too_large',
      what: 'import',
      limit: MAX_IMAGES,
      actual: request.images.length,
      unit: 'pictures',
      pointer: 'images',
      remedy: 'import them as several datasets',
    })
  const uploaded = await readImages(request.images)
  const { resolved, used, unused, withoutImage } = resolveImages(drafted, uploaded, request.format)
  const items = resolved.map(({ item }) => item)
  if (items.length === 0)
    throw unprocessableField('', `the files hold no item; are they of format ${request.format}, and is the split right?`)
  const digest = await datasetDigest(request.format, items)
  const ordered = await inHashOrder(resolved, digest)
  const clusters = [...new Set(items.map(({ cluster }) => cluster))].toSorted()
  const rankOf = new Map(clusters.map((cluster, rank) => [cluster, rank]))
  const format: OfficialFormat = FORMATS[request.format]
  const strata = format.strata.slice(0, ordered[0]!.labels.length).map((stratum, index) =>
    codesOf(
      stratum,
      ordered.map(({ labels }) => labels[index]!),
    ),
  )
  return {
    version: {
      tenant: request.tenant,
      name: request.name,
      digest,
      task: taskOf(format, source),
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
    unusedImages: unused,
    itemsWithoutImage: withoutImage,
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
): Promise<{ version: DatasetVersion; created: boolean; unusedImages: number; itemsWithoutImage: number }> {
  const { version, images, unusedImages, itemsWithoutImage } = await prepareImport(request)
  const stored = await stores.datasets.put(version, async () => {
    for (const [sha256, upload] of images) {
      const bytes = await upload.read()
      await stores.uploads.putImage(request.tenant, sha256, bytes)
      release(bytes)
    }
  })
  return { ...stored, unusedImages, itemsWithoutImage }
}

/** A field that nobody would read is refused, not ignored. */
function readFiles({ format, files, split }: ImportRequest): ReadFiles {
  const { files: wanted, read, split: takesSplit } = FORMATS[format] as OfficialFormat
  for (const field of wanted) if (files[field] === undefined) throw invalidField(field, `is missing: format ${format} needs it`)
  for (const field of Object.keys(files))
    if (!wanted.some((known) => known === field)) throw invalidField(field, `is not read for format ${format}; leave it out`)
  checkSplit(format, takesSplit, split, 'split')
  return read(files, split)
}

/** @throws {Fault} when a format's split is missing, or given in vain. */
export function checkSplit(
  format: string,
  takesSplit: OfficialFormat['split'],
  split: string | undefined,
  pointer: string,
): void {
  if (split === undefined ? takesSplit === 'required' : takesSplit === 'none' || split === '' || split.length > MAX_LABEL_LENGTH)
    throw invalidField(
      pointer,
      takesSplit === 'none'
        ? `is not read for format ${format}; leave it out`
        : split === undefined
          ? `is missing: format ${format} needs it, e.g. test`
          : `must be 1–${MAX_LABEL_LENGTH} characters, e.g. test`,
    )
}

interface StoredImage {
  readonly reference: ImageReference
  readonly upload: UploadedImage
}

async function readImages(images: readonly UploadedImage[]): Promise<PictureNames<StoredImage>> {
  const names = new PictureNames<StoredImage>()
  for (const [index, upload] of images.entries()) {
    const pointer = `images/${index}`
    const bytes = await upload.read()
    const reference = await at(pointer, () => describePicture(bytes), { document: upload.filename })
    release(bytes)
    names.add(upload.filename, { reference, upload }, reference.sha256, pointer)
  }
  return names
}

/**
 * Checks a picture by its header and names it by its bytes.
 * @throws {Fault} `bad_image`, `unsupported_media` or `too_large`
 */
export async function describePicture(bytes: Uint8Array): Promise<ImageReference> {
  const header = readImageHeader(bytes)
  return {
    sha256: await sha256Hex(bytes),
    media_type: header.media_type,
    bytes: bytes.length,
    width: header.orientedWidth,
    height: header.orientedHeight,
  }
}

interface ResolvedItem {
  readonly item: Item
  readonly labels: readonly string[]
}

function resolveImages(
  drafted: readonly DraftedItem[],
  uploaded: PictureNames<StoredImage>,
  format: string,
): { resolved: ResolvedItem[]; used: Map<string, UploadedImage>; unused: number; withoutImage: number } {
  const used = new Map<string, UploadedImage>()
  const missing: FieldError[] = []
  let withoutImage = 0
  const resolved = drafted.flatMap(({ draft, pictures, needsPictures, labels }): ResolvedItem[] => {
    const found = pictures.map((names) => uploaded.find(names))
    const whole = found.length > 0 && found.every((stored) => stored !== undefined)
    if (!whole && needsPictures) {
      missing.push({ pointer: 'images', detail: `item ${draft.id} needs a picture called ${pictures[0]![0]}` })
      return []
    }
    if (!whole && pictures.length > 0) withoutImage++
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
  // Pictures that were sent are meant to be seen: a dataset without any of them is not what was asked for.
  if (uploaded.size > 0 && used.size === 0)
    throw unprocessableField(
      'images',
      `none of the ${uploaded.size} uploaded pictures is one of this dataset: ${lookedFor(drafted, format)}; the first upload is called ${uploaded.first}`,
    )
  return { resolved, used, unused: uploaded.pictures - used.size, withoutImage }
}

/** The names of the first picture that a file asks for, as a clause. */
function lookedFor(drafted: readonly DraftedItem[], format: string): string {
  const first = drafted.find(({ pictures }) => pictures.length > 0)
  if (first === undefined) return `files of format ${format} name no picture, so leave images out`
  const [names] = first.pictures
  return `item ${first.draft.id} looks for ${names!.slice(0, 3).join(' or ')}`
}

/** @param references - as many as the task's items have pictures, or null without. */
export function withPictures(draft: Draft, references: readonly ImageReference[] | null): Item {
  const { pictures } = taskById(draft.task)
  if (pictures === 0) return draft
  return pictures === 1 ? { ...draft, image: references && references[0]! } : { ...draft, images: references }
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

function codesOf(
  stratum: OfficialFormat['strata'][number],
  labels: readonly string[],
): { vocabulary: StratumVocabulary; codes: Uint16Array } {
  const vocabulary = new LabelVocabulary(stratum)
  for (const label of [...new Set(labels)].toSorted()) vocabulary.add(label)
  const { name, values } = vocabulary
  const codeOf = new Map(values.map((value, code) => [value, code]))
  return { vocabulary: { name, values }, codes: Uint16Array.from(labels, (label) => codeOf.get(label)!) }
}

/** The different labels of a breakdown, in ascending order; a label's code is its place. */
export class LabelVocabulary implements StratumVocabulary {
  readonly name: string
  readonly values: string[] = []
  readonly #field: string
  readonly #most: number
  #characters = 0

  constructor({ name, field, sliced }: OfficialFormat['strata'][number]) {
    this.name = name
    this.#field = field
    this.#most = sliced ? MAX_SLICES : MAX_CODES
  }

  /** @throws {Fault} `unprocessable` when the vocabulary is more than a report, a code or a row can hold. */
  add(value: string): void {
    const refuse = (detail: string) => unprocessableField(this.#field, detail)
    if (value.length > MAX_LABEL_LENGTH)
      throw refuse(`${JSON.stringify(value.slice(0, 40))}… is longer than ${MAX_LABEL_LENGTH} characters`)
    if (this.values.length === this.#most) throw refuse(`has too many different values; there may be at most ${this.#most}`)
    this.#characters += value.length
    if (this.#characters > MAX_VOCABULARY) throw refuse(`its values have more than ${MAX_VOCABULARY} characters together`)
    this.values.push(value)
  }
}
