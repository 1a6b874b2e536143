/**
 * The models that a tenant may use: the shipped ones, those that it added, endpoints and uploaded outputs.
 * @module
 */
import { clock, type Deployment, egressOf, newId, signedLinksOf, sleep } from './compose-shared.ts'
import type { DatasetStore, ModelStore } from './contracts/catalogue-ports.ts'
import type { AnsweringModels } from './contracts/answering-model.ts'
import type { EdgeModels } from './contracts/edge-model.ts'
import type { EndpointRecord } from './contracts/records.ts'
import { FIRST_TENANT } from './env.ts'
import { resultsReader } from './tasks/formats/other-results.ts'
import { taskRegistry } from './tasks/registry.ts'
import { shippedDetector } from './models/domain/shipped-detector.ts'
import { createEdgeModels } from './models/edge/edge-models.ts'
import {
  addedModel,
  fusionPreprocessingDigest,
  labelMemory,
  modelTurns,
  scaledPicture,
  shippedFusions,
  shippedModels,
} from './models/edge/edge-models.workerd.ts'
import { createAnsweringModels } from './models/edge/fusion/answering-models.ts'
import { embeddingCache } from './models/edge/embedding-cache.workerd.ts'
import { bodyMemory } from './models/edge/body-memory.workerd.ts'
import type { DirectCallerParts } from './models/endpoint/direct/direct-caller.ts'
import { createEndpointSecrets, type EndpointSecrets } from './models/endpoint/endpoint-secrets.ts'
import { createOpenPicture, type OpenPicture } from './models/endpoint/picture-policy.ts'
import type { SharedTurns } from './models/endpoint/pacing/shared-pacer.ts'
import type { OutputStores } from './models/recorded/store-outputs.ts'
import { createModelRegistry, MODEL_KINDS, type ModelKindParts, type ModelRegistry } from './models/registry.ts'
import { createCallLedger } from './storage/call-ledger.ts'
import { createEndpointStore } from './storage/catalogue/endpoint-store.ts'
import { createDirectLedger } from './storage/direct-ledger.ts'
import { createAnswerStore } from './storage/endpoint-answers.ts'
import { createLedgerReader } from './storage/ledger-reader.ts'
import { createUploadStore } from './storage/objects.ts'
import { createSubmissionFiles } from './storage/submission-files.ts'
import { createVectorFiles } from './storage/vector-files.ts'
import { signStandardWebhook } from './webhooks/standard-webhook.ts'

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
    turns: modelTurns,
    detector: shippedDetector,
    cache: settings.remembersEmbeddings ? embeddingCache : null,
    labels: labelMemory,
  })
}

export function answeringModelsOf({ env }: Deployment): AnsweringModels {
  const uploads = createUploadStore(env.OBJECTS)
  return createAnsweringModels({
    shipped: shippedFusions,
    preprocessingDigest: fusionPreprocessingDigest,
    readImage: (tenant, { sha256 }) => uploads.readImage(tenant, sha256),
    admit: bodyMemory.admit,
    turns: modelTurns,
    detector: shippedDetector,
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
    vectors: createVectorFiles(env.OBJECTS),
    readImage: (tenant, { sha256 }) => uploads.readImage(tenant, sha256),
    scalePicture: scaledPicture,
    readResultsOf: (format) => resultsReader(format, taskRegistry.format(format).readResults),
    admit: bodyMemory.admit,
    turnsOf: (tenant, { name, baseUrl }) => turnsOf(env, tenant, name, baseUrl),
    calls: {
      ledger: createCallLedger(env.DB, clock),
      ledgers: createLedgerReader(env.DB),
      answers: createAnswerStore(env.OBJECTS),
      newId,
    },
    links: signedLinksOf(deployment),
    submissionFiles: createSubmissionFiles(env.OBJECTS),
    sign: (secret, id, body) => signStandardWebhook([secret], id, clock.now() / 1000, body),
    egress: egressOf(deployment),
    sleep,
    random: Math.random,
    now: clock.now,
  })
}

/** For calls of endpoints outside runs. */
export function directCallerOf(deployment: Deployment): DirectCallerParts {
  const { env } = deployment
  return {
    egress: egressOf(deployment),
    secrets: endpointSecretsOf(deployment),
    turnsOf: (tenant, { name, baseUrl }) => turnsOf(env, tenant, name, baseUrl),
    ledgerOf: (payer) => createDirectLedger(env.DB, clock, payer),
    newId,
    sleep,
    random: Math.random,
    now: clock.now,
  }
}

/** Milliseconds for which the address of a picture works: one request with its retries. */
const PICTURE_MS = 3_600_000

/** Pictures for requests outside runs. */
export function openPictureOf(deployment: Deployment, tenant: string, { settings }: EndpointRecord): OpenPicture {
  const uploads = createUploadStore(deployment.env.OBJECTS)
  return createOpenPicture({
    send: settings.pictures.send,
    maxPixels: settings.pictures.max_pixels,
    scale: scaledPicture,
    readImage: ({ sha256 }) => uploads.readImage(tenant, sha256),
    links: signedLinksOf(deployment),
    tenant,
    until: () => clock.now() + PICTURE_MS,
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
