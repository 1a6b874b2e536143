/**
 * The composition root: ports meet adapters here and nowhere else.
 * @module
 */
import { uuidv7 } from 'uuidv7'
import { workImport } from './imports/import-job.ts'
import { scoresName } from './models/subject.ts'
import type { Encoders } from './contracts/encoder.ts'
import type { ModelRecord, ModelStore } from './contracts/catalogue-ports.ts'
import { addressDigest } from './contracts/endpoint-address.ts'
import { Fault, invalidField, unprocessableField } from './contracts/failure.ts'
import type { Clock, Engine, WebhookOutcome } from './contracts/ports.ts'
import type { EndpointRecord } from './contracts/records.ts'
import type { RunRecord, ShardRange } from './contracts/run.ts'
import { EgressError } from './egress/egress-error.ts'
import { createEgress, type Egress } from './egress/egress.ts'
import { ENDPOINT_SECRET_PREFIX, type Env, FIRST_TENANT, readSettings } from './env.ts'
import type { Services } from './http/app-context.ts'
import { createFailedAttempts } from './http/failed-attempts.ts'
import { createEdgeModel } from './models/edge/edge-model.ts'
import { embedAnew } from './models/edge/embedding-cache.ts'
import { embeddingCache, embedPicture, labelSets, noLabelSets } from './models/edge/embedding-cache.workerd.ts'
import type { DualEncoder } from './models/edge/dual-encoder.ts'
import { addedModel, edgeModels, memoryReport } from './models/edge/edge-models.workerd.ts'
import { bodyMemory } from './models/edge/memory.workerd.ts'
import { warmUp } from './models/edge/warm-up.workerd.ts'
import { towersOf } from './models/edge/remote-tower.ts'
import type { Sampling } from './models/endpoint/chat-request.ts'
import { createEndpointPredictor } from './models/endpoint/endpoint-predictor.ts'
import { vqaPrompt } from './tasks/vqa/prompt.ts'
import { createRecordedPredictor, createRecordedScores } from './models/recorded/recorded-predictor.ts'
import { createCatalogueStore } from './storage/catalogue-store.ts'
import { createDailyUsage } from './storage/daily-usage.ts'
import { createDatasetStore } from './storage/dataset-store.ts'
import { createFileStore } from './storage/file-store.ts'
import { guardStorage } from './storage/guarded-bindings.ts'
import { createIdempotencyStore } from './storage/idempotency-store.ts'
import { createImportStore } from './storage/import-store.ts'
import { createImportWorkspace } from './storage/import-workspace.ts'
import { createJobStore } from './storage/job-store.ts'
import { createKeyStore } from './storage/key-store.ts'
import { createModelStore } from './storage/model-store.ts'
import { createObjectClaims } from './storage/object-claims.ts'
import { createBlobs, createUploadStore } from './storage/objects.ts'
import { createPublisher } from './storage/publisher.ts'
import { createQueues } from './storage/queues.ts'
import { createRunStore } from './storage/run-store.ts'
import { createRunViews } from './storage/run-views.ts'
import { explainStorageError } from './storage/schema-version.ts'
import { createSealer } from './storage/sealed-secret.ts'
import { createSweepStore } from './storage/sweep-store.ts'
import { createTableSnapshot } from './storage/table-snapshot.ts'
import { createUploadSessions } from './storage/upload-sessions.ts'
import { deliver } from './webhooks/deliver.ts'
import { runEvent, type RunEventType } from './webhooks/event.ts'

const clock: Clock = { now: () => Date.now() }

/** Of this isolate: what guesses have told of keys, triggers and networks. */
const keySnapshots = createTableSnapshot(clock)
const triggerSnapshots = createTableSnapshot(clock)
const failedAttempts = createFailedAttempts(clock)

