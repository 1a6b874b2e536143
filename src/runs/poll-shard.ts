/**
 * Asks a model that answers later: gives it the requests of a shard, looks whether it has answered, and
 * collects. Each step is written before or after it such that an attempt that takes over neither sends twice
 * nor loses an answer.
 * @module
 */
import { type DeferredModel, type Model, type ModelRequest, type Submission, SubmissionUnreached } from '../contracts/model.ts'
import type { ClaimedShard, RunStore } from '../contracts/ports.ts'
import { LeaseLost } from '../jobs/keep-alive.ts'

export interface PollShardDependencies {
  readonly runs: Pick<
    RunStore,
    'submissionsOf' | 'beginSubmission' | 'confirmSubmission' | 'acceptSubmission' | 'noteReach' | 'endSubmission'
  >
}

export const isDeferred = (model: Model | DeferredModel): model is DeferredModel => 'prepare' in model

/**
 * Takes the next steps of a shard.
 * @returns Unix milliseconds of the next look; null: `run` gives the output of every item
 * @throws {LeaseLost} if another attempt has taken over
 * @throws {SubmissionUnreached} if the endpoint says nothing
 */
export async function pollShard(
  { runs }: PollShardDependencies,
  claim: ClaimedShard,
  model: DeferredModel,
  requests: readonly ModelRequest[],
  lost: AbortSignal,
): Promise<number | null> {
  const submissions = await runs.submissionsOf(claim)
  await model.recall(submissions)
  const open = submissions.find(({ endedAt }) => endedAt === null)
  if (open !== undefined) {
    const reaching = <T>(work: Promise<T>): Promise<T> => noteUnreached(runs, claim, open, work)
    const running = await reaching(model.poll(open))
    if (running !== null) {
      if (open.unreachedSince !== null) await runs.noteReach(claim, open.id, null)
      if (open.externalId === null && running.externalId !== null) await runs.acceptSubmission(claim, open.id, running.externalId)
      return running.pollAt
    }
    await reaching(model.collect(open, requests))
    await runs.endSubmission(claim, open.id)
  }
  // A refused submission counts as an attempt of each of its requests, so this ends.
  for (;;) {
    lost.throwIfAborted()
    const prepared = await model.prepare(requests)
    if (prepared === null) return null
    if (!(await runs.beginSubmission(claim, prepared.id))) throw new LeaseLost()
    const sent = await prepared.send(lost, async () => {
      if (!(await runs.confirmSubmission(claim, prepared.id))) throw new LeaseLost()
    })
    if (sent !== null) {
      if (sent.externalId !== null) await runs.acceptSubmission(claim, prepared.id, sent.externalId)
      return sent.pollAt
    }
    await runs.endSubmission(claim, prepared.id)
  }
}

/** The time since when is kept, since looks are made by different consumers. */
async function noteUnreached<T>(
  runs: Pick<RunStore, 'noteReach'>,
  claim: ClaimedShard,
  { id, unreachedSince }: Submission,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof SubmissionUnreached && unreachedSince === null) await runs.noteReach(claim, id, error.since)
    throw error
  }
}
