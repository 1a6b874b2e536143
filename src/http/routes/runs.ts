/**
 * `/v1/evals/{eval_id}/runs` in OpenAI's shape: create, get, list, cancel, output items.
 * @module
 */
import { z } from 'zod'
import { Fault, invalidField } from '../../contracts/failure.ts'
import type { Item } from '../../contracts/item.ts'
import type { RunRecord, SampleEvidence } from '../../contracts/run.ts'
import {
  outputItem,
  outputItemList,
  outputItemQuery,
  runChange,
  runCreate,
  runList,
  runObject,
  runQuery,
} from '../../contracts/wire/evals.ts'
import { decodeLateResults, withLateResults } from '../../scorers/late-results.ts'
import { SCORERS } from '../../scorers/registry.ts'
import { cancelRun } from '../../runs/cancel.ts'
import { changeVisibility } from '../../runs/visibility.ts'
import type { App, AppContext, Services } from '../app-context.ts'
import { requireKey } from '../authorization.ts'
import { createOnce } from '../idempotency.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { listPage } from '../list-page.ts'
import { describe } from '../openapi.ts'
import { parseJson } from '../body/parse-json.ts'
import { holdBody } from '../body/hold-body.ts'
import { JSON_LIMIT, readJson } from '../body/json-body.ts'
import { check, readQuery } from '../check.ts'
import { ordinalOfOutputItem, outputItemResource, runResource } from '../run-resource.ts'
import { runIdOf, startRun } from '../start-run.ts'

const RUNS = '/v1/evals/{eval_id}/runs'

export function runRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: RUNS,
    operationId: 'createRun',
    summary: 'Start a run',
    tag: 'runs',
    refuses: [404, 409, 413, 422],
    json: runCreate,
    response: runObject,
    status: 201,
    idempotent: true,
  })
  app.post('/v1/evals/:eval_id/runs', async (context) => {
    const { tenant } = requireKey(context)
    const { services } = context.env
    const key = idempotencyKeyOf(context)
    const request = await readJson(context, runCreate)
    return createOnce(context, {
      tenant,
      key,
      request,
      status: 201,
      make: async (id) =>
        runResource(services, (await startRun(services, tenant, context.req.param('eval_id'), request, { id })).run),
      found: async (id) => {
        const run = await services.engine.runs.findRun(tenant, runIdOf(id))
        return run && runResource(services, run)
      },
    })
  })

  describe(app, {
    method: 'get',
    path: RUNS,
    operationId: 'listRuns',
    summary: 'List runs',
    tag: 'runs',
    refuses: [404],
    query: runQuery,
    response: runList,
  })
  app.get('/v1/evals/:eval_id/runs', async (context) => {
    const { tenant } = requireKey(context)
    const { services } = context.env
    const evaluation = await services.catalogue.evals.find(tenant, context.req.param('eval_id'))
    const { status, ...query } = readQuery(context, runQuery)
    // Runs are planned when they are made: none is ever merely queued.
    const list = (limit: number) =>
      status === 'queued' ? Promise.resolve([]) : services.views.list(tenant, evaluation.id, { ...query, status, limit })
    return context.json(await listPage(query.limit, list, (run) => runResource(services, run, { report: false })))
  })

  describe(app, {
    method: 'get',
    path: `${RUNS}/{run_id}`,
    operationId: 'getRun',
    summary: 'Get a run',
    tag: 'runs',
    refuses: [404],
    response: runObject,
  })
  app.get('/v1/evals/:eval_id/runs/:run_id', async (context) =>
    context.json(await runResource(context.env.services, await runOf(context))),
  )

  // OpenAI's specification has the first of these, its SDKs call the second.
  for (const [path, operationId] of [
    [`${RUNS}/{run_id}`, 'cancelRunByPost'],
    [`${RUNS}/{run_id}/cancel`, 'cancelRun'],
  ] as const)
    describe(app, {
      method: 'post',
      path,
      operationId,
      summary: 'Cancel a run',
      tag: 'runs',
      refuses: [400, 404, 409, 413],
      response: runObject,
    })
  app.on('POST', ['/v1/evals/:eval_id/runs/:run_id', '/v1/evals/:eval_id/runs/:run_id/cancel'], async (context: AppContext) => {
    const run = await runOf(context)
    await refuseMembers(context)
    await cancelRun(context.env.services.engine, run.tenant, run.id)
    return context.json(await runResource(context.env.services, await runOf(context)))
  })

  describe(app, {
    method: 'patch',
    path: `${RUNS}/{run_id}`,
    operationId: 'updateRun',
    summary: 'Publish a run, or take it down',
    tag: 'runs',
    json: runChange,
    refuses: [404, 409],
    response: runObject,
  })
  app.patch('/v1/evals/:eval_id/runs/:run_id', async (context) => {
    const run = await runOf(context)
    const { visibility } = await readJson(context, runChange)
    await changeVisibility(context.env.services.engine, run.tenant, run.id, visibility)
    return context.json(await runResource(context.env.services, await runOf(context)))
  })

  describe(app, {
    method: 'get',
    path: `${RUNS}/{run_id}/output_items`,
    operationId: 'listOutputItems',
    summary: "List a run's samples",
    tag: 'runs',
    refuses: [404],
    query: outputItemQuery,
    response: outputItemList,
  })
  app.get('/v1/evals/:eval_id/runs/:run_id/output_items', async (context) => {
    const run = await runOf(context)
    const { limit, after, status } = readQuery(context, outputItemQuery)
    const first = after === undefined ? 0 : ordinalAfter(run, after)
    return context.json(
      await listPage(
        limit,
        (count) => samplesOf(context.env.services, run, first, count, status),
        ({ resource }) => resource,
      ),
    )
  })

  describe(app, {
    method: 'get',
    path: `${RUNS}/{run_id}/output_items/{output_item_id}`,
    operationId: 'getOutputItem',
    summary: 'Get a sample',
    tag: 'runs',
    refuses: [404],
    response: outputItem,
  })
  app.get('/v1/evals/:eval_id/runs/:run_id/output_items/:output_item_id', async (context) => {
    const run = await runOf(context)
    const id = context.req.param('output_item_id')
    const ordinal = ordinalOfOutputItem(run, id)
    const [found] = ordinal === null ? [] : await samplesOf(context.env.services, run, ordinal, 1)
    if (found === undefined || found.resource.datasource_item_id !== ordinal)
      throw new Fault({ kind: 'not_found', resource: 'output item', id })
    return context.json(found.resource)
  })
}