/** 32 hex digits that sort by time of making. */
const newId = () => uuidv7().replaceAll('-', '')

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** Everything a request, message or tick may need. Cheap: adapters hold bindings, models load at first use. */
export function composeServices(bindings: Env): Services {
  const settings = readSettings(bindings)
  const env = guardStorage(bindings)
  const claims = createObjectClaims(env.DB, env.OBJECTS, clock)
  const catalogue = {
    ...createCatalogueStore(env.DB, clock, triggerSnapshots),
    files: createFileStore(env.DB, env.OBJECTS, clock, claims),
  }
  const datasets = createDatasetStore(env.DB, env.OBJECTS, clock, () => `ds_${newId()}`, claims)
  const uploads = createUploadStore(env.OBJECTS)
  const uploadSessions = createUploadSessions(env.DB, env.OBJECTS, clock, newId, claims)
  const imports = createImportStore(env.DB, clock)
  const workspace = (tenant: string, importId: string) => createImportWorkspace(env.OBJECTS, tenant, importId)
  const models = createModelStore(env.DB, env.OBJECTS, clock, claims)
  const encoders = createEncoders(env, models)
  const sealer = createSealer(env.SECRETS_KEY)
  const egress = createEgress({
    fetch: (url, init) => fetch(url, init),
    ...(env.LOOPBACK ? { loopbackFetch: (url: string, init: RequestInit) => env.LOOPBACK!.fetch(url, init) } : {}),
    ownHosts: settings.ownHosts,
  })

  const engine: Engine = {
    clock,
    runs: createRunStore(env.DB, clock, settings.leaseMilliseconds),
    // A message that nobody has begun to work on for a lease's time is taken for lost: locally queues die with the process.
    jobs: createJobStore(env.DB, clock, {
      resendMilliseconds: Math.min(settings.leaseMilliseconds, 60_000),
      leaseMilliseconds: settings.leaseMilliseconds,
    }),
    sweeper: createSweepStore(env.DB, clock, settings.leaseMilliseconds),
    blobs: createBlobs(env.OBJECTS),
    publisher: createPublisher(env.DB, env.PUBLISHED),
    queues: createQueues({ edge: env.EDGE_QUEUE, endpoint: env.ENDPOINT_QUEUE, control: env.CONTROL_QUEUE }),
    leaseMilliseconds: settings.leaseMilliseconds,
    stallMilliseconds: settings.stallMilliseconds,
    newToken: () => crypto.randomUUID(),
    every: (milliseconds, action) => {
      const timer = setInterval(() => void action(), milliseconds)
      return () => clearInterval(timer)
    },
    openDataset: (tenant, datasetId, digest) => datasets.open(tenant, datasetId, digest),
    predictorFor: (run, range) => predictorFor(run, range),
    deliverWebhook: async (job) => {
      const {
        endpoint,
        event,
        created_at: createdAt,
        depth = 0,
      } = job.payload as { endpoint: string; event: RunEventType; created_at: number; depth?: number }
      const target = await catalogue.webhookTargets.find(job.tenant, endpoint).catch(absent)
      if (target === null || target.disabledAt !== null)
        return { outcome: 'give_up', error: 'the webhook endpoint is gone or disabled' }
      const outcome = await deliver({
        target: { url: target.url, secrets: [await sealer.open(target.sealedSecret, `webhook_endpoint:${target.id}`)] },
        event: runEvent(eventId(job.runId, endpoint), event, job.runId, createdAt / 1000),
        chainDepth: depth,
        attempt: job.attempts + 1,
        egress,
        now: clock.now,
        random: Math.random,
      })
      if (outcome.outcome === 'disable') await catalogue.webhookTargets.disable(job.tenant, endpoint)
      return webhookOutcome(outcome)
    },
    workImport: (job) =>
      workImport({ clock, imports, datasets, files: catalogue.files, workspace, admit: bodyMemory.admit }, job),
    async failImport(tenant, id, detail) {
      await imports.fail(tenant, id, { kind: 'internal', detail })
      await workspace(tenant, id).clear()
    },
    expireUploads: (limit) => uploadSessions.expire(limit),
    collectObjects: (limit) => claims.sweep(limit),
    failpoint: async (name) => {
      if (env.FAILPOINT_URL && env.LOOPBACK) await env.LOOPBACK.fetch(`${env.FAILPOINT_URL}?name=${name}`)
    },
  }

  async function predictorFor(run: RunRecord, range: ShardRange) {
    const { subject, dataset } = run.spec
    const readImage = (image: { sha256: string }) => uploads.readImage(run.tenant, image.sha256)
    /** What an uploaded file says of each item of the shard, by the item's id. */
    const recordedIn = async (file: string) => {
      const answers = await uploads.readAnswers(run.tenant, file, dataset.digest, range.first, range.end)
      return new Map(answers.map(({ id, answer }) => [id, answer]))
    }
    switch (subject.type) {
      case 'edge_model': {
        const model = await encoders.find(run.tenant, subject.model)
        const current = await model?.identity()
        if (
          !model ||
          current?.model_digest !== subject.model_digest ||
          current.preprocessing_digest !== subject.preprocessing_digest ||
          current.runtime !== subject.runtime
        )
          throw new Error(`run ${run.id} was planned for another build of model ${subject.model}`)
        const memory = { cache: embeddingCache, scope: `tenant ${run.tenant}` }
        return createEdgeModel(model, readImage, bodyMemory.admit, settings.remembersEmbeddings ? memory : undefined)
      }
      case 'results': {
        const answers = await recordedIn(subject.results_digest)
        return createRecordedPredictor(async (item) => answers.get(item.id))
      }
      case 'scores': {
        const scores = await recordedIn(scoresName(subject.scores_digest))
        return createRecordedScores((item) => scores.get(item.id))
      }
      case 'endpoint': {
        const endpoint = await catalogue.endpoints.find(run.tenant, subject.endpoint)
        if (subject.address_digest !== undefined && subject.address_digest !== (await addressDigest(endpoint.baseUrl)))
          throw new Error(`run ${run.id} was planned for another address of endpoint ${subject.endpoint}`)
        return createEndpointPredictor({
          endpoint: endpointConfig(endpoint),
          model: subject.model,
          prompt: subject.prompt,
          sampling: subject.sampling as Sampling,
          egress,
          readImage,
          secret: endpointSecret(env, run.tenant, endpoint),
          sleep,
          random: Math.random,
          now: clock.now,
        })
      }
    }
  }

  return {
    clock,
    newId,
    engine,
    encoders,
    models,
    towerWorkers: { vision: env.VISION_TOWER !== undefined, text: env.TEXT_TOWER !== undefined },
    catalogue,
    datasets,
    uploads,
    uploadSessions,
    imports,
    sealer,
    idempotency: createIdempotencyStore(env.DB, clock),
    defaultPrompt: vqaPrompt.template,
    checkPrompt: vqaPrompt.check,
    views: createRunViews(env.DB, env.OBJECTS, env.PUBLISHED),
    keys: createKeyStore(env.DB, clock, settings.configuredKey, keySnapshots),
    usage: createDailyUsage(env.DB, clock),
    anonymousDailyBudget: settings.anonymousDailyBudget,
    anonymousNetworkBudget: settings.anonymousNetworkBudget,
    limits: {
      anonymous: async (client) => (await env.ANONYMOUS_LIMIT.limit({ key: client })).success,
      visitorRead: async (client) => (await env.VISITOR_READ_LIMIT.limit({ key: client })).success,
      key: async (keyId) => (await env.KEY_LIMIT.limit({ key: keyId })).success,
      deliverySource: async (source) => (await env.DELIVERY_SOURCE_LIMIT.limit({ key: source })).success,
      signedDelivery: async (trigger) => (await env.SIGNED_DELIVERY_LIMIT.limit({ key: trigger })).success,
    },
    failedAttempts: failedAttempts(async (source) => (await env.FAILED_ATTEMPT_LIMIT.limit({ key: source })).success),
    checkAddress: (address, purpose, pointer) => checkAddress(egress, address, purpose, pointer),
    checkSecret: (tenant, name, pointer) => {
      if (tenant !== FIRST_TENANT)
        throw new Fault({ kind: 'forbidden', detail: 'Worker secrets are the first tenant’s: leave secret_name out' })
      if (secretOf(env, name) === undefined)
        throw unprocessableField(pointer, `there is no Worker secret ${name}; set it first: wrangler secret put ${name}`)
    },
    bodies: bodyMemory,
    admit: bodyMemory.admit,
    explain: (thrown) => explainStorageError(env.DB, thrown),
    warmUp,
    embedPicture: settings.remembersEmbeddings ? embedPicture : embedAnew,
    labelSets: settings.remembersEmbeddings ? labelSets : noLabelSets,
    memory: () => ({ ...memoryReport(), embedding_cache: embeddingCache.report() }),
    reportsTimings: env.LOOPBACK !== undefined,
  }
}

