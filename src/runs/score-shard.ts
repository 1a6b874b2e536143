/**
 * One shard, start to end: claims it, scores its items, stores the evidence, records the rows. The first
 * attempt to record wins.
 * @module
 */
import { encodeEmbeddings } from '../contracts/embedding-block.ts'
import { Fault } from '../contracts/failure.ts'
import type {
  Blobs,
  ClaimedShard,
  Clock,
  DatasetOpener,
  Failpoints,
  ModelFor,
  RunStore,
  ShardReference,
} from '../contracts/ports.ts'
import type { ShardResult } from '../contracts/run.ts'
import { CONSUMER_MS, ModelPaused, RunEnded, TimeOver } from '../contracts/model.ts'
import { encodeRows } from '../contracts/sample-row.ts'
import { keepAlive, type LeaseDependencies, LeaseLost } from '../jobs/keep-alive.ts'
import { sendJobsOf, type SendJobsDependencies } from '../jobs/send-jobs.ts'
import { rowWidths } from '../scorers/registry.ts'
import { continueRun, type ContinueRunDependencies } from './continue-run.ts'
import { fanOut } from './fan-out.ts'
import { openGraders } from './graders.ts'
import { isDeferred, pollShard, type PollShardDependencies } from './poll-shard.ts'
import { scoreItems, type ScoredShard } from './score-items.ts'
import { scorersOf } from './scorers-of-run.ts'
import { requestsOf } from './shard-requests.ts'

export type ScoreShardDependencies = ContinueRunDependencies &
  PollShardDependencies &
  SendJobsDependencies &
  LeaseDependencies &
  Failpoints & {
    readonly clock: Clock
    readonly runs: Pick<
      RunStore,
      | 'claimShard'
      | 'renewShard'
      | 'releaseShard'
      | 'pauseRun'
      | 'pauseShard'
      | 'yieldShard'
      | 'submitShard'
      | 'recordShard'
      | 'failShard'
    >
    readonly blobs: Pick<Blobs, 'putHashed'>
    readonly datasets: DatasetOpener
    readonly modelFor: ModelFor
  }

/**
 * Handles one shard message.
 * @returns `skipped`: another attempt holds or finished the shard, or the run has ended; the message is
 *   finished. `failed`: an object that the shard needs is missing or damaged, at every attempt. `late`:
 *   another attempt recorded first, or the run ended meanwhile; this result changed nothing. `paused`: no
 *   item was scored; the shard is put back, and the sweep sends it once the pause of the run is over.
 *   `yielded`: no item was scored in the time of a consumer, and the shard is sent again. `submitted`: its
 *   endpoint answers later, and the sweep sends it again at the time of the next look.
 * @throws after releasing the lease, on any infrastructure fault: the queue retries, and finally dead-letters
 */
export async function scoreShard(
  dependencies: ScoreShardDependencies,
  reference: ShardReference,
): Promise<'recorded' | 'late' | 'skipped' | 'failed' | 'paused' | 'yielded' | 'submitted'> {
  const { runs, leaseMilliseconds, failpoint } = dependencies
  const claim = await runs.claimShard(reference, dependencies.newToken(), leaseMilliseconds)
  if (claim === null) return 'skipped'
  try {
    const result = await keepAlive(
      dependencies,
      () => runs.renewShard(claim, leaseMilliseconds),
      (lost) => scoreClaim(dependencies, claim, lost),
    )
    if ('pollAt' in result) {
      await runs.submitShard(claim, result.pollAt)
      await fanOut(dependencies, claim.run.queue)
      return 'submitted'
    }
    await failpoint('after-evidence')
    // First, so that the rest of the shard is not sent before the end of the pause.
    if (result.pause !== null) await runs.pauseRun(claim, result.pause.message, result.pause.until)
    if (!(await runs.recordShard(claim, result))) return 'late'
    await failpoint('after-record')
    await continueRun(dependencies, claim)
    await sendNext(dependencies, claim)
    return 'recorded'
  } catch (error) {
    if (error instanceof LeaseLost || error instanceof RunEnded) return 'late'
    if (error instanceof ModelPaused) {
      await runs.pauseShard(claim, error.message, error.until)
      await fanOut(dependencies, claim.run.queue)
      return 'paused'
    }
    if (error instanceof TimeOver) {
      await runs.yieldShard(claim)
      await fanOut(dependencies, claim.run.queue)
      return 'yielded'
    }
    // If the release fails too, the lease expires by itself. The first fault is the one to report.
    await runs.releaseShard(claim, String(error)).catch(() => {})
    if (!(error instanceof Fault) || error.failure.kind !== 'damaged') throw error
    // A missing or damaged object fails every attempt. Other shards may not need it.
    console.error({ message: 'shard failed', ...reference, error: error.message })
    if (!(await runs.failShard(reference, error.message))) return 'late'
    await sendNext(dependencies, claim)
    return 'failed'
  }
}

/** After a shard has ended: sends the run's next shards, or its merge if this was the last. */
async function sendNext(dependencies: ScoreShardDependencies, { run }: ClaimedShard): Promise<void> {
  await fanOut(dependencies, run.queue)
  await sendJobsOf(dependencies, run.tenant, run.id)
}

async function scoreClaim(
  dependencies: ScoreShardDependencies,
  claim: ClaimedShard,
  lost: AbortSignal,
): Promise<(ShardResult & Pick<ScoredShard, 'pause'>) | { readonly pollAt: number }> {
  const { datasets, modelFor, blobs, clock } = dependencies
  const until = clock.now() + CONSUMER_MS
  const { run, first, end } = claim
  const { dataset } = run.spec
  const scorers = scorersOf(run)
  const reader = await datasets.open(run.tenant, run.datasetId, dataset.digest)
  const [items, clusters, model, graders] = await Promise.all([
    reader.items(first, end),
    reader.clusters(first, end),
    modelFor(run, { first, end }),
    openGraders(modelFor, run, { first, end }),
  ])
  if (isDeferred(model)) {
    const pollAt = await pollShard(dependencies, claim, model, requestsOf(items, scorers), lost)
    if (pollAt !== null) return { pollAt }
  }
  // Answers of a submission are there already. A shard that goes on would not know which requests failed.
  const mayCut = !isDeferred(model)
  const scored = await scoreItems(
    items.map((item, index) => ({ ordinal: first + index, cluster: clusters[index]!, item })),
    scorers,
    model,
    { lost, graders, isOver: () => mayCut && clock.now() >= until, mayCut },
  )
  lost.throwIfAborted()
  const evidence = new TextEncoder().encode(scored.evidence.map((sample) => `${JSON.stringify(sample)}\n`).join(''))
  const dimensions = scored.embeddings[0]?.image.length
  return {
    end: first + scored.rows.length,
    rows: encodeRows(scored.rows, rowWidths(scorers)),
    evidenceKey: await blobs.putHashed(run, 'evidence', evidence),
    embeddingsKey:
      dimensions === undefined ? null : await blobs.putHashed(run, 'embeddings', encodeEmbeddings(scored.embeddings, dimensions)),
    tally: scored.tally,
    pause: scored.pause,
  }
}
