/**
 * Folders of NLVR v1 (Suhr et al., ACL 2017): JSON Lines of statements, and pictures by identifier. One edge
 * run with the criterion `nlvr` over all pictures.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Context, type DatasetKind, percent } from './dataset-kind.ts'
import { edgeRun } from './edge-run.ts'
import { importPictures } from './import-pictures.ts'
import { findPicture, firstLines, type Picture, sayMissing } from './pictures.ts'

const OTHER_KINDS = new Set(['dataset.json', 'labels.json', 'names.json'])
const MEMBERS = ['sentence', 'label', 'identifier', 'directory'] as const
/** Each example is shown in all six orders of its boxes. */
const ORDERS = 6
const SPLITS = ['train', 'dev', 'test', 'hidden']

export const nlvr: DatasetKind = {
  columns: ['n', 'accuracy (95 %)', 'consistency', 'report'],
  async recognises(folder, files) {
    return files.has('images') && (await statements(folder)) !== undefined
  },

  async evaluate(context, name, folder) {
    const dataset = await importStatements(context, name, folder)
    const { run, report } = await edgeRun(context, { name, dataset, task: 'nlvr', criterion: 'nlvr' })
    const of = (wanted: string) => report.criteria[0]!.metrics.find(({ metric, slice }) => metric === wanted && !slice)!
    const [accuracy, consistency] = [of('accuracy'), of('consistency')]
    const bounds = accuracy.interval ? ` (${percent(accuracy.interval.low)}–${percent(accuracy.interval.high)})` : ''
    return {
      values: { accuracy: accuracy.value, consistency: consistency.value, n: accuracy.n },
      cells: [
        String(accuracy.n),
        `**${percent(accuracy.value)}**${bounds}`,
        percent(consistency.value),
        `\`${run.report_digest?.slice(0, 12)}\``,
      ],
    }
  },
}

/** The file of statements, if the folder has one. */
async function statements(folder: string): Promise<string | undefined> {
  return [...(await firstLines(folder, OTHER_KINDS))].find(([, line]) => isStatement(line))?.[0]
}

interface Example {
  readonly identifier: string
  readonly directory: string
}

/** Examples of which a picture is missing are left out. */
export async function importStatements({ api, say }: Pick<Context, 'api' | 'say'>, name: string, folder: string) {
  const file = (await statements(folder))!
  const lines = (await readFile(join(folder, file), 'utf8')).split('\n').filter((line) => line.trim() !== '')
  const kept: string[] = []
  const pictures: { name: string; picture: Picture }[] = []
  const missing: string[] = []
  let split: string | undefined
  for (const line of lines) {
    const { identifier, directory } = JSON.parse(line) as Example
    const own: { name: string; picture: Picture }[] = []
    for (let order = 0; order < ORDERS; order++) {
      const stems = (split === undefined ? SPLITS : [split]).map((each) => `${each}-${identifier}-${order}`)
      const names = stems.flatMap((stem) => ['.png', '.webp'].map((ending) => join(directory, stem + ending)))
      const found = await findPicture(join(folder, 'images'), names)
      if (typeof found === 'string') {
        missing.push(found)
        continue
      }
      split ??= SPLITS.find((each) => found.path.includes(`${each}-${identifier}-${order}`))
      own.push({ name: `${split}-${identifier}-${order}${found.ending}`, picture: found })
    }
    if (own.length < ORDERS) continue
    kept.push(line)
    pictures.push(...own)
  }
  sayMissing(missing, lines.length * ORDERS, say)
  if (split === undefined || kept.length === 0) throw new Error(`no picture of ${file} can be read`)
  const annotations = `${kept.join('\n')}\n`
  return importPictures(api, { name, format: 'nlvr', split, annotations, pictures, say })
}

function isStatement(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && MEMBERS.every((member) => member in value)
  } catch {
    return false
  }
}
