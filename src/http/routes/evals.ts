/**
 * `/v1/evals` in OpenAI's shape.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { unprocessableField } from '../../contracts/failure.ts'
import type { EvalRecord } from '../../contracts/records.ts'
import { metadata } from '../../contracts/wire/common.ts'
import { evalCreateOf, evalList, evalObject, evalQuery } from '../../contracts/wire/evals.ts'
import { SCORERS } from '../../scorers/registry.ts'
import type { App } from '../app-context.ts'
import { requireKey } from '../authorization.ts'
import { createOnce } from '../idempotency.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { listPage } from '../list-page.ts'
import { describe } from '../openapi.ts'
import { readJson } from '../body/json-body.ts'
import { readQuery } from '../check.ts'

export const evalCreate = evalCreateOf(SCORERS.spec)
const evalUpdate = z.strictObject({ name: z.string().max(256).nullish(), metadata: metadata.nullish() }).openapi('EvalUpdate')
const evalDeleted = z.object({ object: z.literal('eval.deleted'), deleted: z.literal(true), eval_id: z.string() })

export function evalRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: '/v1/evals',
    operationId: 'createEval',
    summary: 'Create an eval',
    tag: 'evals',
    refuses: [422],
    json: evalCreate,
    response: evalObject,
    status: 201,
    idempotent: true,
  })
  app.post('/v1/evals', async (context) => {
    const { tenant } = requireKey(context)
    const { catalogue } = context.env.services
    const key = idempotencyKeyOf(context)
    const body = await readJson(context, evalCreate)
    const { task } = body.data_source_config
    body.testing_criteria.forEach((spec, index) => {
      const { tasks } = SCORERS.bind(spec)
      if (tasks !== 'any' && !tasks.includes(task))
        throw unprocessableField(
          `/testing_criteria/${index}/type`,
          `${spec.type} scores ${tasks.join(' or ')} datasets; this eval is for ${task}`,
        )
    })
    return createOnce(context, {
      tenant,
      key,
      request: body,
      status: 201,
      make: async (id) =>
        shape(
          await catalogue.evals.put(tenant, {
            id: `eval_${id}`,
            name: body.name ?? null,
            dataSourceConfig: body.data_source_config,
            criteria: body.testing_criteria,
            metadata: body.metadata ?? null,
          }),
        ),
    })
  })

  describe(app, {
    method: 'get',
    path: '/v1/evals',
    operationId: 'listEvals',
    summary: 'List evals',
    tag: 'evals',
    query: evalQuery,
    response: evalList,
  })
  app.get('/v1/evals', async (context) => {
    const { tenant } = requireKey(context)
    const query = readQuery(context, evalQuery)
    return context.json(
      await listPage(query.limit, (limit) => context.env.services.catalogue.evals.list(tenant, { ...query, limit }), shape),
    )
  })

  describe(app, {
    method: 'get',
    path: '/v1/evals/{eval_id}',
    operationId: 'getEval',
    summary: 'Get an eval',
    tag: 'evals',
    refuses: [404],
    response: evalObject,
  })
  app.get('/v1/evals/:eval_id', async (context) => {
    const { tenant } = requireKey(context)
    return context.json(shape(await context.env.services.catalogue.evals.find(tenant, context.req.param('eval_id'))))
  })

  describe(app, {
    method: 'post',
    path: '/v1/evals/{eval_id}',
    operationId: 'updateEval',
    summary: "Change an eval's name or metadata",
    tag: 'evals',
    refuses: [404],
    json: evalUpdate,
    response: evalObject,
  })
  app.post('/v1/evals/:eval_id', async (context) => {
    const { tenant } = requireKey(context)
    const change = await readJson(context, evalUpdate)
    return context.json(shape(await context.env.services.catalogue.evals.update(tenant, context.req.param('eval_id'), change)))
  })

  describe(app, {
    method: 'delete',
    path: '/v1/evals/{eval_id}',
    operationId: 'deleteEval',
    summary: 'Delete an eval',
    tag: 'evals',
    refuses: [404, 409],
    response: evalDeleted,
  })
  app.delete('/v1/evals/:eval_id', async (context) => {
    const { tenant } = requireKey(context)
    const id = context.req.param('eval_id')
    await context.env.services.catalogue.evals.delete(tenant, id)
    return context.json({ object: 'eval.deleted', deleted: true, eval_id: id })
  })
}

function shape({ id, name, createdAt, dataSourceConfig, criteria, metadata: pairs }: EvalRecord) {
  return {
    object: 'eval' as const,
    id,
    name,
    created_at: Math.floor(createdAt / 1000),
    data_source_config: dataSourceConfig,
    testing_criteria: criteria,
    metadata: pairs,
  }
}
