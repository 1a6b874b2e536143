/**
 * `npm run -s bench -- quality FOLDER --model ID [--json]`: quality of a model on every dataset below a
 * folder, measured through Assay's API. `bench/quality/usage.txt` says which datasets it reads, and what it
 * prints.
 * @module
 */
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { apiClient, type ApiClient } from '../scripts/api-client.ts'
import { buildWorker } from '../scripts/build.ts'
import { startAssay } from '../scripts/server-process.ts'
import type { DatasetKind, Evaluated, Values } from './quality/dataset-kind.ts'
import { findDatasets, type FoundDataset } from './quality/find-datasets.ts'
import { DATASET_KINDS } from './quality/kinds.ts'

const say = (line: string): void => void process.stderr.write(`quality: ${line}\n`)

const { folder, model, asJson, split, server } = await readArguments()
const datasets = await findDatasets(folder, DATASET_KINDS)
if (datasets.length === 0) {
  say(`no dataset in ${folder}; see npm run bench -- quality --help`)
  process.exit(1)
}
say(`${datasets.length} ${datasets.length === 1 ? 'dataset' : 'datasets'}: ${datasets.map(({ name }) => name).join(', ')}`)

const { api, stop } = await connect()
const results = new Map<FoundDataset, Map<DatasetKind, Evaluated>>()
try {
  await api.get(`/v1/models/${encodeURIComponent(model)}`)
  for (const dataset of datasets) results.set(dataset, await evaluate(dataset))
} catch (error) {
  say(messageOf(error))
  process.exitCode = 1
} finally {
  await stop()
}
process.stdout.write(asJson ? `${JSON.stringify(asObject(), null, 2)}\n` : tables())

async function evaluate({ name, folder: place, kinds }: FoundDataset): Promise<Map<DatasetKind, Evaluated>> {
  const found = new Map<DatasetKind, Evaluated>()
  for (const kind of kinds) {
    const started = performance.now()
    try {
      const context = { api, model, split, say: (sentence: string) => say(`${name}: ${sentence}`) }
      const evaluated = await kind.evaluate(context, name, place)
      found.set(kind, evaluated)
      say(`${name}: ${JSON.stringify(evaluated.values)} in ${((performance.now() - started) / 1000).toFixed(0)} s`)
    } catch (error) {
      say(`${name}: not evaluated: ${messageOf(error)}`)
      process.exitCode = 1
    }
  }
  return found
}

function asObject(): Values {
  const entries = [...results]
    .filter(([, found]) => found.size > 0)
    .map(([{ name }, found]): [string, Values] => [
      name,
      Object.assign({}, ...[...found.values()].map(({ values }) => values)) as Values,
    ])
  return Object.fromEntries(entries)
}

/** A Markdown table per kind of dataset. */
function tables(): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return DATASET_KINDS.map((kind) => {
    const rows = [...results].flatMap(([{ name }, found]) => (found.has(kind) ? [[name, ...found.get(kind)!.cells]] : []))
    if (rows.length === 0) return ''
    const titles = ['dataset', ...kind.columns]
    return `\n${row(titles)}${row(titles.map((_, place) => (place === 0 ? '---' : '---:')))}${rows.map(row).join('')}`
  }).join('')
}

async function connect(): Promise<{ api: ApiClient; stop: () => Promise<void> }> {
  if (server !== undefined) return { api: apiClient(server.url, server.key), stop: async () => undefined }
  await buildWorker()
  const assay = await startAssay()
  return { api: apiClient(assay.url, assay.key.key), stop: () => assay.stop() }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function readArguments() {
  const usage = await readFile(new URL('quality/usage.txt', import.meta.url), 'utf8')
  try {
    const { values, positionals } = parseArgs({
      options: {
        model: { type: 'string', default: 'assay-clip' },
        json: { type: 'boolean', default: false },
        split: { type: 'string' },
        server: { type: 'string' },
        key: { type: 'string', ...(process.env['ASSAY_KEY'] === undefined ? {} : { default: process.env['ASSAY_KEY'] }) },
      },
      allowPositionals: true,
    })
    const [given, ...more] = positionals
    if (given === undefined || more.length > 0) throw new Error('give one folder')
    if (values.server !== undefined && values.key === undefined) throw new Error('--server needs --key')
    // npm has moved to the root, and says where the person is.
    const place = resolve(process.env['INIT_CWD'] ?? '.', given)
    if (!(await stat(place).catch(() => null))?.isDirectory()) throw new Error(`${place} is not a folder`)
    const address = values.server === undefined ? undefined : { url: values.server, key: values.key! }
    return { folder: place, model: values.model, asJson: values.json, split: values.split, server: address }
  } catch (error) {
    process.stderr.write(`quality: ${messageOf(error)}\n${usage}`)
    process.exit(2)
  }
}
