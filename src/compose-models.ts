/**
 * The models that a tenant may use: the shipped ones, those that it added, endpoints and uploaded outputs.
 * @module
 */
import { clock, type Deployment, egressOf, newId, sleep } from './compose-shared.ts'
import type { DatasetStore, ModelStore } from './contracts/catalogue-ports.ts'
import type { AnsweringModels } from './contracts/answering-model.ts'
import type { EdgeModels } from './contracts/edge-model.ts'
import { FIRST_TENANT } from './env.ts'
import { taskRegistry } from './tasks/registry.ts'
import { shippedDetector } from './models/domain/shipped-detector.ts'
import { createEdgeModels } from './models/edge/edge-models.ts'
import { addedModel, fusionPreprocessingDigest, shippedFusions, shippedModels } from './models/edge/edge-models.workerd.ts'
import { createAnsweringModels } from './models/edge/fusion/answering-models.ts'
import { embeddingCache } from './models/edge/embedding-cache.workerd.ts'
import { bodyMemory } from './models/edge/body-memory.workerd.ts'
import { createEndpointSecrets, type EndpointSecrets } from './models/endpoint/endpoint-secrets.ts'
import type { SharedTurns } from './models/endpoint/pacing/shared-pacer.ts'
import type { OutputStores } from './models/recorded/store-outputs.ts'
import { createModelRegistry, MODEL_KINDS, type ModelKindParts, type ModelRegistry } from './models/registry.ts'
import { createCallLedger } from './storage/call-ledger.ts'
import { createEndpointStore } from './storage/catalogue/endpoint-store.ts'
import { createAnswerStore } from './storage/endpoint-answers.ts'
import { createLedgerReader } from './storage/ledger-reader.ts'
import { createUploadStore } from './storage/objects.ts'

export function edgeModelsOf({ env, settings }: Deployment, store: ModelStore): EdgeModels {
  const uploads = createUploadStore(env.OBJECTS)
  return createEdgeModels({
    shipped: shippedModels,
    taken: shippedFusions,
    load: addedModel,
    store,
    towerWorkers: { vision: env.VISION_TOWER ?? null, text: env.TEXT_TOWER ?? null },
    readImage: (tenant, { sha256 }) => uploads.readImage(tenant, sha256),
    admit: bodyMemory.admit,
    detector: shippedDetector,
    cache: settings.remembersEmbeddings ? embeddingCache : null,
  })
}

export function answeringModelsOf({ env }: Deployment): AnsweringModels {
  const uploads = createUploadStore(env.OBJECTS)
  return createAnsweringModels({
    shipped: shippedFusions,
    preprocessingDigest: fusionPreprocessingDigest,
    readImage: (tenant, { sha256 }) => uploads.readImage(tenant, sha256),
    admit: bodyMemory.admit,
  })
}

export interface RegistryParts {
  readonly edgeModels: EdgeModels
  readonly answeringModels: AnsweringModels
  readonly files: OutputStores['files']
  readonly datasets: Pick<DatasetStore, 'open' | 'whileStoring'>
}

export function modelRegistryOf(deployment: Deployment, parts: RegistryParts): ModelRegistry {
  const { env } = deployment
  const uploads = createUploadStore(env.OBJECTS)
  return createModelRegistry<ModelKindParts>(MODEL_KINDS, {
    ...parts,
    endpoints: createEndpointStore(env.DB, clock),
    secrets: endpointSecretsOf(deployment),
    uploads,
    readImage: (tenant, { sha256 }) => uploads.readImage(tenant, sha256),
    readResultsOf: (format) => taskRegistry.format(format).readResults,
    admit: bodyMemory.admit,
    turnsOf: (tenant, { name, baseUrl }) => turnsOf(env, tenant, name, baseUrl),
    calls: {
      ledger: createCallLedger(env.DB, clock),
      ledgers: createLedgerReader(env.DB),
      answers: createAnswerStore(env.OBJECTS),
      newId,
    },
    egress: egressOf(deployment),
    sleep,
    random: Math.random,
    now: clock.now,
  })
}

/** One object per tenant and endpoint. An endpoint that was deleted and made anew elsewhere has another. */
function turnsOf({ ENDPOINT_PACER: pacers }: Deployment['env'], tenant: string, name: string, baseUrl: string): SharedTurns {
  const pacer = pacers.get(pacers.idFromName(JSON.stringify([tenant, name, baseUrl])))
  return {
    take: (limits) => pacer.take(limits),
    giveBack: () => pacer.giveBack(),
    report: (report) => pacer.report(report),
  }
}

/** Worker secrets are the first tenant's. */
export const endpointSecretsOf = ({ env }: Deployment): EndpointSecrets =>
  createEndpointSecrets(FIRST_TENANT, (name) => Reflect.get(env, name))
