/**
 * After a run has ended without its last shards: stops submissions that are under way, and keeps the answers
 * that were paid for.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { Submission } from '../contracts/model.ts'
import type { Clock, DatasetOpener, ModelFor, RunStore } from '../contracts/ports.ts'
import type { RunRecord, ShardRange } from '../contracts/run.ts'
import { isDeferred } from './poll-shard.ts'
import { scorersOf } from './scorers-of-run.ts'
import { requestsOf } from './shard-requests.ts'

export interface RecallDependencies {
  readonly clock: Clock
  readonly runs: Pick<RunStore, 'findRun' | 'openSubmissions' | 'endSubmission'>
  readonly datasets: DatasetOpener
  readonly modelFor: ModelFor
}

/** Milliseconds after which a submission of an ended run has been recalled, or never will be. */
const SUBMISSION_MS = 26 * 3_600_000

/** Whether it is too old: its machine has ended it by now. */
export const isGivenUp = ({ begunAt }: Submission, now: number): boolean => now >= begunAt + SUBMISSION_MS

/**
 * Looks after each open submission, also where others fail.
 * @returns why submissions have not ended yet, one reason each: call again later
 */
export async function recallSubmissions(
  { clock, runs, datasets, modelFor }: RecallDependencies,
  tenant: string,
  runId: string,
): Promise<readonly string[]> {
  const run = await runs.findRun(tenant, runId)
  if (run === null) return []
  const reasons: string[] = []
  for (const { submission, first, end } of await runs.openSubmissions(tenant, runId)) {
    const reason = await whyOpen({ datasets, modelFor }, run, { submission, first, end }).catch(String)
    if (reason === null || isGivenUp(submission, clock.now())) await runs.endSubmission({ run }, submission.id)
    else reasons.push(reason)
  }
  return reasons
}

/** null: it was stopped, and its answers are kept. */
async function whyOpen(
  { datasets, modelFor }: Pick<RecallDependencies, 'datasets' | 'modelFor'>,
  run: RunRecord,
  { submission, first, end }: ShardRange & { readonly submission: Submission },
): Promise<string | null> {
  const model = await modelFor(run, { first, end })
  if (!isDeferred(model)) return null
  await model.recall([submission])
  if (!(await model.stop(submission))) return `submission ${submission.id} has not ended`
  const reader = await datasets.open(run.tenant, run.datasetId, run.spec.dataset.digest)
  await model.collect(submission, requestsOf(await reader.items(first, end), scorersOf(run)))
  return null
}

/**
 * Work that is under way would be paid for again, or for nothing.
 * @param verb - of what has to wait, such as `deleted`
 * @throws {Fault} `conflict` until every submission of the run has ended
 */
export async function requireStopped(
  runs: Pick<RunStore, 'openSubmissions'>,
  { tenant, id }: Pick<RunRecord, 'tenant' | 'id'>,
  verb: string,
): Promise<void> {
  const { length } = await runs.openSubmissions(tenant, id)
  if (length === 0) return
  const batches = length === 1 ? 'a batch or job of it is' : `${length} batches or jobs of it are`
  throw new Fault({
    kind: 'conflict',
    detail: `run ${id} cannot be ${verb} yet: ${batches} being stopped; ask again in a minute`,
    retryAfterSeconds: 60,
  })
}
