/**
 * `/v1/evals` in OpenAI's shape.
 * @module
 */
import { unprocessableField } from '../../../contracts/failure.ts'
import type { EvalRecord } from '../../../contracts/records.ts'
import type { ScorerSpec } from '../../../contracts/scorer-spec.ts'
import { SCORERS } from '../../../scorers/registry.ts'
import { listPage } from '../../list-page.ts'
import type { Wire } from '../../operation.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { dataSourceConfigOf, dataSourceConfigShape, taskOfConfig } from './data-source-config.ts'
import { createEval, deleteEval, getEval, listEvals, updateEval } from './operations.ts'
import type { EvalObject } from './schema.ts'

export const evalRoutes = [
  route(createEval, async ({ services, principal: { tenant }, readJson, createOnce }) => {
    const body = await readJson()
    const dataSourceConfig = dataSourceConfigOf(body.data_source_config)
    checkScorers(body.testing_criteria, taskOfConfig(dataSourceConfig))
    return createOnce({
      request: body,
      status: 201,
      make: async (id) =>
        evalShape(
          await services.catalogue.evals.put(tenant, {
            id: `eval_${id}`,
            name: body.name ?? null,
            dataSourceConfig,
            criteria: body.testing_criteria,
            metadata: body.metadata ?? null,
          }),
        ),
    })
  }),

  route(listEvals, async ({ services, principal: { tenant }, query, answer }) =>
    answer(200, await listPage(query.limit, (limit) => services.catalogue.evals.list(tenant, { ...query, limit }), evalShape)),
  ),

  route(getEval, async ({ services, principal: { tenant }, params, answer }) =>
    answer(200, evalShape(await services.catalogue.evals.find(tenant, params.eval_id))),
  ),

  route(updateEval, async ({ services, principal: { tenant }, params, readJson, answer }) => {
    const change = await readJson()
    return answer(200, evalShape(await services.catalogue.evals.update(tenant, params.eval_id, change)))
  }),

  route(deleteEval, async ({ services, principal: { tenant }, params, answer }) => {
    await services.catalogue.evals.delete(tenant, params.eval_id)
    return answer(200, { object: 'eval.deleted', deleted: true, eval_id: params.eval_id })
  }),
]

/** @throws {Fault} `unprocessable` for a scorer that does not score this task */
function checkScorers(specs: readonly ScorerSpec[], task: string): void {
  specs.forEach((spec, index) => {
    const { tasks } = SCORERS.bind(spec)
    if (tasks !== 'any' && !tasks.includes(task))
      throw unprocessableField(
        `/testing_criteria/${index}/type`,
        `${spec.type} scores ${tasks.join(' or ')} datasets; this eval is for ${task}`,
      )
  })
}

function evalShape(record: EvalRecord): Wire<EvalObject> {
  const { id, name, createdAt, dataSourceConfig, criteria, metadata } = record
  return {
    object: 'eval',
    id,
    name,
    created_at: unixSeconds(createdAt),
    data_source_config: dataSourceConfigShape(dataSourceConfig),
    testing_criteria: criteria,
    metadata,
  }
}