/** The shipped models, and behind them those that a tenant added. */
function createEncoders(env: Env, models: ModelStore) {
  const make = (tenant: string, { manifest, createdAt }: ModelRecord): DualEncoder => ({
    ...addedModel(`${tenant}/${manifest.id}`, manifest, (file) => models.openFile(tenant, file), {
      vision: env.VISION_TOWER ? towersOf(env.VISION_TOWER, tenant) : null,
      text: env.TEXT_TOWER ? towersOf(env.TEXT_TOWER, tenant) : null,
    }),
    createdAt,
  })
  return {
    isShipped: (id) => edgeModels.has(id),
    async list(tenant) {
      const added = await models.list(tenant)
      return [...edgeModels.values(), ...added.filter(({ ready }) => ready).map((record) => make(tenant, record))]
    },
    async find(tenant, id) {
      const shipped = edgeModels.get(id)
      if (shipped !== undefined) return shipped
      const added = await models.find(tenant, id)
      return added?.ready ? make(tenant, added) : null
    },
  } satisfies Encoders
}

function endpointConfig({ name, baseUrl, secretName, timeoutMs, maxAttempts, concurrency }: EndpointRecord) {
  return { name, base_url: baseUrl, secret_name: secretName, timeout_ms: timeoutMs, max_attempts: maxAttempts, concurrency }
}

