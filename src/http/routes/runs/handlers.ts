/**
 * `/v1/evals/{eval_id}/runs` in OpenAI's shape.
 * @module
 */
import { z } from 'zod'
import { Fault, invalidField } from '../../../contracts/failure.ts'
import { cancelRun as cancel } from '../../../runs/cancel.ts'
import { deleteRun as removeRun } from '../../../runs/delete-run.ts'
import { requestRecomputation } from '../../../runs/recompute.ts'
import { changeVisibility } from '../../../runs/visibility.ts'
import type { AppContext } from '../../app-context.ts'
import { admitRecomputation } from '../../authorization.ts'
import { holdBody } from '../../body/hold-body.ts'
import { JSON_LIMIT } from '../../body/json-body.ts'
import { parseJson } from '../../body/parse-json.ts'
import { check } from '../../check.ts'
import { listPage } from '../../list-page.ts'
import { type Call, route } from '../../route.ts'
import { estimateOf, runIdOf, startRun } from './start-run.ts'
import { findRun } from './find-run.ts'
import {
  cancelRun,
  cancelRunByPost,
  createRun,
  deleteRun,
  getRecomputation,
  getRun,
  listRuns,
  recomputeRun,
  updateRun,
} from './operations.ts'
import { recomputationShape } from './recomputation-shape.ts'
import { runShape, runShapes } from './run-shape.ts'

export const runRoutes = [
  route(createRun, async ({ services, principal: { tenant, keyId }, params, readJson, createOnce, answer }) => {
    const request = await readJson()
    if (request.dry_run)
      return answer(200, { object: 'eval.run.estimate', ...(await estimateOf(services, tenant, params.eval_id, request)) })
    return createOnce({
      request,
      status: 201,
      make: async (id) => runShape(services, (await startRun(services, tenant, params.eval_id, request, { id, keyId })).run),
      found: async (id) => {
        const run = await services.runs.findRun(tenant, runIdOf(id))
        return run && runShape(services, run)
      },
    })
  }),

  route(listRuns, async ({ services, principal: { tenant }, params, query: { status, ...query }, answer }) => {
    const { id } = await services.catalogue.evals.find(tenant, params.eval_id)
    // Runs are planned when they are created, so none is ever queued.
    const list = async (limit: number) =>
      status === 'queued' ? [] : runShapes(services, tenant, await services.views.list(tenant, id, { ...query, status, limit }))
    return answer(200, await listPage(query.limit, list, (run) => run))
  }),

  route(getRun, async (call) => call.answer(200, await runShape(call.services, await findRun(call)))),

  route(cancelRunByPost, cancelAndShow),
  route(cancelRun, cancelAndShow),

  route(recomputeRun, async (call) => {
    const { services, principal, answer } = call
    const { tenant, id } = await findRun(call)
    await admitRecomputation(services, principal.keyId)
    const record = await requestRecomputation(services, tenant, id)
    return answer(record.state === 'in_progress' ? 202 : 200, recomputationShape(id, record))
  }),

  route(getRecomputation, async (call) => {
    const { tenant, id } = await findRun(call)
    const record = await call.services.recomputations.find(tenant, id)
    if (record === null) throw new Fault({ kind: 'not_found', resource: 'recomputation of run', id })
    return call.answer(200, recomputationShape(id, record))
  }),

  route(deleteRun, async (call) => {
    const run = await findRun(call)
    await removeRun(call.services, run)
    return call.answer(200, { object: 'eval.run.deleted', deleted: true, run_id: run.id })
  }),

  route(updateRun, async (call) => {
    const { services, readJson, answer } = call
    const run = await findRun(call)
    const { visibility } = await readJson()
    await changeVisibility(services, run.tenant, run.id, visibility)
    return answer(200, await runShape(services, await findRun(call)))
  }),
]

async function cancelAndShow(call: Call<typeof cancelRun> | Call<typeof cancelRunByPost>) {
  const { context, services, answer } = call
  const run = await findRun(call)
  await refuseMembers(context)
  await cancel(services, run.tenant, run.id)
  return answer(200, await runShape(services, await findRun(call)))
}

/**
 * Cancelling needs no body. A body with members asks for something else, and must not cancel. @throws {Fault}
 * `invalid`
 */
async function refuseMembers(context: AppContext): Promise<void> {
  const [member] = await holdBody(context, { limit: JSON_LIMIT }, async (bytes) =>
    bytes.length === 0 ? [] : Object.keys(check(z.record(z.string(), z.unknown()), parseJson(bytes))),
  )
  if (member !== undefined)
    throw invalidField(`/${member}`, 'is not read: this request cancels the run; PATCH changes its visibility')
}
