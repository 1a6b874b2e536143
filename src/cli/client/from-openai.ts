/**
 * `assay from-openai`: brings saved evals and runs of OpenAI's Evals API. The same criteria judge the saved
 * answers again, and the new grades are compared with the saved ones.
 * @module
 */
import type { components } from '../../contracts/api-types.d.ts'
import { isRecord } from '../../files/json.ts'
import { type Connection, ServerError } from '../connection.ts'
import { formatTable } from '../table.ts'
import { type ClientCall, type ClientCommand, show } from './command.ts'
import { findEval } from './find-eval.ts'
import { followRun, type RunObject } from './follow-run.ts'
import { allOf, pagesOf } from './pages.ts'
import { readSavedEvals, type SavedEval, type SavedEvals, type SavedItem, type SavedRun } from './saved-evals.ts'
import { uploadText } from './upload.ts'

type Schemas = components['schemas']

/** Key of the metadata of an eval or run that was brought: its id at OpenAI. */
const ORIGIN = 'openai_id'
const MOST_FILES = 1000

export const fromOpenAICommand: ClientCommand = {
  usage: 'from-openai <file>… [--evals-only]',
  examples: ['from-openai saved.jsonl', 'from-openai evals.json runs.json items.jsonl', 'from-openai evals.json --evals-only'],
  flags: ['evals-only'],
  positionals: [1, MOST_FILES],
  run: bring,
}

/** Something saved that could not be brought. */
interface Refused {
  /** Its id at OpenAI. */
  readonly id: string
  readonly reason: string
}

/** Grades of one criterion, before and now, over the items that have both. */
interface Agreement {
  readonly openai_run: string
  readonly run: string
  readonly criterion: string
  readonly n: number
  readonly passed_before: number
  readonly passed: number
  /** Items with a grade before that have none now. */
  readonly unscored: number
  /** `datasource_item_id` of the items with another grade. */
  readonly differ: readonly number[]
}

interface Brought {
  readonly evals: { openai_id: string; id: string }[]
  readonly runs: { openai_id: string; eval_id: string; id: string; status: string }[]
  readonly criteria: Agreement[]
  readonly refused: Refused[]
}

/** @returns 0; 1 if something was not brought */
async function bring(call: ClientCall): Promise<number> {
  const saved = await readSavedEvals(call.positionals)
  const brought: Brought = { evals: [], runs: [], criteria: [], refused: [] }
  for (const evaluation of saved.evals.values())
    await orRefused(brought, evaluation.id, async () => {
      const id = await bringEval(call.server, evaluation)
      brought.evals.push({ openai_id: evaluation.id, id })
      if (!call.flag('evals-only')) await bringRuns(call, saved, evaluation, id, brought)
    })
  if (!call.flag('evals-only')) refuseOrphans(saved, brought)
  show(call, brought, () => broughtText(brought))
  for (const { id, reason } of brought.refused) call.io.stderr(`assay: ${id} was not brought: ${reason}\n`)
  return brought.refused.length === 0 ? 0 : 1
}

/** A refusal of the server is about one object; without an answer nothing more can be brought. */
async function orRefused({ refused }: Brought, id: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof ServerError) || error.status === null || error.status >= 500) throw error
    refused.push({ id, reason: error.message })
  }
}

/** An eval that an earlier call brought is used again. */
async function bringEval(server: Connection, { id, name, metadata, ...saved }: SavedEval): Promise<string> {
  const found = await findEval(server, ORIGIN, id)
  if (found !== null) return found.id
  const made = await server.send<Schemas['Eval']>('POST', '/v1/evals', {
    ...named(name),
    metadata: withOrigin(metadata, id),
    data_source_config: configOf(saved.data_source_config),
    testing_criteria: saved.testing_criteria.map(({ id: _id, ...criterion }) => criterion),
  })
  return made.id
}

async function bringRuns(
  call: ClientCall,
  saved: SavedEvals,
  { id }: SavedEval,
  evalId: string,
  brought: Brought,
): Promise<void> {
  const earlier = await allOf<RunObject>(call.server, `/v1/evals/${evalId}/runs`)
  for (const run of saved.runs.values()) {
    if (run.eval_id !== id) continue
    const items = saved.items.get(run.id) ?? []
    if (items.length === 0) {
      brought.refused.push({ id: run.id, reason: 'none of its output items was saved' })
      continue
    }
    await orRefused(brought, run.id, async () => {
      const found = earlier.find(({ metadata }) => metadata?.[ORIGIN] === run.id)
      const ended = await followRun(call.server, found ?? (await startRun(call.server, evalId, run, items)), call.io)
      brought.runs.push({ openai_id: run.id, eval_id: evalId, id: ended.id, status: ended.status })
      if (ended.error !== null) brought.refused.push({ id: run.id, reason: ended.error.message })
      brought.criteria.push(...(await agreementOf(call.server, run, ended, items)))
    })
  }
}

