/**
 * Memory of every graph of the shipped models that answer, beside what their manifests say. The Worker drops
 * and loads models by the manifests' numbers.
 *
 *     npm run bench -- resident [--sessions 12]
 *
 * Each graph is loaded so many times over and run on the largest input that its manifest allows.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { ROOT } from '../scripts/paths.ts'
import { nodeRuntime } from '../src/cli/models/node-runtime.ts'
import { answeringManifest } from '../src/contracts/fusion-manifest.ts'
import { graphsOf, growthOf, vocabularyOf } from './resident/growth.ts'
import { table } from './score/summary.ts'

const { values } = parseArgs({ options: { sessions: { type: 'string', default: '12' } } })
const sessions = Number(values.sessions)
if (!Number.isInteger(sessions) || sessions < 2 || sessions > 40)
  throw new Error('--sessions must be a whole number from 2 to 40')

const mb = (bytes: number): string => (bytes / 1e6).toFixed(2)
const runtime = await nodeRuntime()
const rows: string[][] = []
/** Detector and namer are the same files in several models. */
const known = new Map<string, number>()
for (const id of (await readdir(join(ROOT, 'models'))).toSorted()) {
  const folder = join(ROOT, 'models', id)
  const { success, data: manifest } = answeringManifest.safeParse(
    JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')),
  )
  if (!success) continue
  const vocabulary = vocabularyOf(await readFile(join(folder, manifest.tokenizer.file), 'utf8'))
  for (const graph of graphsOf(manifest, vocabulary)) {
    const { sha256, bytes, resident_bytes: said } = graph.graph
    const grown = known.get(sha256) ?? (await growthOf(runtime, folder, [graph], sessions))
    known.set(sha256, grown)
    rows.push([manifest.id, graph.name, mb(bytes), mb(grown), mb(said)])
  }
}
process.stdout.write(`${table([['model', 'graph', 'file MB', 'memory MB', 'manifest MB'], ...rows])}\n`)
