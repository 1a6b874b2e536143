/**
 * Wire shapes of models.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { captionerManifest, fusionManifest } from '../../../contracts/fusion-manifest.ts'
import { modelManifest } from '../../../contracts/model-manifest.ts'
import { listOf } from '../../../contracts/wire/common.ts'

const manifest = modelManifest.meta({
  id: 'ModelManifest',
  description: 'The files of a model, their digests, and how inputs are prepared.',
})

const fusion = fusionManifest.meta({
  id: 'FusionManifest',
  description: 'The graphs of a model that answers, their vocabulary, and how pictures are prepared.',
})

const captioner = captionerManifest.meta({
  id: 'CaptionerManifest',
  description: 'The graphs of a model that says what is in a picture, how it searches, and how pictures are prepared.',
})

export const modelObject = z
  .object({
    object: z.literal('model'),
    id: z.string(),
    created: z.int().describe('When its version was released, or else added, in Unix seconds.'),
    owned_by: z.string(),
    task: z.string(),
    model_digest: z.string().describe('SHA-256 over the weights and the graph, in hex.'),
    preprocessing_digest: z.string().describe('SHA-256 over all parameters of preprocessing, in hex.'),
    runtime: z.string().describe('The inference runtime and its version.'),
    manifest: z.union([manifest, fusion, captioner]),
  })
  .openapi('Model')

export const modelCreate = z.strictObject({ manifest }).openapi('ModelCreate')

export const addedModelObject = z
  .object({
    object: z.literal('added_model'),
    id: z.string(),
    ready: z.boolean().describe('Whether all files that the manifest names are stored, so that the model can be used.'),
  })
  .openapi('AddedModel')

export const modelList = listOf(modelObject)
/** No parameters: the list is short and always complete. */
export const modelQuery = z.object({})
/** OpenAI's shape, whose `object` stays `model`. */
export const modelDeleted = z
  .object({ object: z.literal('model'), id: z.string(), deleted: z.literal(true) })
  .openapi('ModelDeleted')

export type ModelObject = z.infer<typeof modelObject>