/** Cancelling takes no body. One with members means something else, and must not cancel. @throws {Fault} `invalid` */
async function refuseMembers(context: AppContext): Promise<void> {
  const [member] = await holdBody(context, { limit: JSON_LIMIT }, async (bytes) =>
    bytes.length === 0 ? [] : Object.keys(check(z.record(z.string(), z.unknown()), parseJson(bytes))),
  )
  if (member !== undefined)
    throw invalidField(`/${member}`, 'is not read: this request cancels the run; PATCH changes its visibility')
}

/** The run that a path names, if it is the tenant's and the eval's. */
async function runOf(context: AppContext): Promise<RunRecord> {
  const { tenant } = requireKey(context)
  const { eval_id: evalId, run_id: runId } = context.req.param() as { eval_id: string; run_id: string }
  const run = await context.env.services.engine.runs.findRun(tenant, runId)
  if (run?.evalId !== evalId) throw new Fault({ kind: 'not_found', resource: 'run', id: runId })
  return run
}

function ordinalAfter(run: RunRecord, id: string): number {
  const ordinal = ordinalOfOutputItem(run, id)
  if (ordinal === null)
    throw new Fault({
      kind: 'invalid',
      detail: `after: ${id} is not an output item of this run`,
      errors: [{ pointer: 'after', detail: 'is not an output item of this run' }],
    })
  return ordinal + 1
}

const TALLY = { pass: 'passed', fail: 'failed' } as const

/** Up to `count` samples from an ordinal on, those of failed shards as errored. */
async function samplesOf(services: Services, run: RunRecord, first: number, count: number, status?: 'pass' | 'fail') {
  const itemsOf = await itemReader(services, run)
  const late =
    run.ranksKey === null
      ? null
      : decodeLateResults(await services.engine.blobs.get(run.ranksKey), SCORERS.bindAll(run.spec.criteria))
  const complete = (sample: SampleEvidence) => (late === null ? sample : withLateResults(sample, late))
  const samples: { resource: ReturnType<typeof outputItemResource> }[] = []
  for await (const part of services.views.evidence(run, first, status && TALLY[status])) {
    const range =
      'samples' in part
        ? { first: part.samples[0]?.ordinal ?? 0, end: (part.samples.at(-1)?.ordinal ?? -1) + 1 }
        : { ...part.failed, end: Math.min(part.failed.end, part.failed.first + count - samples.length) }
    const items = await itemsOf(range.first, range.end)
    const evidence = 'samples' in part ? part.samples.map(complete) : failedSamples(run, range, items, part.failed.reason)
    for (const sample of evidence) {
      const resource = outputItemResource(run, items?.[sample.ordinal - range.first] ?? null, sample)
      if (status !== undefined && resource.status !== status) continue
      samples.push({ resource })
      if (samples.length === count) return samples
    }
  }
  return samples
}

/** Reads items [first, end); null when the dataset was deleted, which ended runs outlive. */
async function itemReader(services: Services, run: RunRecord): Promise<(first: number, end: number) => Promise<Item[] | null>> {
  const { tenant, datasetId, spec } = run
  const nullIfDeleted = (error: unknown): null => {
    if (error instanceof Fault && error.failure.kind === 'not_found') return null
    throw error
  }
  const reader = await services.datasets.open(tenant, datasetId, spec.dataset.digest).catch(nullIfDeleted)
  return async (first, end) => (first < end ? reader && reader.items(first, end).catch(nullIfDeleted) : [])
}

function failedSamples(
  run: RunRecord,
  range: { first: number; end: number },
  items: Item[] | null,
  reason: string | null,
): SampleEvidence[] {
  const message = `the shard this sample was in could not be scored${reason === null ? '' : `: ${reason}`}`

  return Array.from({ length: range.end - range.first }, (_, index) => ({
    ordinal: range.first + index,
    item_id: items?.[index]?.id ?? '',
    error: { code: 'shard_failed', message },
    results: run.spec.criteria.map(({ name, type }) => ({
      name,
      type,
      status: 'errored' as const,
      score: null,
      passed: false,
      reason: 'shard_failed',
    })),
  }))
}
