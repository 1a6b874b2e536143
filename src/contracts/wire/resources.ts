/**
 * Assay's own resources: datasets, files, images, models, endpoints, triggers, webhook targets, keys, the leaderboard.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { TASK_IDS } from '../item.ts'
import { modelManifest } from '../model-manifest.ts'
import { id, pageQueryOf, sortableId } from './common.ts'

export const datasetObject = z
  .object({
    object: z.literal('dataset'),
    id: z.string(),
    name: z.string(),
    created_at: z.int(),
    version: z.object({
      digest: z.string(),
      task: z.enum(TASK_IDS),
      format: z.string(),
      items: z.int(),
      images: z.int(),
      clusters: z.int(),
      created_at: z.int(),
    }),
    /** Only in the answer to its import: uploaded pictures that no item names. They are not stored. */
    unused_images: z.int().optional(),
    /** Items that name a picture which was not uploaded; they are imported without. */
    items_without_image: z.int().optional(),
  })
  .openapi('Dataset')

export const fileObject = z
  .object({
    object: z.literal('file'),
    id: z.string(),
    bytes: z.int(),
    created_at: z.int(),
    filename: z.string(),
    purpose: z.literal('evals'),
    /** Files are ready once they are stored; `waitForProcessing` of OpenAI's SDKs waits for this. */
    status: z.literal('processed'),
    sha256: z.string(),
  })
  .openapi('File')

export const imageObject = z
  .object({
    object: z.literal('image'),
    id: z.string(),
    sha256: z.string(),
    media_type: z.string(),
    bytes: z.int(),
    width: z.int(),
    height: z.int(),
    created_at: z.int(),
  })
  .openapi('Image')

export const modelObject = z
  .object({
    object: z.literal('model'),
    id: z.string(),
    created: z.int(),
    owned_by: z.string(),
    task: z.string(),
    model_digest: z.string(),
    preprocessing_digest: z.string(),
    runtime: z.string(),
    manifest: z.record(z.string(), z.unknown()),
  })
  .openapi('Model')

export const modelCreate = z.strictObject({ manifest: modelManifest }).openapi('ModelCreate')

/** `ready`: all files that its manifest names are here, and it may be asked. */
export const addedModelObject = z
  .object({ object: z.literal('added_model'), id: z.string(), ready: z.boolean() })
  .openapi('AddedModel')

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1–64 characters of a–z, 0–9, ".", "_" or "-", starting with a letter or digit')

export const endpointCreate = z
  .strictObject({
    name,
    /** The OpenAI-compatible base, e.g. `https://gpu.example.com/v1`; `/chat/completions` is appended. */
    base_url: z.url().max(2048),
    /** Name of a Worker secret that begins with `ENDPOINT_SECRET_`; its value is sent as the bearer token. */
    secret_name: z
      .string()
      .regex(/^ENDPOINT_SECRET_[A-Z0-9_]{1,48}$/, 'must look like ENDPOINT_SECRET_NAME')
      .nullish(),
    timeout_ms: z.int().min(1000).max(120_000).default(60_000),
    max_attempts: z.int().min(1).max(10).default(5),
    concurrency: z.int().min(1).max(6).default(4),
  })
  .openapi('EndpointCreate')

export const endpointObject = z
  .object({
    object: z.literal('endpoint'),
    name: z.string(),
    base_url: z.string(),
    secret_name: z.string().nullable(),
    timeout_ms: z.int(),
    max_attempts: z.int(),
    concurrency: z.int(),
    created_at: z.int(),
  })
  .openapi('Endpoint')

export const triggerCreate = z
  .strictObject({
    name: z.string().min(1).max(128),
    eval_id: id,
    scheme: z.enum(['github', 'standard_webhooks']),
    /** The sender's signing secret; made and returned once when absent. */
    secret: z.string().min(16).max(256).optional(),
    /** The run that each delivery starts, as `POST /v1/evals/{id}/runs` takes it. */
    run: z.record(z.string(), z.unknown()),
  })
  .openapi('TriggerCreate')

export const triggerObject = z
  .object({
    object: z.literal('trigger'),
    id: z.string(),
    name: z.string(),
    eval_id: z.string(),
    scheme: z.enum(['github', 'standard_webhooks']),
    url: z.string(),
    run: z.record(z.string(), z.unknown()),
    created_at: z.int(),
    secret: z.string().optional(),
  })
  .openapi('Trigger')

export const leaderboardRow = z
  .object({
    dataset: z.string(),
    dataset_digest: z.string(),
    /** The subject's name. Whoever uploads results chooses theirs: only `subject.type` says what it is. */
    model: z.string(),
    subject: z.object({ type: z.enum(['edge_model', 'endpoint', 'results', 'scores']) }),
    /** From 1; equal values share one. null: listed after the ranked rows, for the reason in `not_ranked`. */
    rank: z.int().nullable(),
    not_ranked: z.enum(['no_value', 'prediction_powered', 'limit', 'stopped_early', 'errored', 'unscored']).nullable(),
    criterion: z.string(),
    metric: z.string(),
    variant: z.string(),
    direction: z.enum(['higher_is_better', 'lower_is_better']),
    value: z.number().nullable(),
    low: z.number().nullable(),
    high: z.number().nullable(),
    level: z.number().nullable(),
    method: z.string().nullable(),
    n: z.int(),
    errored: z.int(),
    unscored: z.int(),
    /** Items that the value rests on, scored or not, of the dataset's `items`. */
    used: z.int(),
    items: z.int(),
    report_digest: z.string(),
    run_id: z.string(),
  })
  .openapi('LeaderboardRow')

export const datasetQuery = pageQueryOf(sortableId('ds_'))
export const fileQuery = pageQueryOf(sortableId('file-')).extend({
  /** The only one there is; OpenAI's SDKs may send it. */
  purpose: z.literal('evals').optional(),
})
export const endpointQuery = pageQueryOf(/^[a-z0-9][a-z0-9._-]{0,63}$/)
export const triggerQuery = pageQueryOf(sortableId('trig_'))

export const deleted = z.object({ object: z.string(), id: z.string(), deleted: z.literal(true) }).openapi('Deleted')
