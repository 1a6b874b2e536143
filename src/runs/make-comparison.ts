/**
 * Makes a comparison: at once where one request can, by a job otherwise. The job compares one treatment per
 * attempt, so that each has the time and memory of an invocation.
 * @module
 */
import { compareOne, compareRuns, type CompareRequest, judge, pairRuns, undecidedBody } from '../comparisons/compare-runs.ts'
import type { RunScores } from '../comparisons/run-scores.ts'
import type { ComparisonRecord, ComparisonStore, ComparisonWork } from '../contracts/comparison-store.ts'
import { Fault } from '../contracts/failure.ts'
import type { JobHandler } from '../contracts/jobs.ts'
import type { Failpoints, RunReader } from '../contracts/ports.ts'
import type { RunRecord } from '../contracts/run.ts'
import { sendJobsOf, type SendJobsDependencies } from '../jobs/send-jobs.ts'
import { SCORERS } from '../scorers/registry.ts'

interface MakeDependencies {
  readonly comparisons: ComparisonStore
  readonly scores: RunScores
}

/** An output costs about what fifty scores cost. */
const SCORES_PER_OUTPUT = 50

/**
 * @param most - items × criteria × treatments that are compared now; 50,000 take about a second of CPU
 * @throws {Fault} as `compareRuns`, also for a comparison that a job would make
 */
export async function makeComparison(
  dependencies: MakeDependencies & SendJobsDependencies,
  record: Pick<ComparisonRecord, 'tenant' | 'id' | 'name' | 'metadata'>,
  request: CompareRequest,
  most: number,
): Promise<ComparisonRecord> {
  const { comparisons, scores } = dependencies
  if (isQuick(request, most)) return comparisons.put({ ...record, body: await compareRuns(scores, request) })
  await pairRuns(scores, request)
  const { criteria, margin } = request
  const made = await comparisons.request({ ...record, body: await undecidedBody(scores, request) }, { criteria, margin })
  await sendJobsOf(dependencies, record.tenant, record.id)
  return made
}

/** Where a criterion keeps vectors or texts, each item counts as one output, whatever the other criteria. */
function isQuick({ baseline, treatments, criteria }: CompareRequest, most: number): boolean {
  const { spec } = baseline
  const compared = SCORERS.bindAll(spec.criteria.filter(({ name }) => criteria?.includes(name) ?? true))
  const items = spec.selection.count * treatments.length
  return items * (compared.some(({ keepsOutputs }) => keepsOutputs) ? SCORES_PER_OUTPUT : compared.length) <= most
}

/** The job of a comparison that outlives its request. */
export function comparisonHandler(
  dependencies: MakeDependencies & Failpoints & { readonly runs: Pick<RunReader, 'findRun'> },
): JobHandler {
  const { comparisons, scores, runs, failpoint } = dependencies
  return {
    // Each treatment that is done resets the count.
    mostClaims: 10,
    deadLetterReason: 'the runs could not be compared',
    isFinal: (error) => error instanceof Fault,
    giveUp: ({ tenant, resource }, reason) => comparisons.fail(tenant, resource.id, reason),
    async perform({ tenant, resource: { id } }) {
      const work = await comparisons.work(tenant, id)
      if (work === null) return { outcome: 'done' }
      const request = await requestOf(runs, tenant, work)
      const pairs = await pairRuns(scores, request)
      const drafts = [...work.drafts, await compareOne(scores, request, pairs[work.drafts.length]!)]
      if (drafts.length < pairs.length) {
        await comparisons.saveDrafts(tenant, id, drafts)
        await failpoint('between-treatments')
        return { outcome: 'continue' }
      }
      await comparisons.finish(tenant, id, { ...work.body, ...judge(request, drafts.flat()) })
      return { outcome: 'done' }
    },
  }
}

async function requestOf(
  runs: Pick<RunReader, 'findRun'>,
  tenant: string,
  { body, options }: ComparisonWork,
): Promise<CompareRequest> {
  const find = async ({ run: id }: { readonly run: string }): Promise<RunRecord> => {
    const run = await runs.findRun(tenant, id)
    if (run === null) throw new Fault({ kind: 'not_found', resource: 'run', id })
    return run
  }
  const { level, seed, listed } = body
  const treatments: RunRecord[] = []
  for (const treatment of body.treatments) treatments.push(await find(treatment))
  return { ...options, baseline: await find(body.baseline), treatments, level, seed, listed }
}
