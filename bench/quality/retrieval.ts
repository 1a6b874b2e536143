/**
 * Karpathy folders: one edge run per dataset with the criterion `retrieval`.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Dataset } from '../../scripts/api-client.ts'
import type { Report } from '../../src/contracts/report.ts'
import { type Context, type DatasetKind, percent, type Values } from './dataset-kind.ts'
import { edgeRun } from './edge-run.ts'
import { importPictures } from './import-pictures.ts'
import { findPicture, type Picture, sayMissing } from './pictures.ts'

interface KarpathyImage {
  readonly filename: string
  readonly filepath?: string
  readonly split?: string
  readonly imgid?: number
  readonly sentences: readonly { readonly raw: string; readonly sentid?: number }[]
}

export const retrieval: DatasetKind = {
  columns: ['gallery', 'chance', 'text → image R@1 (95 %)', 'R@5', 'R@10', 'image → text R@1 (95 %)', 'R@5', 'R@10', 'report'],
  recognises: async (_folder, files) => files.has('dataset.json'),

  async evaluate(context, name, folder) {
    const dataset = await importGallery(context, name, folder)
    const { run, report } = await edgeRun(context, { name, dataset, task: 'retrieval', criterion: 'retrieval' })
    const { items } = dataset.version
    const directions = ['text-to-image', 'image-to-text'].map((direction) => recallOf(report, `vse++/${direction}`))
    return {
      values: { text_to_image: directions[0]!.values, image_to_text: directions[1]!.values },
      cells: [
        String(items),
        percent(1 / items),
        ...directions.flatMap(({ cells }) => cells),
        `\`${run.report_digest?.slice(0, 12)}\``,
      ],
    }
  },
}

/** One direction's R@1 with its interval, R@5 and R@10. */
function recallOf(report: Report, variant: string): { values: Values; cells: readonly string[] } {
  const at = (depth: number) =>
    report.criteria[0]!.metrics.find((metric) => metric.variant === variant && metric.metric === `R@${depth}`)!
  const [first, fifth, tenth] = [at(1), at(5), at(10)] as const
  const bounds = first.interval === null ? '' : ` (${percent(first.interval.low)}–${percent(first.interval.high)})`
  return {
    values: { r1: first.value, r5: fifth.value, r10: tenth.value },
    cells: [`**${percent(first.value)}**${bounds}`, percent(fifth.value), percent(tenth.value)],
  }
}

async function importGallery({ api, split, say }: Context, name: string, folder: string): Promise<Dataset> {
  const file = JSON.parse(await readFile(join(folder, 'dataset.json'), 'utf8')) as { images?: readonly KarpathyImage[] }
  if (!Array.isArray(file.images)) throw new Error('dataset.json has no list "images"')
  const chosen = galleryOf(file.images as readonly KarpathyImage[], split, say)
  const entries: object[] = []
  const pictures: { name: string; picture: Picture }[] = []
  const missing: string[] = []
  let sentences = 0
  for (const [index, image] of chosen.entries()) {
    const found = await findPicture(join(folder, 'images'), namesOf(image))
    if (typeof found === 'string') {
      missing.push(found)
      continue
    }
    // Names of our own: file names may repeat in other folders, or lie about the format.
    const filename = `${String(index).padStart(6, '0')}${found.ending}`
    pictures.push({ name: filename, picture: found })
    entries.push({
      filename,
      split: 'test',
      imgid: image.imgid ?? index,
      sentences: image.sentences.map(({ raw, sentid }) => ({ raw, sentid: sentid ?? 1_000_000 + sentences++ })),
    })
  }
  sayMissing(missing, chosen.length, say)
  if (entries.length === 0) throw new Error('no picture of the gallery can be read')
  const annotations = JSON.stringify({ dataset: name, images: entries })
  return importPictures(api, { name, format: 'karpathy', split: 'test', annotations, pictures, say })
}

/** The split `test` where there is one, as is usual; otherwise all pictures. */
function galleryOf(images: readonly KarpathyImage[], asked: string | undefined, say: Context['say']): readonly KarpathyImage[] {
  const splits = new Set(images.map(({ split = '' }) => split))
  const split = asked ?? (splits.has('test') ? 'test' : 'all')
  if (split === 'all') return images
  if (!splits.has(split)) throw new Error(`no picture has split "${split}"; the file has ${[...splits].join(', ')}`)
  const chosen = images.filter((image) => image.split === split)
  if (chosen.length < images.length) say(`the gallery is the split "${split}": ${chosen.length} of ${images.length} pictures`)
  return chosen
}

function namesOf({ filename, filepath }: KarpathyImage): string[] {
  if (typeof filename !== 'string') return ['(no filename)']
  const below = typeof filepath === 'string' ? [join(filepath, filename)] : []
  return [...new Set([filename, ...below, basename(filename)])]
}
