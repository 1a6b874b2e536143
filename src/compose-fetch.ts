/**
 * Composition of the fetch door: everything that a request may need.
 * @module
 */
import {
  answeringModelsOf,
  directCallerOf,
  edgeModelsOf,
  endpointSecretsOf,
  modelRegistryOf,
  openPictureOf,
} from './compose-models.ts'
import {
  clock,
  datasetStore,
  deploymentOf,
  type Deployment,
  egressOf,
  failpoints,
  newId,
  objectClaims,
  runStores,
  signedLinksOf,
  sleep,
} from './compose-shared.ts'
import { checkAddress } from './egress/check-address.ts'
import type { Env } from './env.ts'
import type { Services } from './http/app-context.ts'
import { createFailedAttempts } from './http/failed-attempts.ts'
import { openDirectCaller } from './models/endpoint/direct/direct-caller.ts'
import { probeEndpoint } from './models/endpoint/probe/probe-endpoint.ts'
import { embeddingCache, labelSets, noLabelSets } from './models/edge/embedding-cache.workerd.ts'
import { memoryReport, scaledPicture } from './models/edge/edge-models.workerd.ts'
import { bodyMemory } from './models/edge/body-memory.workerd.ts'
import { warmUp } from './models/edge/warm-up.workerd.ts'
import { signStandardWebhook } from './webhooks/standard-webhook.ts'
import { createCallLedger } from './storage/call-ledger.ts'
import { createEndpointStore } from './storage/catalogue/endpoint-store.ts'
import { createEvalStore } from './storage/catalogue/eval-store.ts'
import { createImageStore } from './storage/catalogue/image-store.ts'
import { createTriggerStore } from './storage/catalogue/trigger-store.ts'
import { createWebhookTargetStore } from './storage/catalogue/webhook-target-store.ts'
import { createCompletionStore } from './storage/completion-store.ts'
import { createDailyUsage } from './storage/daily-usage.ts'
import { createFileStore } from './storage/file-store.ts'
import { createIdempotencyStore } from './storage/idempotency-store.ts'
import { createImportStore } from './storage/import-store.ts'
import { createKeyStore } from './storage/key-store.ts'
import { createLedgerReader } from './storage/ledger-reader.ts'
import { createLeaderboard } from './storage/leaderboard.ts'
import { createModelStore } from './storage/model-store.ts'
import type { ObjectClaims } from './storage/object-claims.ts'
import { createUploadStore } from './storage/objects.ts'
import { createRunViews } from './storage/run-views.ts'
import { explainStorageError } from './storage/schema-version.ts'
import { createSealer } from './storage/sealed-secret.ts'
import { createSubmissionFiles } from './storage/submission-files.ts'
import { createTableSnapshot } from './storage/table-snapshot.ts'
import { createUploadSessions } from './storage/upload-sessions.ts'
import { sendTestEvent } from './webhooks/test-delivery.ts'

/** Kept for the lifetime of the isolate: existing keys and triggers, and networks with wrong guesses. */
const keySnapshots = createTableSnapshot(clock)
const triggerSnapshots = createTableSnapshot(clock)
const failedAttempts = createFailedAttempts(clock)

