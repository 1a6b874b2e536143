/**
 * Karpathy & Fei-Fei's splits of Flickr8k, Flickr30k and MSCOCO: `dataset_flickr8k.json`, `dataset_flickr30k.json`,
 * `dataset_coco.json` (https://cs.stanford.edu/people/karpathy/deepimagesent).
 * @module
 */
import type { ItemDraft } from '../../task.ts'
import type { RetrievalItem } from '../item.ts'
import { parseOfficialJson } from '../../../files/json.ts'
import { Problems } from '../../../files/problems.ts'

export interface KarpathySplit {
  /** In file order; `id` and `cluster` are the `imgid`. */
  readonly drafts: ItemDraft<RetrievalItem>[]
  /** The file's `dataset`, e.g. `flickr30k`, or null. */
  readonly dataset: string | null
}

/**
 * Reads the images of one split: `train`, `restval` (COCO's, kept apart from `train`), `val` or `test`.
 *
 * Every caption is kept, in file order; that official code scores the first five is the metric's matter.
 * @param source - parsed JSON or its text.
 * @throws {Fault} `unprocessable`: a record without imgid, filename or raw sentences, an imgid or sentid used twice, or a split that
 * has no image (the failure names those that do).
 */
export function readKarpathySplit(source: unknown, { split }: { readonly split: string }): KarpathySplit {
  const problems = new Problems('Karpathy split')
  const file = problems.record(parseOfficialJson(source, 'Karpathy split'), '')
  const images = file && problems.list(file['images'], '/images')
  problems.throwIfAny()
  const drafts: ItemDraft<RetrievalItem>[] = []
  const splits = new Map<string, number>()
  const seenImages = new Map<string, number>()
  const seenSentences = new Map<string, string>()
  images!.forEach((image, index) => {
    const pointer = `/images/${index}`
    const fields = problems.record(image, pointer)
    const ownSplit = fields && problems.string(fields['split'], `${pointer}/split`)
    if (ownSplit === undefined) return
    splits.set(ownSplit, (splits.get(ownSplit) ?? 0) + 1)
    if (ownSplit !== split) return

    const id = problems.id(fields!['imgid'], `${pointer}/imgid`)
    const filename = problems.string(fields!['filename'], `${pointer}/filename`)
    const sentences = problems.list(fields!['sentences'], `${pointer}/sentences`)
    if (sentences?.length === 0) problems.note(`${pointer}/sentences`, 'is empty')
    const captions = (sentences ?? []).flatMap((sentence, position) => {
      const at = `${pointer}/sentences/${position}`
      const entry = problems.record(sentence, at)
      const text = entry && problems.text(entry['raw'], `${at}/raw`)
      const sentid = entry && problems.id(entry['sentid'], `${at}/sentid`)
      if (text === undefined || sentid === undefined) return []
      const first = seenSentences.get(sentid)
      if (first !== undefined) problems.note(`${at}/sentid`, `${sentid} was already used by ${first}`)
      seenSentences.set(sentid, at)
      return [{ id: sentid, text }]
    })
    if (id === undefined || filename === undefined || captions.length === 0) return
    const first = seenImages.get(id)
    if (first !== undefined) problems.note(`${pointer}/imgid`, `${id} was already used by /images/${first}`)
    seenImages.set(id, index)
    const filepath = typeof fields!['filepath'] === 'string' ? fields!['filepath'] : undefined
    drafts.push({ task: 'retrieval', id, cluster: id, image_names: imageNames(filename, filepath), captions })
  })
  if (!splits.has(split)) {
    const known = [...splits].map(([name, count]) => `${name} (${count})`).join(', ')
    problems.note('/images', `no image has split ${JSON.stringify(split)}; the file has ${known || 'no images'}`)
  }
  problems.throwIfAny()
  return { drafts, dataset: typeof file!['dataset'] === 'string' ? file!['dataset'] : null }
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
