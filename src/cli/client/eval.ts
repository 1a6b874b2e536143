/**
 * `assay eval`: import if new, eval, run, compare, gate, in one command. Several files are a suite, whose
 * gate passes if all of its runs do.
 * @module
 */
import { writeFile } from 'node:fs/promises'
import type { components } from '../../contracts/api-types.d.ts'
import { digestOf } from '../../contracts/digest.ts'
import { UsageError } from '../arguments.ts'
import type { Connection } from '../connection.ts'
import { compareOnServer } from './compare.ts'
import { type ClientCall, type ClientCommand, show } from './command.ts'
import { type EvalConfig, type EvalConfigFile, readEvalConfig } from './eval-config.ts'
import { findEval } from './find-eval.ts'
import { followRun, type RunObject } from './follow-run.ts'
import { type ComparisonObject, comparisonText, runCsv, runJunit, runText } from './run-tables.ts'
import { type DatasetObject, importDataset, uploadFile } from './upload.ts'

type EvalObject = components['schemas']['Eval']

/** Most files of one suite. */
const MOST_CONFIGS = 20

export const evalCommand: ClientCommand = {
  usage: 'eval <config.json|config.yaml>… [--baseline RUN] [--junit FILE] [--csv FILE]',
  examples: ['eval pets.yaml', 'eval pets.yaml --junit results.xml', 'eval pets.yaml photos.yaml --junit results.xml'],
  options: ['baseline', 'junit', 'csv'],
  positionals: [1, MOST_CONFIGS],
  run: evaluate,
}

/** A run after its end, and its comparison with the baseline of its file. */
interface Evaluated {
  readonly run: RunObject
  readonly comparison: ComparisonObject | null
}

/** @returns 0; 1 if a run failed or its gate did */
async function evaluate(call: ClientCall): Promise<number> {
  const { io, server, positionals } = call
  const say = (line: string) => io.stderr(`assay: ${line}\n`)
  // All are read before anything is started.
  const files: EvalConfigFile[] = []
  for (const path of positionals) files.push(await readEvalConfig(path))
  const started: RunObject[] = []
  for (const file of files) started.push(await startEval(server, file, say))
  const evaluated: Evaluated[] = []
  for (const [index, first] of started.entries()) {
    const run = await followRun(server, first, io)
    const baseline = call.option('baseline') ?? files[index]!.config.baseline
    const comparison =
      baseline === undefined || run.report_digest === null
        ? null
        : await compareOnServer(server, { baseline, treatments: [run.id] })
    evaluated.push({ run, comparison })
  }
  const runs = evaluated.map(({ run }) => run)
  await writeFiles(call, runs)
  const passed = runs.filter((run) => exitStatus(run) === 0).length
  const verdict = passed === runs.length ? 'passed' : 'failed'
  const isSuite = runs.length > 1
  show(call, isSuite ? { verdict, runs: evaluated } : evaluated[0], () =>
    [...evaluated.map(evaluatedText), ...(isSuite ? [`suite ${verdict}: ${passed} of ${runs.length} runs passed`] : [])].join(
      '\n',
    ),
  )
  return verdict === 'passed' ? 0 : 1
}

async function startEval(server: Connection, file: EvalConfigFile, say: (line: string) => void): Promise<RunObject> {
  const dataset = await datasetOf(server, file, say)
  const evalId = await evalOf(server, file.config, dataset, say)
  const started = await server.send<RunObject>('POST', `/v1/evals/${evalId}/runs`, await runRequest(server, file, dataset))
  say(`run ${started.id} of ${evalId}: ${started.result_counts.total} items`)
  return started
}

const evaluatedText = ({ run, comparison }: Evaluated): string =>
  [runText(run), ...(comparison === null ? [] : [comparisonText(comparison)])].join('\n')

/** 0 for a completed run whose gate, if it has one, passed; otherwise 1. */
export function exitStatus({ status, gate }: RunObject): number {
  return status === 'completed' && (gate === null || gate.verdict === 'passed') ? 0 : 1
}

