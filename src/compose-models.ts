/**
 * The models that a tenant may run: the shipped ones, those that it added, endpoints and uploaded answers.
 * @module
 */
import { clock, type Deployment, sleep } from './compose-shared.ts'
import type { CatalogueStore, ModelRecord, ModelStore, UploadStore } from './contracts/catalogue-ports.ts'
import { addressDigest } from './contracts/endpoint-address.ts'
import type { Encoders } from './contracts/encoder.ts'
import { Fault, unprocessableField } from './contracts/failure.ts'
import type { ModelFor } from './contracts/ports.ts'
import type { EndpointRecord } from './contracts/records.ts'
import type { RunRecord, ShardRange } from './contracts/run.ts'
import type { Egress } from './egress/egress.ts'
import { ENDPOINT_SECRET_PREFIX, type Env, FIRST_TENANT } from './env.ts'
import type { DualEncoder } from './models/edge/dual-encoder.ts'
import { createEdgeModel } from './models/edge/edge-model.ts'
import { addedModel, edgeModels } from './models/edge/edge-models.workerd.ts'
import { embeddingCache } from './models/edge/embedding-cache.workerd.ts'
import { bodyMemory } from './models/edge/memory.workerd.ts'
import { towersOf } from './models/edge/remote-tower.ts'
import type { Sampling } from './models/endpoint/chat-request.ts'
import { createEndpointPredictor } from './models/endpoint/endpoint-predictor.ts'
import { createRecordedPredictor, createRecordedScores } from './models/recorded/recorded-predictor.ts'
import { scoresName } from './models/subject.ts'

/** The shipped models, and behind them those that a tenant added. */
export function encodersOf({ env }: Deployment, models: ModelStore) {
  const make = (tenant: string, { manifest, createdAt }: ModelRecord): DualEncoder => ({
    ...addedModel(`${tenant}/${manifest.id}`, manifest, (file) => models.openFile(tenant, file), {
      vision: env.VISION_TOWER ? towersOf(env.VISION_TOWER, tenant) : null,
      text: env.TEXT_TOWER ? towersOf(env.TEXT_TOWER, tenant) : null,
    }),
    createdAt,
  })
  return {
    isShipped: (id: string) => edgeModels.has(id),
    async list(tenant: string) {
      const added = await models.list(tenant)
      return [...edgeModels.values(), ...added.filter(({ ready }) => ready).map((record) => make(tenant, record))]
    },
    async find(tenant: string, id: string) {
      const shipped = edgeModels.get(id)
      if (shipped !== undefined) return shipped
      const added = await models.find(tenant, id)
      return added?.ready ? make(tenant, added) : null
    },
  } satisfies Encoders
}

export interface ModelParts {
  readonly encoders: ReturnType<typeof encodersOf>
  readonly endpoints: Pick<CatalogueStore['endpoints'], 'find'>
  readonly uploads: Pick<UploadStore, 'readImage' | 'readAnswers'>
  readonly egress: Egress
}

/** The model of a run, for the items of one shard. */
export function modelForOf({ env, settings }: Deployment, { encoders, endpoints, uploads, egress }: ModelParts): ModelFor {
  return async (run: RunRecord, range: ShardRange) => {
    const { subject, dataset } = run.spec
    const readImage = (image: { sha256: string }) => uploads.readImage(run.tenant, image.sha256)
    /** The uploaded answers of the shard's items, by the item's id. */
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
        const endpoint = await endpoints.find(run.tenant, subject.endpoint)
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
}

function endpointConfig({ name, baseUrl, secretName, timeoutMs, maxAttempts, concurrency }: EndpointRecord) {
  return { name, base_url: baseUrl, secret_name: secretName, timeout_ms: timeoutMs, max_attempts: maxAttempts, concurrency }
}

/** @throws {Fault} when an endpoint of this tenant may not send this Worker secret, or there is none of that name. */
export function checkSecret(env: Env, tenant: string, name: string, pointer: string): void {
  if (tenant !== FIRST_TENANT)
    throw new Fault({ kind: 'forbidden', detail: 'Worker secrets are the first tenant’s: leave secret_name out' })
  if (secretOf(env, name) === undefined)
    throw unprocessableField(pointer, `there is no Worker secret ${name}; set it first: wrangler secret put ${name}`)
}

/** @throws {Error} when the secret that an endpoint names is not set: an infrastructure fault, not the samples'. */
function endpointSecret(env: Env, tenant: string, { name, secretName }: EndpointRecord): string | undefined {
  if (secretName === null) return undefined
  // Another tenant's administrator could otherwise send the deployment's secrets to an address of his own.
  const value = tenant === FIRST_TENANT ? secretOf(env, secretName) : undefined
  if (value === undefined) throw new Error(`endpoint ${name} names the Worker secret ${secretName}, which is not set`)
  return value
}

function secretOf(env: Env, name: string): string | undefined {
  const value: unknown = name.startsWith(ENDPOINT_SECRET_PREFIX) ? Reflect.get(env, name) : undefined
  return typeof value === 'string' ? value : undefined
}
