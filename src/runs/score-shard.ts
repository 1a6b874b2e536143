/**
 * One shard, start to end: claim it, observe its items, keep the evidence, record the rows. First finisher wins.
 * @module
 */
import { encodeEmbeddings } from '../contracts/embedding-block.ts'
import { Fault } from '../contracts/failure.ts'
import type { ClaimedShard, Engine, ShardReference } from '../contracts/ports.ts'
import type { ShardResult } from '../contracts/run.ts'
import { encodeRows } from '../contracts/sample-row.ts'
import { rowWidths } from '../scorers/registry.ts'
import { asModel } from '../contracts/predictor.ts'
import { fanOut, sendJobsOf } from './fan-out.ts'
import { continueRun } from './continue-run.ts'
import { keepAlive, LeaseLost } from './keep-alive.ts'
import { scoreItems } from './score-items.ts'
import { scorersOf } from './scorers-of-run.ts'

/**
 * Handles one shard message. `skipped`: somebody else holds or finished it, or the run has ended; the message is done with.
 * `failed`: what it needs is missing or damaged, for good. `late`: another attempt recorded first, or the run ended; this one's result changed nothing.
 * @throws after releasing the lease, on any infrastructure fault: the queue retries, and dead-letters when that does not help.
 */
export async function scoreShard(engine: Engine, reference: ShardReference): Promise<'recorded' | 'late' | 'skipped' | 'failed'> {
  const claim = await engine.runs.claimShard(reference, engine.newToken(), engine.leaseMilliseconds)
  if (claim === null) return 'skipped'
  try {
    const result = await keepAlive(
      engine,
      () => engine.runs.renewShard(claim, engine.leaseMilliseconds),
      (lost) => scoreClaim(engine, claim, lost),
    )
    await engine.failpoint('after-evidence')
    const won = await engine.runs.recordShard(claim, result)
    if (!won) return 'late'
    await engine.failpoint('after-record')
    await continueRun(engine, claim)
    await sendNext(engine, claim)
    await sendJobsOf(engine, claim.run.tenant, claim.run.id)
    return 'recorded'
  } catch (error) {
    if (error instanceof LeaseLost) return 'late'
    // Should this fail too, the lease lapses by itself. The fault to report is the first.
    await engine.runs.releaseShard(claim, String(error)).catch(() => {})
    if (!(error instanceof Fault) || error.failure.kind !== 'damaged') throw error
    // What is missing or damaged is so at every attempt. Other shards may not need it.
    console.error({ message: 'shard failed', ...reference, error: error.message })
    if (!(await engine.runs.failShard(reference, error.message))) return 'late'
    await sendNext(engine, claim)
    await sendJobsOf(engine, claim.run.tenant, claim.run.id)
    return 'failed'
  }
}

/** One shard less is on its way. */
function sendNext(engine: Engine, { run }: ClaimedShard): Promise<number> {
  return fanOut(engine, { tenant: run.tenant, runId: run.id, queue: run.queue })
}

async function scoreClaim(engine: Engine, claim: ClaimedShard, lost: AbortSignal): Promise<ShardResult> {
  const { run, first, end } = claim
  const { dataset } = run.spec
  const scorers = scorersOf(run)
  const reader = await engine.openDataset(run.tenant, run.datasetId, dataset.digest)
  const [items, columns, predictor] = await Promise.all([
    reader.items(first, end),
    reader.columns(end),
    engine.predictorFor(run, { first, end }),
  ])
  const scored = await scoreItems(
    items.map((item, index) => ({ ordinal: first + index, cluster: columns.cluster[first + index]!, item })),
    scorers,
    asModel(predictor),
    lost,
  )
  lost.throwIfAborted()
  const evidence = new TextEncoder().encode(scored.evidence.map((sample) => `${JSON.stringify(sample)}\n`).join(''))
  const dimensions = scored.embeddings[0]?.image.length
  return {
    rows: encodeRows(scored.rows, rowWidths(scorers)),
    evidenceKey: await engine.blobs.putHashed(run, 'evidence', evidence),
    embeddingsKey:
      dimensions === undefined
        ? null
        : await engine.blobs.putHashed(run, 'embeddings', encodeEmbeddings(scored.embeddings, dimensions)),
    tally: scored.tally,
  }
}
