/**
 * `/v1/comparisons`: paired comparisons of runs.
 * @module
 */
import { compareRuns } from '../../../comparisons/compare-runs.ts'
import type { ComparisonRecord } from '../../../contracts/comparison.ts'
import { Fault } from '../../../contracts/failure.ts'
import type { RunRecord } from '../../../contracts/run.ts'
import { runScores } from '../../../runs/run-scores.ts'
import { scorersOf } from '../../../runs/scorers-of-run.ts'
import type { Services } from '../../app-context.ts'
import { admitRecomputation } from '../../authorization.ts'
import { listPage } from '../../list-page.ts'
import type { Wire } from '../../operation.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { findNamedRun } from '../runs/find-run.ts'
import { createComparison, deleteComparison, getComparison, listComparisons } from './operations.ts'
import type { ComparisonObject } from './schema.ts'

/** Items per run. Rows alone are small; kept vectors and texts fill the memory and time of one request. */
const MOST_ITEMS = { ofRows: 250_000, ofOutputs: 20_000 } as const

export const comparisonRoutes = [
  route(createComparison, async ({ services, principal: { tenant, keyId }, readJson, createOnce }) => {
    const { name, metadata, baseline: baselineId, treatments: treatmentIds, ...options } = await readJson()
    const baseline = await runAt(services, tenant, baselineId, '/baseline')
    const treatments: RunRecord[] = []
    for (const [index, id] of treatmentIds.entries()) treatments.push(await runAt(services, tenant, id, `/treatments/${index}`))
    return createOnce({
      request: { name, metadata, baseline: baselineId, treatments: treatmentIds, ...options },
      status: 201,
      async make(id) {
        await admitRecomputation(services, keyId)
        const body = await compareRuns(runScores(services), { baseline, treatments, ...options })
        const record = { tenant, id: `cmp_${id}`, name: name ?? null, metadata: metadata ?? null, body }
        return comparisonShape(await services.comparisons.put(record))
      },
    })
  }),

  route(listComparisons, async ({ services, principal: { tenant }, query, answer }) =>
    answer(200, await listPage(query.limit, (limit) => services.comparisons.list(tenant, { ...query, limit }), comparisonShape)),
  ),

  route(getComparison, async ({ services, principal: { tenant }, params: { id }, answer }) =>
    answer(200, comparisonShape(await services.comparisons.find(tenant, id))),
  ),

  route(deleteComparison, async ({ services, principal: { tenant }, params: { id }, answer }) => {
    await services.comparisons.delete(tenant, id)
    return answer(200, { object: 'comparison.deleted', id, deleted: true })
  }),
]

/** @throws {Fault} `not_found`, or `too_large` for a run of too many items */
async function runAt(services: Services, tenant: string, id: string, pointer: string): Promise<RunRecord> {
  const run = await findNamedRun(services, tenant, id, pointer)
  const { ofRows, ofOutputs } = MOST_ITEMS
  const limit = scorersOf(run).some(({ keepsOutputs }) => keepsOutputs) ? ofOutputs : ofRows
  if (run.spec.selection.count > limit)
    throw new Fault({
      kind: 'too_large',
      what: `the run at ${pointer}`,
      limit,
      actual: run.spec.selection.count,
      unit: 'items for a comparison by request',
      remedy: 'compare runs with a smaller limit',
    })
  return run
}

function comparisonShape({ id, name, metadata, createdAt, body }: ComparisonRecord): Wire<ComparisonObject> {
  return { object: 'comparison', id, name, created_at: unixSeconds(createdAt), metadata, ...body }
}
