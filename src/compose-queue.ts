/**
 * Composition of the queue door: one consumer per queue, each with only the parts that it needs.
 * @module
 */
import { answeringModelsOf, edgeModelsOf, endpointSecretsOf, modelRegistryOf } from './compose-models.ts'
import {
  clock,
  datasetStore,
  deploymentOf,
  type Deployment,
  egressOf,
  failpoints,
  leases,
  objectClaims,
  runStores,
} from './compose-shared.ts'
import type { JobHandlers } from './contracts/jobs.ts'
import { controlMessage, shardMessage } from './contracts/message.ts'
import type { Env } from './env.ts'
import { taskRegistry } from './tasks/registry.ts'
import { importJobHandler } from './imports/job-handler.ts'
import { type DeadJobDependencies, handleDeadJob, workJob, type WorkJobDependencies } from './jobs/work-job.ts'
import { bodyMemory } from './models/edge/body-memory.workerd.ts'
import { failDeadShard } from './runs/dead-shard.ts'
import { runJobHandlers } from './runs/job-handlers.ts'
import { scoreShard, type ScoreShardDependencies } from './runs/score-shard.ts'
import { createWebhookTargetStore } from './storage/catalogue/webhook-target-store.ts'
import { createFileStore } from './storage/file-store.ts'
import { createImportPictures } from './storage/import-pictures.ts'
import { createImportStore } from './storage/import-store.ts'
import { createImportWorkspace } from './storage/import-workspace.ts'
import { createModelStore } from './storage/model-store.ts'
import { createSealer } from './storage/sealed-secret.ts'
import { commitStatusJobHandler } from './webhooks/commit-status.ts'
import { webhookJobHandler } from './webhooks/job-handler.ts'

/** Handles one message. @throws if the queue should deliver it again */
type Consume = (body: unknown) => Promise<unknown>

const shards = (deployment: Deployment): Consume => {
  const dependencies = shardDependencies(deployment)
  return (body) => scoreShard(dependencies, shardMessage.parse(body))
}
const deadShards = (deployment: Deployment): Consume => {
  const dependencies = runStores(deployment)
  return (body) => failDeadShard(dependencies, shardMessage.parse(body))
}

/** By the end of the queue's name: its beginning is the name of the Worker. */
const CONSUMERS: Readonly<Record<string, (deployment: Deployment) => Consume>> = {
  edge: shards,
  endpoint: shards,
  'edge-dead': deadShards,
  'endpoint-dead': deadShards,
  control: (deployment) => {
    const dependencies = jobDependencies(deployment)
    return (body) => workJob(dependencies, controlMessage.parse(body).job)
  },
  'control-dead': (deployment) => {
    const dependencies = jobDependencies(deployment)
    return (body) => handleDeadJob(dependencies, controlMessage.parse(body).job)
  },
}

/** @throws {Error} for a queue without a consumer */
export function composeQueue(env: Env, queue: string): Consume {
  const compose = CONSUMERS[/-((?:edge|endpoint|control)(?:-dead)?)$/.exec(queue)?.[1] ?? '']
  if (compose === undefined) throw new Error(`no consumer for queue ${queue}`)
  return compose(deploymentOf(env))
}

/** @internal */
export function shardDependencies(deployment: Deployment): ScoreShardDependencies {
  const { env } = deployment
  const claims = objectClaims(deployment)
  const datasets = datasetStore(deployment, claims)
  const registry = modelRegistryOf(deployment, {
    edgeModels: edgeModelsOf(deployment, createModelStore(env.DB, env.OBJECTS, clock, claims)),
    answeringModels: answeringModelsOf(deployment),
    files: createFileStore(env.DB, env.OBJECTS, clock, claims),
    datasets,
  })
  return {
    ...runStores(deployment),
    ...leases(deployment),
    ...failpoints(deployment),
    clock,
    datasets,
    modelFor: (run, range) => registry.open(run, range),
  }
}

/** @internal */
export function jobDependencies(deployment: Deployment): WorkJobDependencies & DeadJobDependencies {
  const stores = runStores(deployment)
  return { clock, ...stores, ...leases(deployment), handlers: jobHandlers(deployment, stores) }
}

/** One line per room that has jobs. */
function jobHandlers(deployment: Deployment, stores: ReturnType<typeof runStores>): JobHandlers {
  const { env } = deployment
  const claims = objectClaims(deployment)
  const datasets = datasetStore(deployment, claims)
  return {
    ...runJobHandlers({
      clock,
      ...stores,
      ...failpoints(deployment),
      datasets,
      modelFor: (run, range) => shardDependencies(deployment).modelFor(run, range),
    }),
    import: importJobHandler({
      clock,
      tasks: taskRegistry,
      imports: createImportStore(env.DB, clock),
      datasets,
      files: createFileStore(env.DB, env.OBJECTS, clock, claims),
      workspace: (tenant, importId) => createImportWorkspace(env.OBJECTS, tenant, importId),
      pictures: (tenant, importId) => createImportPictures(env.DB, env.OBJECTS, claims, tenant, importId),
      admit: bodyMemory.admit,
    }),
    commit_status: commitStatusJobHandler({
      clock,
      runs: stores.runs,
      egress: egressOf(deployment),
      secret: (tenant, secretName) => endpointSecretsOf(deployment).open(tenant, { name: 'commit status', secretName })!,
      random: Math.random,
    }),
    webhook: webhookJobHandler({
      clock,
      ...failpoints(deployment),
      webhookTargets: createWebhookTargetStore(env.DB, clock),
      sealer: createSealer(env.SECRETS_KEY),
      egress: egressOf(deployment),
      random: Math.random,
    }),
  }
}
