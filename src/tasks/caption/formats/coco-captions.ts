/**
 * MSCOCO captions: annotations (`captions_val2014.json`) and results, in the layout of tylin/coco-caption
 * @3a9afb2 `coco.py`.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import { parseOfficialJson } from '../../../files/json.ts'
import { firstFew, Problems } from '../../../files/problems.ts'
import type { Draft } from '../../draft.ts'
import { type Format, onlyRecord, type SourceFacts } from '../../format.ts'
import { readWhole } from '../../format-reader.ts'
import type { CaptionItem } from '../item.ts'

const IMAGES = 0
const ANNOTATIONS = 1

/**
 * An image: the type of its id, and its file name or null. A caption: the type of its image's id, and its
 * text.
 */
type Data = readonly [idType: string, text: string | null]

export const cocoCaptions: Format<Data, { idType: string }, Draft<CaptionItem>> = {
  task: 'caption',
  layout: 'arrays',
  lists: [
    { file: 'annotations', key: 'images' },
    { file: 'annotations', key: 'annotations' },
  ],
  split: 'none',
  strata: [],

  read({ list, index, value }, gathered, problems) {
    const pointer = list === IMAGES ? `/images/${index}` : `/annotations/${index}`
    const fields = problems.record(value, pointer)
    if (fields === undefined) return undefined
    const member = list === IMAGES ? 'id' : 'image_id'
    const id = problems.id(fields[member], `${pointer}/${member}`)
    const type = typeof fields[member]
    if (list === ANNOTATIONS) {
      const text = problems.text(fields['caption'], `${pointer}/caption`)
      return id === undefined || text === undefined ? undefined : { id, data: [type, text] }
    }
    if (id === undefined) return undefined
    gathered.idType ??= type
    if (type !== gathered.idType) problems.note(`${pointer}/id`, `must be a ${gathered.idType} like the ids before it`)
    const { file_name } = fields
    return { id, data: [type, typeof file_name === 'string' ? file_name : null] }
  },

  source: ({ idType = 'number' }) => ({ id_type: idType }),

  join(id, records, _source, problems) {
    const image = onlyRecord(records, IMAGES, cocoCaptions, 'id', problems)
    const captions = records.filter(({ list }) => list === ANNOTATIONS)
    const strays = captions.filter(({ data: [type] }) => type !== image?.data[0])
    for (const { index } of strays) problems.annotations.note(`/annotations/${index}/image_id`, `/images has no image ${id}`)
    if (image === undefined || strays.length > 0) return undefined
    const { index } = image
    const name = image.data[1]
    const references = captions.map(({ data: [, text] }) => text!)
    return {
      draft: { task: 'caption', id, cluster: id, position: index, references },
      labels: [],
      pictures: name === null ? [] : [[name, name.replace(/\.[^.]+$/, '')]],
      index,
      ...(references.length === 0 && {
        incomplete: {
          pointer: `/images/${index}`,
          detail: `image ${id} has no caption; the official evaluation fails on it too`,
        },
      }),
    }
  },

  readResults: readCaptionResults,
}

/**
 * Reads results in COCO's layout for the items of an imported dataset, all of which have captions.
 * @throws {Fault} as {@link readCocoResults}
 */
export function readCaptionResults(text: string, ids: readonly string[], source: SourceFacts): ReadonlyMap<string, string> {
  return readCocoResults(text, { ids, idType: idTypeOf(source) })
}

const idTypeOf = ({ id_type }: SourceFacts): 'number' | 'string' => (id_type === 'string' ? 'string' : 'number')

/** The images that results are checked against. */
export interface AnnotatedImages {
  /** In the order of `images[]`, in which the official code evaluates. */
  readonly ids: readonly string[]
  /** JSON type of the ids, which ids in a results file must have too. */
  readonly idType: 'number' | 'string'
  /** Ids of images without a caption. */
  readonly withoutCaption?: ReadonlySet<string>
}

/** Images with their captions in file order, not trimmed. */
export interface CocoCaptionAnnotations extends AnnotatedImages {
  readonly images: readonly { readonly id: string; readonly captions: readonly string[] }[]
}

/**
 * Reads `{images: [{id, file_name, …}, …], annotations: [{image_id, id, caption}, …], …}` whole. Images
 * without a caption are kept.
 * @throws {Fault} `unprocessable` for a missing list or field, mixed id types, a repeated image id, or an
 *   annotation without its image
 */
export function readCocoCaptions(file: Uint8Array): CocoCaptionAnnotations {
  const { items, source } = readWhole(cocoCaptions, { annotations: file }, { withPictures: false })
  const images = items.map(({ draft: { id, references } }) => ({ id, captions: references }))
  return {
    images,
    ids: images.map(({ id }) => id),
    idType: idTypeOf(source),
    withoutCaption: new Set(images.filter(({ captions }) => captions.length === 0).map(({ id }) => id)),
  }
}

/** The official code compares ids as they are, so 1 and "1" differ. */
const otherType = (idType: AnnotatedImages['idType']): string =>
  idType === 'number'
    ? '; these ids are texts, those of the annotations numbers: write 1 for "1"'
    : '; these ids are numbers, those of the annotations texts: write "1" for 1'

/**
 * Reads results `[{image_id, caption}, …]`, which may cover a subset of the images.
 * @returns captions by image id, in the order of `annotations.ids`
 * @throws {Fault} `unprocessable` where `loadRes` and `evaluate` fail: not a list, an unknown image, two
 *   captions for one image, an image without a reference, or an empty list
 */
export function readCocoResults(source: unknown, annotations: AnnotatedImages): Map<string, string> {
  const problems = new Problems('results')
  const records = problems.list(parseOfficialJson(source, 'results'), '')
  problems.throwIfAny()
  const known = new Set(annotations.ids)
  const found = new Map<string, string>()
  const unknown: string[] = []
  let isOtherType = false
  records!.forEach((record, index) => {
    const fields = problems.record(record, `/${index}`)
    const id = fields && problems.id(fields['image_id'], `/${index}/image_id`)
    const caption = fields && problems.text(fields['caption'], `/${index}/caption`)
    if (id === undefined || caption === undefined) return
    if (typeof fields!['image_id'] !== annotations.idType || !known.has(id)) {
      unknown.push(id)
      isOtherType ||= known.has(id)
      problems.note(`/${index}/image_id`, `the annotations have no image ${JSON.stringify(fields!['image_id'])}`)
    } else if (annotations.withoutCaption?.has(id)) problems.note(`/${index}/image_id`, `image ${id} has no reference caption`)
    else if (found.has(id)) problems.note(`/${index}/image_id`, `image ${id} already has a caption`)
    found.set(id, caption)
  })
  if (unknown.length > 0 && problems.count === unknown.length)
    throw new Fault({
      kind: 'unprocessable',
      detail: `results file: results do not correspond to the annotations; unknown images: ${firstFew(unknown)}${isOtherType ? otherType(annotations.idType) : ''}`,
      errors: problems.errors,
    })
  if (records!.length === 0) problems.note('', 'holds no result')
  problems.throwIfAny()
  return new Map(annotations.ids.flatMap((id) => (found.has(id) ? [[id, found.get(id)!]] : [])))
}
