/**
 * `assay run`, `runs`, `items`, `compare` and `verify`.
 * @module
 */
import type { components } from '../../contracts/api-types.d.ts'
import { UsageError } from '../arguments.ts'
import { formatTable } from '../table.ts'
import { type ClientCall, type ClientCommand, show } from './command.ts'
import { compareOnServer } from './compare.ts'
import { exitStatus, writeFiles } from './eval.ts'
import { followRun, runPath, type RunObject } from './follow-run.ts'
import { allOf, pagesOf } from './pages.ts'
import { comparisonText, runText } from './run-tables.ts'
import { verifyRun } from './verify.ts'

type Schemas = components['schemas']

const RUN = 'eval_…/evalrun_…'

export const runVerbs: Readonly<Record<string, ClientCommand>> = {
  run: {
    usage: `run <${RUN}> [--wait] [--junit FILE] [--csv FILE]`,
    examples: ['run eval_019…/evalrun_019… --wait'],
    options: ['junit', 'csv'],
    flags: ['wait'],
    positionals: [1, 1],
    async run(call) {
      const found = await call.server.call<RunObject>('GET', runPath(runOf(call.positionals[0]!)))
      const run = call.flag('wait') ? await followRun(call.server, found, call.io) : found
      await writeFiles(call, [run])
      show(call, run, () => runText(run))
      return run.status === 'in_progress' || run.status === 'queued' ? 0 : exitStatus(run)
    },
  },
  runs: {
    usage: 'runs <eval> [--status …]',
    examples: ['runs eval_019…', 'runs eval_019… --status failed'],
    options: ['status'],
    positionals: [1, 1],
    async run(call) {
      const status = call.option('status')
      const query = status === undefined ? '' : `status=${encodeURIComponent(status)}`
      const path = `/v1/evals/${encodeURIComponent(call.positionals[0]!)}/runs`
      const runs = await allOf<RunObject>(call.server, path, query)
      show(call, runs, () =>
        formatTable(
          [
            { title: 'run', cell: ({ eval_id: evalId, id }) => `${evalId}/${id}` },
            { title: 'status', cell: (run) => run.status },
            { title: 'gate', cell: ({ gate }) => gate?.verdict ?? '' },
            { title: 'model', cell: ({ model }) => model },
            { title: 'items', cell: ({ result_counts: { total } }) => String(total), right: true },
            { title: 'errored', cell: ({ result_counts: { errored } }) => String(errored), right: true },
            { title: 'name', cell: ({ name }) => name ?? '' },
          ],
          runs,
        ),
      )
      return 0
    },
  },
  items: {
    usage: `items <${RUN}> [--status pass|fail|error] [--limit N]`,
    examples: ['items eval_019…/evalrun_019… --status error --limit 20'],
    options: ['status', 'limit'],
    positionals: [1, 1],
    async run(call) {
      const status = call.option('status')
      const limit = call.wholeNumber('limit') ?? Infinity
      const query = status === undefined ? '' : `status=${encodeURIComponent(status)}`
      let shown = 0
      // One JSON object per line, with or without --json: a run may have a million items.
      for await (const item of pagesOf<Schemas['OutputItem']>(
        call.server,
        `${runPath(runOf(call.positionals[0]!))}/output_items`,
        query,
      )) {
        if (shown++ >= limit) break
        call.io.stdout(`${JSON.stringify(item)}\n`)
      }
      return 0
    },
  },
  export: {
    usage: `export <${RUN}> items.jsonl|items.csv|results|eval_results.yaml [--hub-dataset … --task-id …] [--criterion …] [--metric …] [--leave-out-unanswered]`,
    examples: [
      'export eval_019…/evalrun_019… items.csv > items.csv',
      'export eval_019…/evalrun_019… results > results.json',
      'export eval_019…/evalrun_019… eval_results.yaml --hub-dataset owner/name --task-id default',
    ],
    options: ['hub-dataset', 'task-id', 'criterion', 'metric'],
    flags: ['leave-out-unanswered'],
    positionals: [2, 2],
    run: exportRun,
  },
  publish: visibilityCommand('publish', 'public'),
  unpublish: visibilityCommand('unpublish', 'private'),
  compare: {
    usage: 'compare <baseline run> <treatment run>… [--criteria a,b] [--margin N] [--level N] [--seed N] [--fail-on degraded]',
    examples: ['compare evalrun_019… evalrun_019… --margin 0.02 --fail-on degraded'],
    options: ['criteria', 'margin', 'level', 'seed', 'fail-on'],
    positionals: [2, 9],
    run: compare,
  },
  verify: {
    usage: `verify <${RUN}> [--keys FILE]`,
    examples: ['verify eval_019…/evalrun_019…', 'verify eval_019…/evalrun_019… --keys trusted-keys.json'],
    options: ['keys'],
    positionals: [1, 1],
    run: (call) => verifyRun(call, runPath(runOf(call.positionals[0]!))),
  },
}