/** Writes the files that `--junit` and `--csv` ask for. */
export async function writeFiles({ option }: ClientCall, runs: readonly RunObject[]): Promise<void> {
  for (const [name, content] of [
    ['junit', runJunit],
    ['csv', runCsv],
  ] as const) {
    const path = option(name)
    if (path === undefined) continue
    await writeFile(path, content(runs)).catch((error: Error) => {
      throw new UsageError(`cannot write ${path}: ${error.message}`, { cause: error })
    })
  }
}

async function datasetOf(server: Connection, file: EvalConfigFile, say: (line: string) => void): Promise<DatasetObject | null> {
  const { dataset } = file.config
  if (dataset === undefined) return null
  if (typeof dataset === 'string') return server.call('GET', `/v1/datasets/${encodeURIComponent(dataset)}`)
  const imported = await importDataset(server, dataset, file, say)
  say(`dataset ${imported.id}@${imported.version.digest}: ${imported.version.items} items${picturesText(imported)}`)
  return imported
}

/**
 * Pictures that were not found, or not asked for, are mostly a mistake in names.
 * @internal
 */
export function picturesText({
  version: { images },
  items_without_image: without = 0,
  unused_images: unused = 0,
}: DatasetObject): string {
  if (images === 0 && unused === 0) return ''
  const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
  return [
    `, ${counted(images, 'picture')}`,
    ...(without === 0 ? [] : [`; ${counted(without, 'item')} without a picture`]),
    ...(unused === 0 ? [] : [`; ${counted(unused, 'picture')} without an item`]),
  ].join('')
}

/** An eval that an earlier call made from the same criteria is used again. */
async function evalOf(
  server: Connection,
  config: EvalConfig,
  dataset: DatasetObject | null,
  say: (line: string) => void,
): Promise<string> {
  if (typeof config.eval === 'string') return config.eval
  const { name = config.name, data_source_config: given, ...rest } = config.eval
  const source = given ?? (dataset && { type: 'dataset', task: dataset.version.task })
  if (source === null) throw new UsageError('/eval/data_source_config is missing: it says what the items of run.data_source are')
  const request = { ...rest, ...(name !== undefined && { name }), data_source_config: source }
  const digest = await digestOf(request)
  const found = await findEval(server, CONFIG_DIGEST, digest)
  if (found !== null) return found.id
  const made = await server.send<EvalObject>('POST', '/v1/evals', { ...request, metadata: { [CONFIG_DIGEST]: digest } })
  say(`eval ${made.id}`)
  return made.id
}

/** Key of an eval's metadata: SHA-256 of the request that made it. */
const CONFIG_DIGEST = 'assay_config_sha256'
async function runRequest(server: Connection, file: EvalConfigFile, dataset: DatasetObject | null): Promise<object> {
  const { config } = file
  const { subject, limit, data_source: given, name = config.name, ...rest } = config.run
  const source =
    dataset === null
      ? await withFile(server, file, given!)
      : {
          type: 'dataset',
          dataset: `${dataset.id}@${dataset.version.digest}`,
          subject: await withFile(server, file, subject!),
          ...(limit !== undefined && { limit }),
        }
  return {
    ...rest,
    ...(name !== undefined && { name }),
    ...(config.gate !== undefined && { gate: config.gate }),
    data_source: source,
  }
}

/** Uploads the file that a data source or a subject names, and names its id instead. */
async function withFile(
  server: Connection,
  { path }: EvalConfigFile,
  { file, ...rest }: Readonly<Record<string, unknown>>,
): Promise<object> {
  if (typeof file !== 'string') return rest
  const id = await uploadFile(server, path(file))
  return rest['type'] === 'results' || rest['type'] === 'scores' || rest['type'] === 'embeddings'
    ? { ...rest, file_id: id }
    : { ...rest, source: { type: 'file_id', id } }
}
