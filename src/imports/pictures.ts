/**
 * The pictures of an import: read from uploads, found by the names that official files give.
 * @module
 */
import { sha256Hex } from '../contracts/digest.ts'
import { describeFailure, type Failure, Fault, type FieldError, unprocessableField } from '../contracts/failure.ts'
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

/** An upload that is not a picture. A dataset without an item for it needs no refusal. */
interface RefusedImage {
  readonly refused: Fault
  readonly pointer: string
  readonly filename: string
}

export type ReadImage = StoredImage | RefusedImage

/** Most pictures that a refusal lists. */
const LISTED = 20

/** Failures of a picture. Others are the machine's. */
export const OF_PICTURES: ReadonlySet<Failure['kind']> = new Set(['bad_image', 'unsupported_media', 'too_large', 'unprocessable'])

/** @throws {Fault} for too many pictures, or two of one name */
export async function readImages(images: readonly UploadedImage[]): Promise<PictureNames<ReadImage>> {
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
  const names = new PictureNames<ReadImage>()
  for (const [index, upload] of images.entries()) {
    const pointer = `images/${index}`
    const bytes = await upload.read()
    const picture = await readImage(upload, bytes, pointer)
    const sha256 = 'refused' in picture ? await sha256Hex(bytes) : picture.reference.sha256
    release(bytes)
    names.add(upload.filename, picture, sha256, pointer)
  }
  return names
}

async function readImage(upload: UploadedImage, bytes: Uint8Array, pointer: string): Promise<ReadImage> {
  try {
    return { upload, reference: await at(pointer, () => describePicture(bytes), { document: upload.filename }) }
  } catch (refused) {
    if (!(refused instanceof Fault) || !OF_PICTURES.has(refused.failure.kind)) throw refused
    return { refused, pointer, filename: upload.filename }
  }
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

/**
 * @throws {Fault} if items need pictures that were not uploaded or cannot be read, or no upload belongs to an
 *   item
 */
export function resolveImages(
  items: readonly JoinedItem[],
  task: Pick<Task, 'pictures' | 'needsPictures'>,
  uploaded: PictureNames<ReadImage>,
  format: string,
): ResolvedImages {
  throwIfRefused(items, uploaded)
  const used = new Map<string, UploadedImage>()
  const missing: FieldError[] = []
  let withoutImage = 0
  const resolved = items.flatMap((joined): ResolvedItem[] => {
    const { item, found, absent } = resolveItem(joined, task, uploaded, (image) => readable(image).reference)
    if (absent !== null) missing.push({ pointer: 'images', detail: absent })
    if (item === null) return []
    if (absent === null && found.length === 0 && joined.pictures.length > 0) withoutImage++
    for (const { reference, upload } of found.map(readable)) used.set(reference.sha256, upload)
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

function readable(image: ReadImage): StoredImage {
  if ('refused' in image) throw image.refused
  return image
}

/** @throws {Fault} one picture's own, or one that lists them */
function throwIfRefused(items: readonly JoinedItem[], uploaded: PictureNames<ReadImage>): void {
  const named = new Set(items.flatMap(({ pictures }) => pictures.map((names) => uploaded.find(names))))
  const refused = [...named].filter((image) => image !== undefined && 'refused' in image) as RefusedImage[]
  const [first, ...others] = refused
  if (first === undefined) return
  if (others.length === 0) throw first.refused
  const errors = refused.map(({ refused: { failure }, pointer, filename }) => {
    const detail = describeFailure(failure)
    return { pointer, detail: detail.includes(filename) ? detail : `${filename}: ${detail}` }
  })
  const more = `(and ${others.length} more picture${others.length === 1 ? '' : 's'})`
  throw new Fault({ kind: 'unprocessable', detail: `${errors[0]!.detail} ${more}`, errors: errors.slice(0, LISTED) })
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
