/**
 * The jobs of runs: merge, the copy of a report in KV, compaction, recomputation, comparison, ranks.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { JobHandler, JobHandlers, JobOutcome } from '../contracts/jobs.ts'
import type { Clock, RunStore } from '../contracts/ports.ts'
import { compactRun, type CompactDependencies } from './compact.ts'
import { comparisonHandler } from './make-comparison.ts'
import { keepPaidAnswers, type KeepPaidDependencies } from './keep-paid-answers.ts'
import { mergeRun, type MergeDependencies } from './merge.ts'
import { copyReport, type CopyReportDependencies } from './publish.ts'
import { rankHandler } from './rank-run.ts'
import { isGivenUp, recallSubmissions, type RecallDependencies } from './recall-submissions.ts'
import { recomputationHandler } from './recompute.ts'
import { runScores } from './run-scores.ts'

export type RunJobDependencies = MergeDependencies &
  CopyReportDependencies &
  CompactDependencies &
  RecallDependencies &
  KeepPaidDependencies &
  Parameters<typeof recomputationHandler>[0] &
  Omit<Parameters<typeof comparisonHandler>[0], 'scores'> &
  Omit<Parameters<typeof rankHandler>[0], 'scores'> & {
    readonly clock: Clock
    readonly runs: Pick<RunStore, 'failRun'>
  }

/** Milliseconds between looks at submissions of an ended run: the first ones, and at most. */
const FIRST_RECALL_MS = 5_000
const RECALL_MS = 300_000

/** Starts of a compaction that try to list the answers of unrecorded shards. */
const LISTING_TRIES = 5

const DONE: JobOutcome = { outcome: 'done' }

export function runJobHandlers(
  dependencies: RunJobDependencies,
): Pick<JobHandlers, 'merge' | 'recall' | 'publish_copy' | 'compact' | 'recompute' | 'compare' | 'rank'> {
  const scores = runScores(dependencies)
  return {
    merge: mergeHandler(dependencies),
    recompute: recomputationHandler(dependencies),
    compare: comparisonHandler({ ...dependencies, scores }),
    rank: rankHandler({ ...dependencies, scores }),
    recall: {
      // A batch may take a day to end, and it is looked at every five minutes.
      mostClaims: 1000,
      async perform({ tenant, resource, attempts }) {
        const reasons = await recallSubmissions(dependencies, tenant, resource.id)
        if (reasons.length === 0) return DONE
        return {
          outcome: 'retry',
          // At first soon: a retry, or a deletion, waits for it.
          delayMilliseconds: Math.min(RECALL_MS, FIRST_RECALL_MS * 2 ** attempts),
          error: `${reasons.length} submissions have not ended: ${reasons[0]}`,
        }
      },
    },
    publish_copy: {
      mostClaims: 100,
      perform: ({ tenant, resource }) => copyReport(dependencies, tenant, resource.id).then(() => DONE),
    },
    compact: {
      // Waits for submissions, as the recall does.
      mostClaims: 1000,
      async perform({ tenant, resource: { id }, claims }) {
        const run = await dependencies.runs.findRun(tenant, id)
        if (run !== null && run.queue === 'endpoint') {
          const now = dependencies.clock.now()
          const open = await dependencies.runs.openSubmissions(tenant, id)
          const running = open.filter(({ submission }) => !isGivenUp(submission, now))
          if (running.length > 0)
            return { outcome: 'retry', delayMilliseconds: RECALL_MS, error: `${running.length} submissions have not ended` }
          await keepPaidAnswers(dependencies, run).catch((error: unknown) => {
            // Its endpoint or dataset may be gone. The answers stay in the store, and the ledger names them.
            if (claims < LISTING_TRIES) throw error
            console.warn({ message: 'answers of unrecorded shards are not listed', run: id, error: String(error) })
          })
        }
        await compactRun(dependencies, tenant, id)
        return DONE
      },
    },
  }
}

function mergeHandler(dependencies: RunJobDependencies): JobHandler {
  return {
    mostClaims: 20,
    // The rows are the same at every attempt, so memory and CPU time are too. Deployments and power cuts also
    // end isolates, so the first crash is not final.
    crashes: {
      most: 5,
      reason: (crashes) => `the merge ended ${crashes} isolates without a word: it takes more memory or CPU time than there is`,
    },
    deadLetterReason: 'the results could not be merged',
    // A missing or damaged object cannot recover: the run ends, and its error names the object.
    isFinal: (error) => error instanceof Fault && error.failure.kind === 'damaged',
    async giveUp({ tenant, resource }, reason) {
      await dependencies.runs.failRun(tenant, resource.id, { code: 'merge_failed', message: reason })
    },
    perform: ({ tenant, resource }) => mergeRun(dependencies, tenant, resource.id).then(() => DONE),
  }
}
