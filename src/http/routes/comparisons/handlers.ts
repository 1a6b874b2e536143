/**
 * `/v1/comparisons`: paired comparisons of runs.
 * @module
 */
import type { ComparisonRecord } from '../../../contracts/comparison-store.ts'
import { invalidField } from '../../../contracts/failure.ts'
import type { RunRecord } from '../../../contracts/run.ts'
import { makeComparison } from '../../../runs/make-comparison.ts'
import { runScores } from '../../../runs/run-scores.ts'
import { admitRecomputation } from '../../authorization.ts'
import { listPage } from '../../list-page.ts'
import type { Wire } from '../../operation.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { findNamedRun } from '../runs/find-run.ts'
import { createComparison, deleteComparison, getComparison, listComparisons } from './operations.ts'
import type { ComparisonObject } from './schema.ts'

export const comparisonRoutes = [
  route(createComparison, async ({ services, principal: { tenant, keyId }, readJson, createOnce }) => {
    const { name, metadata, baseline: baselineId, treatments: treatmentIds, ...options } = await readJson()
    const baseline = await findNamedRun(services, tenant, baselineId, '/baseline')
    const treatments: RunRecord[] = []
    for (const [index, id] of treatmentIds.entries()) {
      // It would pass every check of a pipeline that names one run twice by mistake.
      if (id === baselineId)
        throw invalidField(`/treatments/${index}`, 'is the baseline: a run never differs from itself; name another run')
      treatments.push(await findNamedRun(services, tenant, id, `/treatments/${index}`))
    }
    return createOnce({
      request: { name, metadata, baseline: baselineId, treatments: treatmentIds, ...options },
      status: 201,
      async make(id) {
        await admitRecomputation(services, keyId)
        const record = { tenant, id: `cmp_${id}`, name: name ?? null, metadata: metadata ?? null }
        const dependencies = { ...services, scores: runScores(services) }
        const request = { baseline, treatments, ...options }
        return comparisonShape(await makeComparison(dependencies, record, request, services.comparedAtOnce))
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

function comparisonShape({ id, name, metadata, createdAt, state, error, body }: ComparisonRecord): Wire<ComparisonObject> {
  return { object: 'comparison', id, name, created_at: unixSeconds(createdAt), metadata, status: state, error, ...body }
}
