/**
 * Karpathy & Fei-Fei's splits of Flickr8k, Flickr30k and MSCOCO: `dataset_flickr8k.json`,
 * `dataset_flickr30k.json`, `dataset_coco.json` (https://cs.stanford.edu/people/karpathy/deepimagesent).
 * @module
 */
import { Problems } from '../../../files/problems.ts'
import type { Draft } from '../../draft.ts'
import { type Format, quotedFacts } from '../../format.ts'
import { readWhole } from '../../format-reader.ts'
import type { RetrievalItem } from '../item.ts'

interface Image {
  readonly names: readonly string[]
  readonly captions: readonly { readonly id: string; readonly text: string }[]
}

/** Place of a sentence, under its id: ids are unique in a split. */
type Sentence = string

interface Gathered {
  /** Images per split. */
  splits: Record<string, number>
  /** The file's own name, e.g. `flickr30k`. */
  dataset: string
}

/**
 * The images of one split: `train`, `restval` (COCO's, separate from `train`), `val` or `test`. `id` and
 * `cluster` are the `imgid`. Every caption is kept, in file order; the metric decides how many to score.
 */
export const karpathy: Format<Image | Sentence, Gathered, Draft<RetrievalItem>> = {
  task: 'retrieval',
  layout: 'arrays',
  lists: [{ file: 'annotations', key: 'images' }],
  called: 'Karpathy split',
  split: 'required',
  strata: [],

  read({ index, value }, gathered, problems, { split }) {
    const pointer = `/images/${index}`
    const fields = problems.record(value, pointer)
    const ownSplit = fields && problems.string(fields['split'], `${pointer}/split`)
    if (ownSplit === undefined) return undefined
    const splits = (gathered.splits ??= dictionary())
    splits[ownSplit] = (splits[ownSplit] ?? 0) + 1
    if (ownSplit !== split) return undefined
    const id = problems.id(fields!['imgid'], `${pointer}/imgid`)
    const filename = problems.string(fields!['filename'], `${pointer}/filename`)
    const captions = captionsOf(fields!['sentences'], `${pointer}/sentences`, problems)
    if (id === undefined || filename === undefined || captions.length === 0) return undefined
    const { filepath } = fields!
    const names = imageNames(filename, typeof filepath === 'string' ? filepath : undefined)
    const sentences = captions.map((caption, position) => ({
      id: SENTENCE + caption.id,
      data: `${pointer}/sentences/${position}`,
    }))
    return [{ id, data: { names, captions } }, ...sentences]
  },

  readHead(_file, { dataset }, gathered) {
    if (typeof dataset === 'string') gathered.dataset = dataset
  },

  source({ splits = {}, dataset }, _counts, { split }) {
    const problems = new Problems('Karpathy split')
    const known = Object.entries(splits).map(([name, count]) => `${name} (${count})`)
    if (!Object.hasOwn(splits, split!))
      problems.note('/images', `no image has split ${JSON.stringify(split)}; the file has ${known.join(', ') || 'no images'}`)
    problems.throwIfAny()
    return quotedFacts({ split: split!, dataset: dataset ?? null })
  },

  join(id, records, _source, problems) {
    const [first, ...others] = records
    if (typeof first!.data === 'string') {
      for (const { data } of others)
        problems.annotations.note(`${data as Sentence}/sentid`, `${id.slice(SENTENCE.length)} was already used by ${first!.data}`)
      return undefined
    }
    for (const { index } of others)
      problems.annotations.note(`/images/${index}/imgid`, `${id} was already used by /images/${first!.index}`)
    const { names, captions } = first!.data
    return {
      draft: { task: 'retrieval', id, cluster: id, captions: [...captions] },
      labels: [],
      pictures: [names],
      index: first!.index,
    }
  },

  readResults: null,
}

/** Sets ids of sentences apart from those of images. */
const SENTENCE = 'sentence\0'

/** An object for names from a file, including `__proto__`. */
const dictionary = (): Record<string, never> => Object.create(null) as Record<string, never>

function captionsOf(value: unknown, pointer: string, problems: Problems): { id: string; text: string }[] {
  const sentences = problems.list(value, pointer)
  if (sentences?.length === 0) problems.note(pointer, 'is empty')
  return (sentences ?? []).flatMap((sentence, position) => {
    const at = `${pointer}/${position}`
    const entry = problems.record(sentence, at)
    const text = entry && problems.text(entry['raw'], `${at}/raw`)
    const id = entry && problems.id(entry['sentid'], `${at}/sentid`)
    return text === undefined || id === undefined ? [] : [{ id, text }]
  })
}

/** The file name, its stem, and both under COCO's `filepath` folder. */
function imageNames(filename: string, filepath: string | undefined): string[] {
  const base = filename.slice(filename.lastIndexOf('/') + 1)
  const stem = base.replace(/\.[^.]+$/, '')
  const names = [stem, base]
  if (filename !== base) names.push(filename)
  if (filepath !== undefined) names.push(`${filepath}/${stem}`, `${filepath}/${base}`)
  return [...new Set(names)]
}

/**
 * Reads one split of a whole file, in file order.
 * @throws {Fault} `unprocessable` for a record without imgid, filename or raw sentences, a repeated imgid or
 *   sentid, or a split without images (the failure names the existing splits)
 */
export function readKarpathySplit(file: Uint8Array, { split }: { readonly split: string }): Draft<RetrievalItem>[] {
  return readWhole(karpathy, { annotations: file }, { split, withPictures: true }).items.map(({ draft }) => draft)
}
