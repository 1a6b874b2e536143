/**
 * From a request to a run in progress, for `POST …/runs` and for webhooks.
 * @module
 */
import { relocate } from '../../../contracts/failure-pointer.ts'
import type { ResolvedModel } from '../../../models/model-kind.ts'
import { pairScorers, requireComparable, requireComparableSample } from '../../../comparisons/pair-scorers.ts'
import { unprocessableField } from '../../../contracts/failure.ts'
import { nanoOf } from '../../../contracts/call-cost.ts'
import type { RunBudget } from '../../../contracts/endpoint-calls.ts'
import type { NewDelivery } from '../../../contracts/ports.ts'
import type { NewRun, RunRecord, RunSpec, ShardRange } from '../../../contracts/run.ts'
import { findNamedRun } from './find-run.ts'
import type { RunCreate } from './run-create.ts'
import { planGraders } from './plan-graders.ts'
import { resolveSource } from './sources/resolve-source.ts'
import { estimateRun, requireWithinBudget, type RunEstimate, sumOf } from '../../../runs/estimate.ts'
import { sendJobsOf } from '../../../jobs/send-jobs.ts'
import { fanOut } from '../../../runs/fan-out.ts'
import { undecidable } from '../../../runs/gate.ts'
import { defaultShardSize, largestShardSize, layOut, MOST_SHARDS, planRun } from '../../../runs/plan.ts'
import { adoptProxy } from '../../../runs/proxy-scores.ts'
import { requireMergeable } from '../../../runs/gallery-size.ts'
import { firstSendLimit } from '../../../runs/send-limit.ts'
import { SCORERS } from '../../../scorers/registry.ts'
import { taskRegistry } from '../../../tasks/registry.ts'
import type { Services } from '../../app-context.ts'

/**
 * A run that could start: everything is looked up and checked. Nothing is stored except the items of the
 * request and the answers of a results file.
 */
export async function resolveRun(
  services: Services,
  tenant: string,
  evalId: string,
  request: RunCreate,
): Promise<{ run: Omit<NewRun, 'id'>; shards: ShardRange[] }> {
  const { source, model, work, spec, specDigest, shards } = await planOf(services, tenant, evalId, request)
  // Last, so that nothing is stored for a run that the plan refuses.
  const { datasetId, dataSource } = await source.store()
  await model.prepare()
  return {
    shards,
    run: {
      tenant,
      evalId,
      name: request.name ?? null,
      visibility: request.visibility,
      datasetId,
      queue: work.queue,
      spec,
      specDigest,
      dataSource,
      metadata: request.metadata ?? null,
      maxErrored: request.max_errored,
      gate: request.gate ?? null,
    },
  }
}

/** The estimate of a run, without storing anything. @throws {Fault} like {@link resolveRun} */
export async function estimateOf(services: Services, tenant: string, evalId: string, request: RunCreate): Promise<RunEstimate> {
  return (await planOf(services, tenant, evalId, request)).estimate
}

/** The plan of a run. Nothing is stored. @throws {Fault} for a run that cannot be, or exceeds its budget */
async function planOf(services: Services, tenant: string, evalId: string, request: RunCreate) {
  const evaluation = await services.catalogue.evals.find(tenant, evalId)
  const source = await resolveSource(services, tenant, evaluation, request.data_source)
  const { version, limit } = source
  const { prediction_powered: powered } = request
  const proxy = powered && (await adoptProxy(services, tenant, powered.proxy, version))
  const count = powered?.gold ?? limit ?? version.items
  const scorers = SCORERS.bindAll(evaluation.criteria)
  const { reference, pointers } = source
  const outputs = new Set(scorers.map(({ requires }) => requires))
  const model = await relocate(pointers, () =>
    services.modelRegistry.resolve({ tenant, dataset: version, reference, count, outputs }),
  )
  const graders = await planGraders(services, tenant, scorers, version)
  const { spec, specDigest } = await relocate(pointers, () =>
    planRun({
      dataset: version,
      scorers,
      model,
      graders: graders.specs,
      limit,
      seed: request.seed,
      level: request.level,
      stopping: request.stopping,
      predictionPowered: powered && proxy && { ...powered, proxy },
    }),
  )
  await checkGate(services, tenant, request.gate, spec)
  const { count: selected } = spec.selection
  const textsOf = taskRegistry.task(version.task).texts
  await requireMergeable(services, scorers, { version, textsOf, count: selected, dimensions: model.dimensions })
  const work = workOf(model, graders.models)
  const size = shardSize(request, work, selected)
  const shards = layOut(selected, size, firstSendLimit(spec) ?? 0, MOST_SHARDS[work.queue])
  const estimate = sumOf([model, ...graders.models].map(({ calls }) => estimateRun(selected, calls)))
  if (!request.dry_run && request.budget?.if_worst_case_exceeds === 'refuse') requireWithinBudget(estimate, budgetOf(request))
  return { source, model, work, spec, specDigest, shards, estimate }
}

const budgetOf = ({ budget }: RunCreate): RunBudget => ({
  maxRequests: budget?.max_requests ?? null,
  maxCostNano: budget?.max_cost_usd === undefined ? null : nanoOf(budget.max_cost_usd),
})

