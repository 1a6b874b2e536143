/**
 * The pictures of an import: read from uploads, found by the names that official files give.
 * @module
 */
import { sha256Hex } from '../contracts/digest.ts'
import { Fault, type FieldError, unprocessableField } from '../contracts/failure.ts'
import { at } from '../contracts/failure-pointer.ts'
import type { ImageReference, Item } from '../contracts/item.ts'
import { release } from '../contracts/release.ts'
import { readImageHeader } from '../media/image-header.ts'
import { withPictures } from '../tasks/draft.ts'
import type { JoinedItem } from '../tasks/format.ts'
import type { Task } from '../tasks/task.ts'
import { PictureNames } from './picture-names.ts'

export interface UploadedImage {
  readonly filename: string
  /**
   * Reads the bytes again each time; the caller releases them. Pictures are read one by one, never held
   * together.
   */
  read(): Promise<Uint8Array>
}

/** Most pictures of one import. Each is an object and a row, within the limits of one request. */
const MAX_IMAGES = 5000

export interface StoredImage {
  readonly reference: ImageReference
  readonly upload: UploadedImage
}

/** @throws {Fault} naming the picture that exceeds the limit or cannot be read */
export async function readImages(images: readonly UploadedImage[]): Promise<PictureNames<StoredImage>> {
  if (images.length > MAX_IMAGES)
    throw new Fault({
      kind: 'too_large',
      what: 'import',
      limit: MAX_IMAGES,
      actual: images.length,
      unit: 'pictures',
      pointer: 'images',
      remedy:
        'send them as a tar in parts (POST /v1/uploads), and name its file in "images" of POST /v1/datasets (docs/large-imports.md)',
    })
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
 * Checks a picture by its header and identifies it by its bytes.
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

export interface ResolvedItem {
  readonly item: Item
  readonly labels: readonly string[]
}

export interface ResolvedImages {
  readonly resolved: readonly ResolvedItem[]
  /** The uploads that items use, by digest. */
  readonly used: ReadonlyMap<string, UploadedImage>
  /** Uploaded pictures without an item. */
  readonly unused: number
  /** Items whose picture was not uploaded. */
  readonly withoutImage: number
}

/**
 * Finds the pictures of an item.
 * @returns the item with all of its pictures or, if its task allows, none; `absent`: why there is no item
 * @throws {Fault} `unprocessable` if a name may mean two pictures
 */
export function resolveItem<T>(
  { draft, pictures }: JoinedItem,
  task: Pick<Task, 'pictures' | 'needsPictures'>,
  uploaded: PictureNames<T>,
  referenceOf: (found: T) => ImageReference,
): { readonly item: Item | null; readonly found: readonly T[]; readonly absent: string | null } {
  const found = pictures.flatMap((names) => uploaded.find(names) ?? [])
  const whole = found.length > 0 && found.length === pictures.length
  if (!whole && task.needsPictures) {
    const missing = pictures.find((names) => uploaded.find(names) === undefined)!
    return { item: null, found: [], absent: `item ${draft.id} needs ${uploaded.absent(missing)}` }
  }
  const references = whole ? found.map(referenceOf) : null
  return { item: withPictures(draft, task.pictures, references), found: whole ? found : [], absent: null }
}

/** @throws {Fault} if items need pictures that were not uploaded, or no upload belongs to an item */
export function resolveImages(
  items: readonly JoinedItem[],
  task: Pick<Task, 'pictures' | 'needsPictures'>,
  uploaded: PictureNames<StoredImage>,
  format: string,
): ResolvedImages {
  const used = new Map<string, UploadedImage>()
  const missing: FieldError[] = []
  let withoutImage = 0
  const resolved = items.flatMap((joined): ResolvedItem[] => {
    const { item, found, absent } = resolveItem(joined, task, uploaded, ({ reference }) => reference)
    if (absent !== null) missing.push({ pointer: 'images', detail: absent })
    if (item === null) return []
    if (absent === null && found.length === 0 && joined.pictures.length > 0) withoutImage++
    for (const { reference, upload } of found) used.set(reference.sha256, upload)
    return [{ item, labels: joined.labels }]
  })
  if (missing.length > 0)
    throw new Fault({
      kind: 'unprocessable',
      detail: `${missing.length} of ${items.length} items have no picture among the uploaded files; ${missing[0]!.detail}`,
      errors: missing.slice(0, 20),
    })
  // Uploaded pictures are meant to be used: a dataset without any of them is probably a mistake.
  if (uploaded.size > 0 && used.size === 0)
    throw unprocessableField('images', noneUsed(uploaded.size, lookedFor(items, format), uploaded.first!))
  return { resolved, used, unused: uploaded.pictures - used.size, withoutImage }
}

/** Pictures that match no item. */
export const noneUsed = (pictures: number, lookedFor: string, first: string) =>
  `none of the ${pictures} uploaded pictures is one of this dataset: ${lookedFor}; the first upload is called ${first}`

/** The names of the first picture in a file, as a clause. */
export function lookedFor(items: readonly JoinedItem[], format: string): string {
  const first = items.find(({ pictures }) => pictures.length > 0)
  if (first === undefined) return `files of format ${format} name no picture, so leave images out`
  const [names] = first.pictures
  return `item ${first.draft.id} looks for ${names!.slice(0, 3).join(' or ')}`
}
