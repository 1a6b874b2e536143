/**
 * The jobs of runs: merge, the copy of a report in KV, compaction.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { JobHandler, JobHandlers, JobOutcome } from '../contracts/jobs.ts'
import type { RunStore } from '../contracts/ports.ts'
import { compactRun, type CompactDependencies } from './compact.ts'
import { mergeRun, type MergeDependencies } from './merge.ts'
import { copyReport, type CopyReportDependencies } from './publish.ts'

export type RunJobDependencies = MergeDependencies &
  CopyReportDependencies &
  CompactDependencies & { readonly runs: Pick<RunStore, 'failRun'> }

const DONE: JobOutcome = { outcome: 'done' }

export function runJobHandlers(dependencies: RunJobDependencies): Pick<JobHandlers, 'merge' | 'publish_copy' | 'compact'> {
  return {
    merge: mergeHandler(dependencies),
    publish_copy: {
      mostClaims: 100,
      perform: ({ tenant, resource }) => copyReport(dependencies, tenant, resource.id).then(() => DONE),
    },
    compact: {
      mostClaims: 100,
      perform: ({ tenant, resource }) => compactRun(dependencies, tenant, resource.id).then(() => DONE),
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