/**
 * Plans, commits and fans out a run. For an existing run id, or a known delivery, returns that run instead.
 * @param once - the run's id, 32 hex digits, or the delivery that starts it
 */
export async function startRun(
  services: Services,
  tenant: string,
  evalId: string,
  request: RunCreate,
  once: { readonly id?: string; readonly delivery?: NewDelivery; readonly keyId?: string } = {},
): Promise<{ run: RunRecord; created: boolean }> {
  if (request.dry_run) throw unprocessableField('/dry_run', 'an estimate starts no run; ask POST /v1/evals/{eval_id}/runs for it')
  const { run, shards } = await resolveRun(services, tenant, evalId, request)
  const { subject } = run.spec
  const { created, runId } = await services.runs.createRun({ ...run, id: runIdOf(once.id ?? services.newId()) }, shards, {
    delivery: once.delivery,
    calls: { ...budgetOf(request), cache: request.cache, keyId: once.keyId ?? null },
    sendLimit: firstSendLimit(run.spec),
    addedModel: subject.type === 'edge_model' && !services.edgeModels.isShipped(subject.model) ? subject.model : undefined,
  })
  if (created) await sendRun(services, { id: runId, queue: run.queue })
  // The commit shows soon that a run is under way. If sending fails, the sweep sends it.
  if (created && once.delivery?.commitStatus)
    await sendJobsOf(services, tenant, runId).catch((error: unknown) =>
      console.error({ message: 'commit status delayed', run: runId, error: String(error) }),
    )
  const record = await services.runs.findRun(tenant, runId)
  if (record === null) throw new Error(`run ${runId} vanished`)
  return { run: record, created }
}

/** The run is committed. If sending fails, the sweep sends it later. */
export async function sendRun(services: Services, { id, queue }: Pick<RunRecord, 'id' | 'queue'>): Promise<void> {
  await fanOut(services, queue).catch((error: unknown) =>
    console.error({ message: 'fan-out delayed', run: id, error: String(error) }),
  )
}

/**
 * A gate that could never be decided is refused before anything is paid for.
 * @throws {Fault} `unprocessable` or `not_found`, naming the condition
 */
async function checkGate(services: Services, tenant: string, gate: RunCreate['gate'], spec: RunSpec): Promise<void> {
  if (gate === undefined) return
  const wrong = undecidable(gate, { spec })
  if (wrong !== null) throw unprocessableField(wrong.pointer, wrong.detail)
  for (const [index, condition] of gate.entries()) {
    if (condition.type !== 'not_degraded') continue
    const pointer = `/gate/${index}/baseline`
    const baseline = await findNamedRun(services, tenant, condition.baseline, pointer)
    requireComparable(baseline, pointer, condition.criteria)
    const run = { id: 'of this request', spec }
    requireComparableSample(run, pointer, condition.criteria)
    const mayPair = baseline.spec.dataset.task === 'custom' && spec.dataset.task === 'custom'
    const isSame = baseline.spec.dataset.digest === spec.dataset.digest && baseline.spec.selection.count === spec.selection.count
    // Items of a user's own evals are paired by id when the run is merged.
    if (!isSame && !mayPair)
      throw unprocessableField(pointer, `run ${baseline.id} has other items: use its dataset version and its limit`)
    pairScorers(baseline, run, condition.criteria, { treatment: pointer, criteria: `/gate/${index}/criteria` })
  }
}

export const runIdOf = (id: string) => `evalrun_${id}`

interface ShardWork extends Pick<ResolvedModel, 'queue' | 'concurrency' | 'shardSize' | 'largestShard'> {
  /** Calls of endpoints per item, one after another. */
  readonly calls: number
}

/** A run with a grading model is work of the endpoint queue, whatever it evaluates. */
function workOf(model: ResolvedModel, graders: readonly ResolvedModel[]): ShardWork {
  const { queue, concurrency, shardSize: own, largestShard } = model
  if (graders.length === 0)
    return {
      queue,
      concurrency,
      ...(own === undefined ? {} : { shardSize: own }),
      ...(largestShard === undefined ? {} : { largestShard }),
      calls: Math.max(1, callsPerItem(model)),
    }
  const calling = [...(model.queue === 'endpoint' ? [model] : []), ...graders]
  return {
    queue: 'endpoint',
    concurrency: Math.min(...calling.map(({ concurrency }) => concurrency)),
    calls: graders.length + callsPerItem(model),
  }
}

/** Requests of an item follow each other. 0 for a model at the edge. */
const callsPerItem = ({ calls }: ResolvedModel): number => Math.ceil(calls?.requestsPerItem ?? 0)

function shardSize(request: RunCreate, work: ShardWork, count: number): number {
  const { queue, concurrency, calls, shardSize: own } = work
  const asked = request.layout?.shard_size
  const most = Math.max(1, Math.floor((work.largestShard ?? largestShardSize(queue, concurrency)) / calls))
  if (asked === undefined) return Math.min(most, own ?? defaultShardSize(queue, count, concurrency))
  if (asked > most)
    throw unprocessableField(
      '/layout/shard_size',
      `a shard of this subject may have at most ${most} items, or it could not end in time`,
    )
  return asked
}