/** Every item counts, also one without an answer; so a run of many errors still has its report. */
async function startRun(
  server: Connection,
  evalId: string,
  { id, name, metadata }: SavedRun,
  items: readonly SavedItem[],
): Promise<RunObject> {
  const file = await uploadText(server, `${id}.jsonl`, items.map((item) => `${JSON.stringify(elementOf(item))}\n`).join(''))
  return server.send('POST', `/v1/evals/${evalId}/runs`, {
    ...named(name),
    metadata: withOrigin(metadata, id),
    data_source: { type: 'jsonl', source: { type: 'file_id', id: file } },
    max_errored: 1,
  })
}

/** A run whose eval was not saved has no criteria. */
function refuseOrphans({ evals, runs }: SavedEvals, { refused }: Brought): void {
  for (const { id, eval_id: evalId } of runs.values())
    if (!evals.has(evalId)) refused.push({ id, reason: `its eval ${evalId} was not saved` })
}

/**
 * Answers have a `schema` of an element where requests have an `item_schema`. Stored completions stay at
 * OpenAI, so their evals become evals of saved samples.
 */
function configOf({ schema, item_schema: given }: SavedEval['data_source_config']): object {
  const properties = isRecord(schema) && isRecord(schema['properties']) ? schema['properties'] : {}
  const itemSchema = [given, properties['item']].find(isRecord) ?? { type: 'object' }
  return { type: 'custom', item_schema: itemSchema, include_sample_schema: true }
}

/** An element of a data source. Without an answer it has no sample, and graders that read one say so. */
function elementOf({ datasource_item: item, sample }: SavedItem): object {
  if (!isRecord(sample)) return { item }
  const messages = Array.isArray(sample['output']) ? sample['output'].filter(isRecord) : []
  const texts = messages.flatMap(({ content }) => (typeof content === 'string' ? [content] : []))
  const tools = messages.flatMap(({ tool_calls: calls }) => (Array.isArray(calls) ? (calls as unknown[]) : []))
  if (texts.length === 0 && tools.length === 0) return { item }
  const { model, finish_reason: reason } = sample
  return {
    item,
    sample: {
      ...(texts.length > 0 && { output_text: texts.join('\n') }),
      ...(tools.length > 0 && { output_tools: tools }),
      ...(typeof model === 'string' && { model }),
      ...(typeof reason === 'string' && { finish_reason: reason }),
    },
  }
}

async function agreementOf(
  server: Connection,
  { id }: SavedRun,
  run: RunObject,
  items: readonly SavedItem[],
): Promise<Agreement[]> {
  const now = new Map<number, Schemas['OutputItem']['results']>()
  const path = `/v1/evals/${run.eval_id}/runs/${run.id}/output_items`
  for await (const item of pagesOf<Schemas['OutputItem']>(server, path)) now.set(item.datasource_item_id, item.results)
  return run.per_testing_criteria_results.map(({ testing_criteria: criterion }) => {
    const pairs = items.flatMap((item, position) => {
      const given = item.results.find(({ name }) => isNamed(name, criterion))
      const found = now.get(position)?.find(({ name, status }) => name === criterion && status === 'scored')
      return given === undefined ? [] : [{ id: item.datasource_item_id, before: given.passed, now: found?.passed ?? null }]
    })
    const graded = pairs.filter((pair) => pair.now !== null)
    return {
      openai_run: id,
      run: run.id,
      criterion,
      n: graded.length,
      passed_before: graded.filter(({ before }) => before).length,
      passed: graded.filter(({ now: passed }) => passed).length,
      unscored: pairs.length - graded.length,
      differ: graded.filter((pair) => pair.before !== pair.now).map((pair) => pair.id),
    }
  })
}

const UUID = /^-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** OpenAI's results may name a criterion with a UUID behind it. */
function isNamed(name: string, criterion: string): boolean {
  return name === criterion || (name.startsWith(criterion) && UUID.test(name.slice(criterion.length)))
}

const named = (name: unknown) => (typeof name === 'string' && name !== '' ? { name } : {})

const withOrigin = (metadata: unknown, id: string) => ({ ...(isRecord(metadata) ? metadata : {}), [ORIGIN]: id })

function broughtText({ evals, runs, criteria }: Brought): string {
  const lines = evals.map(({ openai_id: origin, id }) => `eval ${origin} is ${id}`)
  for (const { openai_id: origin, eval_id: evalId, id, status } of runs) lines.push(`run ${origin} is ${evalId}/${id}: ${status}`)
  if (criteria.length > 0)
    lines.push(
      formatTable<Agreement>(
        [
          { title: 'run', cell: ({ run }) => run },
          { title: 'criterion', cell: ({ criterion }) => criterion },
          { title: 'n', cell: ({ n }) => String(n), right: true },
          { title: 'passed at OpenAI', cell: ({ passed_before: passed }) => String(passed), right: true },
          { title: 'passed here', cell: ({ passed }) => String(passed), right: true },
          { title: 'differ', cell: ({ differ }) => String(differ.length), right: true },
          { title: 'unscored', cell: ({ unscored }) => String(unscored), right: true },
        ],
        criteria,
      ),
    )
  return lines.join('\n')
}
