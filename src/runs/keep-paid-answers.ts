/**
 * After a run has ended: the answers that it paid for in shards without rows are listed among its samples. A
 * report never reads them.
 * @module
 */
import { AnswerPending, type Model, ModelPaused, type ModelRequest, RunEnded, SampleError } from '../contracts/model.ts'
import type { Blobs, CutOffShard, DatasetOpener, ModelFor, RunStore } from '../contracts/ports.ts'
import type { RunRecord, SampleEvidence } from '../contracts/run.ts'
import { failedSample } from './failed-samples.ts'
import { type Graders, openGraders } from './graders.ts'
import { isDeferred } from './poll-shard.ts'
import { scoreItems } from './score-items.ts'
import { scorersOf } from './scorers-of-run.ts'

export interface KeepPaidDependencies {
  readonly runs: Pick<RunStore, 'cutOffShards' | 'paidItems' | 'keepEvidence' | 'submissionsOf'>
  readonly blobs: Pick<Blobs, 'putHashed'>
  readonly datasets: DatasetOpener
  readonly modelFor: ModelFor
}

/** Shards per run: each takes a few statements of the thousand that an invocation has. */
const MOST_SHARDS = 150

/** Repeatable: a shard that has evidence is left as it is. */
export async function keepPaidAnswers(dependencies: KeepPaidDependencies, run: RunRecord): Promise<void> {
  if (run.queue !== 'endpoint' || run.status === 'in_progress') return
  const { runs, blobs, datasets } = dependencies
  const shards = await runs.cutOffShards(run.tenant, run.id, MOST_SHARDS)
  if (shards.length === 0) return
  const reader = await datasets.open(run.tenant, run.datasetId, run.spec.dataset.digest)
  for (const shard of shards) {
    const items = await reader.items(shard.first, shard.end)
    const paid = await runs.paidItems(
      run.tenant,
      run.id,
      items.map(({ id }) => id),
    )
    if (paid.size === 0) continue
    const entries = items
      .map((item, index) => ({ ordinal: shard.first + index, cluster: 0, item }))
      .filter(({ item }) => paid.has(item.id))
    const answered = await samplesOf(dependencies, run, shard, entries)
    const byItem = new Map(answered.map((sample) => [sample.item_id, sample]))
    // The report counts every item of a failed shard as errored.
    const samples =
      shard.failure === null
        ? answered
        : items.map(({ id }, index) => {
            const failed = failedSample(run, { ordinal: shard.first + index, id, failure: shard.failure })
            return { ...byItem.get(id), ...failed }
          })
    const evidence = new TextEncoder().encode(samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''))
    await runs.keepEvidence(run.tenant, run.id, shard.shard, await blobs.putHashed(run, 'evidence', evidence))
  }
}

async function samplesOf(
  { runs, modelFor }: KeepPaidDependencies,
  run: RunRecord,
  { shard, first, end }: CutOffShard,
  entries: Parameters<typeof scoreItems>[0],
): Promise<readonly SampleEvidence[]> {
  const range = { first, end }
  const model = await modelFor(run, range)
  if (isDeferred(model)) await model.recall(await runs.submissionsOf({ run, shard, token: '', ...range }))
  const graders = await openGraders(modelFor, run, range)
  const { evidence } = await scoreItems(entries, scorersOf(run), onlyStored(model), { graders: storedOnly(graders) })
  return evidence
}

/** An ended run sends nothing, so only stored answers are read. */
const onlyStored = (model: Model): Pick<Model, 'concurrency' | 'run'> => ({
  concurrency: model.concurrency,
  run: (request: ModelRequest) => orUnanswered(() => model.run(request)),
})

const storedOnly = (graders: Graders): Graders => ({
  ...graders,
  of(criterion, item) {
    const grader = graders.of(criterion, item)
    return grader && ((messages) => orUnanswered(() => grader(messages)))
  },
})

async function orUnanswered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof RunEnded || error instanceof ModelPaused || error instanceof AnswerPending)
      throw new SampleError('run_ended', 'the run ended before this item had all of its answers')
    throw error
  }
}
