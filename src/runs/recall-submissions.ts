/**
 * After a run has ended without its last shards: stops submissions that are under way, and keeps the answers
 * that were paid for.
 * @module
 */
import type { DatasetOpener, ModelFor, RunStore } from '../contracts/ports.ts'
import { isDeferred } from './poll-shard.ts'
import { scorersOf } from './scorers-of-run.ts'
import { requestsOf } from './shard-requests.ts'

export interface RecallDependencies {
  readonly runs: Pick<RunStore, 'findRun' | 'openSubmissions' | 'endSubmission'>
  readonly datasets: DatasetOpener
  readonly modelFor: ModelFor
}

/** @returns the number of submissions that have not ended yet: call again later */
export async function recallSubmissions(
  { runs, datasets, modelFor }: RecallDependencies,
  tenant: string,
  runId: string,
): Promise<number> {
  const run = await runs.findRun(tenant, runId)
  if (run === null) return 0
  let running = 0
  for (const { submission, first, end } of await runs.openSubmissions(tenant, runId)) {
    const model = await modelFor(run, { first, end })
    if (!isDeferred(model)) continue
    await model.recall([submission])
    if (!(await model.stop(submission))) {
      running++
      continue
    }
    const reader = await datasets.open(tenant, run.datasetId, run.spec.dataset.digest)
    await model.collect(submission, requestsOf(await reader.items(first, end), scorersOf(run)))
    await runs.endSubmission({ run }, submission.id)
  }
  return running
}
