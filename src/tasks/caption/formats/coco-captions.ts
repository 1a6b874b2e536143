/**
 * MSCOCO captions: annotations (`captions_val2014.json`) and results, in the layout of tylin/coco-caption @3a9afb2 `coco.py`.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import { parseOfficialJson } from '../../../files/json.ts'
import { firstFew, Problems } from '../../../files/problems.ts'

/** An image with its captions in file order, untrimmed as the file has them. */
export interface CocoCaptionedImage {
  readonly id: string
  /** e.g. `COCO_val2014_000000391895.jpg`; null when the file does not say. */
  readonly file_name: string | null
  readonly captions: readonly { readonly id: string; readonly text: string }[]
}

export interface CocoCaptionAnnotations {
  /** In the order of `images[]`, which is the order the official code evaluates in. */
  readonly images: CocoCaptionedImage[]
  /** The JSON type of the ids: an id in a results file must have it too. */
  readonly idType: 'number' | 'string'
}

/**
 * Reads `{images: [{id, file_name, …}, …], annotations: [{image_id, id, caption}, …], …}`.
 * @throws {Fault} `unprocessable`: a missing list or field, mixed id types, an image id used twice, or an annotation of no image.
 */
export function readCocoCaptions(source: unknown): CocoCaptionAnnotations {
  const problems = new Problems('annotations')
  const file = problems.record(parseOfficialJson(source, 'annotations'), '')
  const imageRecords = file && problems.list(file['images'], '/images')
  const annotationRecords = file && problems.list(file['annotations'], '/annotations')
  problems.throwIfAny()

  const images = new Map<unknown, { id: string; file_name: string | null; captions: { id: string; text: string }[] }>()
  let idType: 'number' | 'string' | undefined
  imageRecords!.forEach((record, index) => {
    const fields = problems.record(record, `/images/${index}`)
    const id = fields && problems.id(fields['id'], `/images/${index}/id`)
    if (id === undefined) return
    const key = fields!['id']
    idType ??= typeof key as 'number' | 'string'
    if (typeof key !== idType) problems.note(`/images/${index}/id`, `must be a ${idType} like the ids before it`)
    if (images.has(key)) problems.note(`/images/${index}/id`, `${id} was already used`)
    const file_name = typeof fields!['file_name'] === 'string' ? fields!['file_name'] : null
    images.set(key, { id, file_name, captions: [] })
  })
  annotationRecords!.forEach((record, index) => {
    const pointer = `/annotations/${index}`
    const fields = problems.record(record, pointer)
    const imageId = fields && problems.id(fields['image_id'], `${pointer}/image_id`)
    const text = fields && problems.text(fields['caption'], `${pointer}/caption`)
    if (imageId === undefined || text === undefined) return
    const image = images.get(fields!['image_id'])
    if (image === undefined) problems.note(`${pointer}/image_id`, `/images has no image ${imageId}`)
    else image.captions.push({ id: String((fields!['id'] as string | number | undefined) ?? index), text })
  })
  problems.throwIfAny()
  return { images: [...images.values()], idType: idType ?? 'number' }
}

/**
 * Reads results `[{image_id, caption}, …]`, which may cover a subset of the images.
 * @returns captions by image id, in the order of `annotations.images`.
 * @throws {Fault} `unprocessable`: as `loadRes` and `evaluate` refuse: no list, an unknown image, two captions for one image, an
 * image that has no reference; or nothing at all.
 */
export function readCocoResults(source: unknown, annotations: CocoCaptionAnnotations): Map<string, string> {
  const problems = new Problems('results')
  const records = problems.list(parseOfficialJson(source, 'results'), '')
  problems.throwIfAny()
  const known = new Map(annotations.images.map((image) => [image.id, image]))
  const found = new Map<string, string>()
  const unknown: string[] = []
  records!.forEach((record, index) => {
    const fields = problems.record(record, `/${index}`)
    const id = fields && problems.id(fields['image_id'], `/${index}/image_id`)
    const caption = fields && problems.text(fields['caption'], `/${index}/caption`)
    if (id === undefined || caption === undefined) return
    const image = typeof fields!['image_id'] === annotations.idType ? known.get(id) : undefined
    if (image === undefined) {
      unknown.push(id)
      problems.note(`/${index}/image_id`, `the annotations have no image ${JSON.stringify(fields!['image_id'])}`)
    } else if (image.captions.length === 0) problems.note(`/${index}/image_id`, `image ${id} has no reference caption`)
    else if (found.has(id)) problems.note(`/${index}/image_id`, `image ${id} already has a caption`)
    found.set(id, caption)
  })
  if (unknown.length > 0 && problems.count === unknown.length)
    throw new Fault({
      kind: 'unprocessable',
      detail: `results file: results do not correspond to the annotations; unknown images: ${firstFew(unknown)}`,
      errors: problems.errors,
    })
  if (records!.length === 0) problems.note('', 'holds no result')
  problems.throwIfAny()
  const ordered = annotations.images.filter(({ id }) => found.has(id))
  return new Map(ordered.map(({ id }) => [id, found.get(id)!]))
}
