/**
 * Classification folders: one edge run per dataset with the criterion `classification_accuracy`.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset } from '../../scripts/api-client.ts'
import { type Context, type DatasetKind, percent } from './dataset-kind.ts'
import { edgeRun } from './edge-run.ts'
import { importPictures } from './import-pictures.ts'
import { findPicture, type Picture, sayMissing } from './pictures.ts'

/** Among so many labels every one is one of the first five. */
const FEW_LABELS = 5

export const classification: DatasetKind = {
  columns: ['pictures', 'labels', 'top-1 (95 %)', 'top-5', 'balanced', 'report'],
  recognises: async (_folder, files) => files.has('labels.json') && files.has('names.json'),

  async evaluate(context, name, folder) {
    const { dataset, labels } = await importLabelled(context, name, folder)
    const { run, report } = await edgeRun(context, {
      name,
      dataset,
      task: 'classification',
      criterion: 'classification_accuracy',
    })
    const of = (wanted: string) => report.criteria[0]!.metrics.find(({ metric }) => metric === wanted)!
    const [first, five, balanced] = [of('top1_accuracy'), of('top5_accuracy'), of('balanced_accuracy')]
    const top5 = labels <= FEW_LABELS ? 1 : five.value
    const bounds = first.interval === null ? '' : ` (${percent(first.interval.low)}–${percent(first.interval.high)})`
    return {
      values: { top1: first.value, top5 },
      cells: [
        String(first.n),
        String(labels),
        `**${percent(first.value)}**${bounds}`,
        percent(top5),
        percent(balanced.value),
        `\`${run.report_digest?.slice(0, 12)}\``,
      ],
    }
  },
}

interface Labelled {
  readonly dataset: Dataset
  readonly labels: number
}

/** Pictures that are missing or cannot be read are left out. The API checks the rest of both files. */
async function importLabelled({ api, say }: Context, name: string, folder: string): Promise<Labelled> {
  const names = await readFile(join(folder, 'names.json'), 'utf8')
  const labels = objectOf(JSON.parse(await readFile(join(folder, 'labels.json'), 'utf8')))
  const kept: Record<string, unknown> = {}
  const pictures: { name: string; picture: Picture }[] = []
  const missing: string[] = []
  for (const [file, label] of Object.entries(labels)) {
    const found = await findPicture(join(folder, 'images'), [file])
    if (typeof found === 'string') {
      missing.push(found)
      continue
    }
    // Names of our own: file names may repeat in other folders, or lie about the format.
    const filename = `${String(pictures.length).padStart(6, '0')}${found.ending}`
    pictures.push({ name: filename, picture: found })
    kept[filename] = label
  }
  sayMissing(missing, pictures.length + missing.length, say)
  if (pictures.length === 0) throw new Error('no picture that labels.json names can be read')
  const annotations = JSON.stringify(kept)
  const dataset = await importPictures(api, { name, format: 'classification', annotations, names, pictures, say })
  return { dataset, labels: Object.keys(JSON.parse(names) as object).length }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('labels.json must be an object from file names to labels')
  return value as Readonly<Record<string, unknown>>
}
