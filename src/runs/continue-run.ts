/**
 * Decides the next step of a run from its recorded prefix. Once the prefix meets the run's rule, later shards
 * are skipped; otherwise the shards it needs are sent. The merge finds the same τ from the rows alone, even
 * if more were scored meanwhile.
 * @module
 */
import type { ClaimedShard, DatasetOpener, RunStore } from '../contracts/ports.ts'
import type { RunRecord } from '../contracts/run.ts'
import { itemsUsed, looksOf } from '../scorers/items-used.ts'
import { fanOut, type FanOutDependencies } from './fan-out.ts'
import { proxyOf, type ProxyScoresDependencies } from './proxy-scores.ts'
import { readRows, type ReadRowsDependencies } from './read-rows.ts'
import { scorersOf } from './scorers-of-run.ts'
import { nextSendLimit } from './send-limit.ts'

export type ContinueRunDependencies = FanOutDependencies &
  ReadRowsDependencies &
  ProxyScoresDependencies & {
    readonly runs: Pick<RunStore, 'firstOpenOrdinal' | 'skipShardsFrom' | 'raiseSendLimit'>
    readonly datasets: DatasetOpener
  }

/**
 * Checks whether the shard just recorded completes a prefix at which the run may stop. If so, skips the rest;
 * otherwise sends the next shards.
 */
export async function continueRun(dependencies: ContinueRunDependencies, { run, first }: ClaimedShard): Promise<void> {
  const looks = looksOf(run.spec)
  if (looks.length === 0) return
  const open = await dependencies.runs.firstOpenOrdinal(run.tenant, run.id)
  // If all are recorded, the merge is due already. Otherwise only a look that waited for this shard can be
  // new.
  if (open !== null && looks.some((look) => look > first && look <= open)) await goOn(dependencies, run, open)
}

/**
 * The same as {@link continueRun}, for a run whose wave is over and whose last consumer died before doing it.
 */
export async function resumeRun(dependencies: ContinueRunDependencies, run: RunRecord): Promise<void> {
  const open = await dependencies.runs.firstOpenOrdinal(run.tenant, run.id)
  if (open !== null) await goOn(dependencies, run, open)
}

/** Every step is repeatable: the same prefix leads to the same decision. */
async function goOn(dependencies: ContinueRunDependencies, run: RunRecord, open: number): Promise<void> {
  const { spec, tenant, id: runId, queue } = run
  const reader = await dependencies.datasets.open(tenant, run.datasetId, spec.dataset.digest)
  const { rows } = await readRows(dependencies, run, await reader.clusters(0, spec.selection.count), open)
  const used = itemsUsed(spec, scorersOf(run), rows, await proxyOf(dependencies, tenant, spec))?.count ?? null
  // First, so that no unneeded shard is sent.
  if (used !== null) await dependencies.runs.skipShardsFrom(tenant, runId, used)
  await dependencies.runs.raiseSendLimit(tenant, runId, used ?? nextSendLimit(spec, open))
  await fanOut(dependencies, queue)
}
