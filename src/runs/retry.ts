/**
 * Retries an ended run in a new run that fills only its holes: the new run has the same specification and
 * reads the stored answers of the first one, so only items without an answer are asked. The report is a
 * function of the new run's own rows, as always (docs/decisions/2026-11-29-stored-answers.md).
 * @module
 */
import type { RunCallSettings } from '../contracts/endpoint-calls.ts'
import { Fault } from '../contracts/failure.ts'
import type { NewRunOptions, RunStore } from '../contracts/ports.ts'
import type { NewRun, RunRecord, ShardRange } from '../contracts/run.ts'
import { layOut, MOST_SHARDS } from './plan.ts'
import { shardsInOrder } from './read-rows.ts'
import { requireStopped } from './recall-submissions.ts'
import { firstSendLimit } from './send-limit.ts'

export interface RetryDependencies {
  readonly runs: Pick<RunStore, 'createRun' | 'readShards' | 'openSubmissions'>
}

/**
 * Commits the new run. The caller sends it.
 * @param settings - of the run's calls; null: it ended before answers were stored
 * @param errored - number of items without a score, because of an error
 * @throws {Fault} `conflict` if there is nothing to retry, or a submission is under way; `not_found` if
 *   something that it needs was deleted
 */
export async function retryRun(
  { runs }: RetryDependencies,
  run: RunRecord,
  settings: RunCallSettings | null,
  errored: number,
  request: { readonly id: string; readonly keyId: string },
): Promise<string> {
  const refusal = whyNot(run, settings, errored)
  if (refusal !== null) throw new Fault({ kind: 'conflict', detail: `run ${run.id} ${refusal}` })
  await requireStopped(runs, run, 'retried')
  const shards = await layoutOf(runs, run)
  const calls: NewRunOptions['calls'] = { ...settings!, keyId: request.keyId }
  const { runId } = await runs.createRun(copyOf(run, request.id), shards, { calls, sendLimit: firstSendLimit(run.spec) })
  return runId
}

/**
 * The layout that the run was planned with: shards of the size of its largest one, since others may have been
 * cut. No report depends on it.
 */
async function layoutOf(runs: Pick<RunStore, 'readShards'>, run: RunRecord): Promise<ShardRange[]> {
  const { count } = run.spec.selection
  let size = Math.ceil(count / MOST_SHARDS.endpoint)
  for await (const { first, end } of shardsInOrder({ runs }, run)) size = Math.max(size, end - first)
  return layOut(count, size, firstSendLimit(run.spec) ?? 0)
}

function whyNot({ status, queue }: RunRecord, settings: RunCallSettings | null, errored: number): string | null {
  if (status === 'in_progress') return 'is in progress; wait for its end or cancel it'
  if (queue !== 'endpoint') return 'asked no endpoint, so nothing was paid; start it again'
  if (settings === null) return 'ended before answers were stored; start it again'
  if (status !== 'canceled' && errored === 0) return 'has no errored item'
  return null
}

function copyOf(run: RunRecord, id: string): NewRun {
  const { tenant, evalId, name, visibility, datasetId, queue, spec, specDigest, dataSource, metadata, maxErrored, gate } = run
  return { tenant, id, evalId, name, visibility, datasetId, queue, spec, specDigest, dataSource, metadata, maxErrored, gate }
}