/** @throws {Error} when the secret that an endpoint names is not set: an infrastructure fault, not the samples'. */
function endpointSecret(env: Env, tenant: string, { name, secretName }: EndpointRecord): string | undefined {
  if (secretName === null) return undefined
  // Another tenant's administrator could send the deployment's secrets to an address of his own.
  const value = tenant === FIRST_TENANT ? secretOf(env, secretName) : undefined
  if (value === undefined) throw new Error(`endpoint ${name} names the Worker secret ${secretName}, which is not set`)
  return value
}

function secretOf(env: Env, name: string): string | undefined {
  const value = name.startsWith(ENDPOINT_SECRET_PREFIX) ? (env as unknown as Record<string, unknown>)[name] : undefined
  return typeof value === 'string' ? value : undefined
}

function checkAddress(egress: Egress, address: string, purpose: 'endpoint' | 'webhook', pointer: string): void {
  try {
    egress.check(address, purpose)
  } catch (error) {
    throw error instanceof EgressError ? invalidField(pointer, error.message) : error
  }
}

/** The same for every attempt at one delivery, so that a receiver can tell a repeat. No dots. */
function eventId(runId: string, endpointId: string): string {
  return `evt_${runId.replace(/^evalrun_/, '')}_${endpointId.replace(/^we_/, '')}`
}

function webhookOutcome(outcome: Awaited<ReturnType<typeof deliver>>): WebhookOutcome {
  switch (outcome.outcome) {
    case 'delivered':
      return { outcome: 'delivered' }
    case 'retry':
      return { outcome: 'retry', delayMilliseconds: Math.ceil(1000 * outcome.retryAfterSeconds), error: outcome.error }
    case 'disable':
    case 'give_up':
      return { outcome: 'give_up', error: outcome.error }
  }
}

function absent(error: unknown): null {
  if (error instanceof Fault && error.failure.kind === 'not_found') return null
  throw error
}