/** `publish` and `unpublish`. */
function visibilityCommand(verb: string, visibility: 'public' | 'private'): ClientCommand {
  return {
    usage: `${verb} <${RUN}>`,
    examples: [`${verb} eval_019…/evalrun_019…`],
    positionals: [1, 1],
    async run(call) {
      const run = await call.server.send<RunObject>('PATCH', runPath(runOf(call.positionals[0]!)), { visibility })
      show(call, run, () => `${run.id} is ${run.visibility}`)
      return 0
    },
  }
}

const EXPORTS = ['items.jsonl', 'items.csv', 'results', 'eval_results.yaml']

/** Writes an export to stdout as it arrives. */
async function exportRun({ server, io, positionals: [run, file], option, flag }: ClientCall): Promise<number> {
  if (!EXPORTS.includes(file!)) throw new UsageError(`export writes ${EXPORTS.join(', ')}; not ${JSON.stringify(file)}`)
  const query = new URLSearchParams()
  for (const [name, parameter] of [
    ['hub-dataset', 'dataset'],
    ['task-id', 'task_id'],
    ['criterion', 'criterion'],
    ['metric', 'metric'],
  ] as const) {
    const value = option(name)
    if (value !== undefined) query.set(parameter, value)
  }
  if (flag('leave-out-unanswered')) query.set('unanswered', 'leave_out')
  if (file === 'eval_results.yaml' && !query.has('dataset'))
    throw new UsageError('--hub-dataset is missing: the benchmark on the Hub that the entry is for, owner/name')
  const asked = query.size === 0 ? '' : `?${query.toString()}`
  const body = await server.stream(`${runPath(runOf(run!))}/exports/${file}${asked}`)
  if (body !== null) for await (const text of body.pipeThrough(new TextDecoderStream())) io.stdout(text)
  return 0
}

async function compare(call: ClientCall): Promise<number> {
  const failOn = call.option('fail-on')
  if (failOn !== undefined && failOn !== 'degraded') throw new UsageError(`--fail-on must be degraded, is ${failOn}`)
  const [baseline, ...treatments] = call.positionals.map((word) => word.split('/').at(-1)!)
  const optional = {
    criteria: call.option('criteria')?.split(','),
    margin: call.number('margin'),
    level: call.number('level'),
    seed: call.wholeNumber('seed'),
  }
  const made = await compareOnServer(call.server, { baseline, treatments, ...optional })
  show(call, made, () => comparisonText(made))
  return failOn !== undefined && made.results.some(({ verdict }) => verdict === failOn) ? 1 : 0
}

/** @throws {UsageError} unless the word names an eval and a run of it */
function runOf(word: string): { readonly eval_id: string; readonly id: string } {
  const [evalId, id, ...rest] = word.split('/')
  if (!evalId?.startsWith('eval_') || !id?.startsWith('evalrun_') || rest.length > 0)
    throw new UsageError(`a run is named ${RUN}, as "assay runs" lists it; not ${JSON.stringify(word)}`)
  return { eval_id: encodeURIComponent(evalId), id: encodeURIComponent(id) }
}