export function composeFetch(bindings: Env): Services {
  const deployment = deploymentOf(bindings)
  const { env, settings } = deployment
  const claims = objectClaims(deployment)
  const models = createModelStore(env.DB, env.OBJECTS, clock, claims)
  const edgeModels = edgeModelsOf(deployment, models)
  const answeringModels = answeringModelsOf(deployment)
  const catalogue = catalogueOf(deployment, claims)
  const datasets = datasetStore(deployment, claims)
  const egress = egressOf(deployment)
  const sealer = createSealer(env.SECRETS_KEY)
  const secrets = endpointSecretsOf(deployment)
  return {
    clock,
    newId,
    sleep,
    ...runStores(deployment),
    comparedAtOnce: settings.comparedAtOnce,
    ...failpoints(deployment),
    ...limitsOf(deployment),
    ...edgeParts(deployment),
    catalogue,
    datasets,
    uploads: createUploadStore(env.OBJECTS),
    completions: createCompletionStore(env.DB, clock),
    uploadSessions: createUploadSessions(env.DB, env.OBJECTS, clock, newId, claims),
    imports: createImportStore(env.DB, clock),
    models,
    edgeModels,
    answeringModels,
    modelRegistry: modelRegistryOf(deployment, { edgeModels, answeringModels, files: catalogue.files, datasets }),
    sealer,
    idempotency: createIdempotencyStore(env.DB, clock),
    views: createRunViews(env.DB, env.OBJECTS),
    ledgers: createLedgerReader(env.DB),
    callLedger: createCallLedger(env.DB, clock),
    signedLinks: signedLinksOf(deployment),
    scalePicture: scaledPicture,
    submissionFiles: createSubmissionFiles(env.OBJECTS),
    leaderboard: createLeaderboard(env.DB),
    keys: createKeyStore(env.DB, clock, settings.configuredKey, keySnapshots),
    usage: createDailyUsage(env.DB, clock),
    checkAddress: (address, purpose, pointer) => checkAddress(egress, address, purpose, pointer),
    checkSecret: (tenant, name, pointer) => secrets.check(tenant, name, pointer),
    endpointSecret: (tenant, endpoint) => secrets.open(tenant, endpoint),
    openEndpoint: (payer, endpoint) => openDirectCaller(directCallerOf(deployment), payer, endpoint),
    openPicture: (tenant, endpoint) => openPictureOf(deployment, tenant, endpoint),
    probeEndpoint: (tenant, endpoint, model) =>
      probeEndpoint({
        endpoint,
        model,
        egress,
        secret: secrets.open(tenant, endpoint),
        sleep,
        random: Math.random,
        now: clock.now,
        newId,
        sign: (secret, id, body) => signStandardWebhook([secret], id, clock.now() / 1000, body),
      }),
    testWebhook: (target, type) => sendTestEvent({ sealer, egress, clock, newId, random: Math.random }, target, type),
    explain: (thrown) => explainStorageError(env.DB, thrown),
    reportsTimings: env.LOOPBACK !== undefined,
  }
}

function catalogueOf({ env }: Deployment, claims: ObjectClaims): Services['catalogue'] {
  return {
    files: createFileStore(env.DB, env.OBJECTS, clock, claims),
    images: createImageStore(env.DB, clock),
    evals: createEvalStore(env.DB, clock),
    endpoints: createEndpointStore(env.DB, clock),
    webhookTargets: createWebhookTargetStore(env.DB, clock),
    triggers: createTriggerStore(env.DB, clock, triggerSnapshots),
  }
}

function limitsOf({
  env,
  settings,
}: Deployment): Pick<Services, 'limits' | 'failedAttempts' | 'anonymousDailyBudget' | 'anonymousNetworkBudget'> {
  const within = (limit: RateLimit) => async (key: string) => (await limit.limit({ key })).success
  return {
    anonymousDailyBudget: settings.anonymousDailyBudget,
    anonymousNetworkBudget: settings.anonymousNetworkBudget,
    limits: {
      anonymous: within(env.ANONYMOUS_LIMIT),
      visitorRead: within(env.VISITOR_READ_LIMIT),
      key: within(env.KEY_LIMIT),
      deliverySource: within(env.DELIVERY_SOURCE_LIMIT),
      signedDelivery: within(env.SIGNED_DELIVERY_LIMIT),
      recomputation: within(env.RECOMPUTE_LIMIT),
    },
    failedAttempts: failedAttempts(within(env.FAILED_ATTEMPT_LIMIT)),
  }
}

/** The parts of this isolate that run a model at the edge, and their memory limit. */
function edgeParts({
  env,
  settings,
}: Deployment): Pick<Services, 'towerWorkers' | 'bodies' | 'admit' | 'warmUp' | 'labelSets' | 'memory'> {
  return {
    towerWorkers: { vision: env.VISION_TOWER !== undefined, text: env.TEXT_TOWER !== undefined },
    bodies: bodyMemory,
    admit: bodyMemory.admit,
    warmUp,
    labelSets: settings.remembersEmbeddings ? labelSets : noLabelSets,
    memory: () => ({ ...memoryReport(), embedding_cache: embeddingCache.report() }),
  }
}
