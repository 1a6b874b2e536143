/**
 * The consumers' hint: once the recorded prefix meets the run's rule, shards after it need not be scored. The merge finds the same τ from the
 * rows alone, however many more were scored meanwhile.
 * @module
 */
import type { ClaimedShard, Engine } from '../contracts/ports.ts'
import { earlyStop, looksOf } from '../report/early-stop.ts'
import { usedByTarget } from '../report/prediction-powered.ts'
import { proxyOf } from './proxy-scores.ts'
import { readRows } from './read-rows.ts'

/** Looks whether the shard just recorded completed a prefix at which the run may stop, and if so skips the rest. */
export async function stopEarly(engine: Engine, { run, first }: ClaimedShard): Promise<void> {
  const { spec, tenant, id } = run
  const looks = looksOf(spec)
  if (looks.length === 0) return
  const open = await engine.ledger.firstOpenOrdinal(tenant, id)
  // All recorded: the merge is owed already. Otherwise only a look that this shard was waited for can be new.
  if (open === null || !looks.some((look) => look > first && look <= open)) return
  const reader = await engine.openDataset(tenant, run.datasetId, spec.dataset.digest)
  const { rows } = await readRows(engine, run, await reader.columns(spec.selection.count), open)
  const used = earlyStop(spec, rows)?.tau ?? usedByTarget(spec, rows, await proxyOf(engine, tenant, spec))
  if (used !== null) await engine.ledger.skipShardsFrom(tenant, id, used)
}
