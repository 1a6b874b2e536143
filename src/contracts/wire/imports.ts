/**
 * Imports larger than a request: uploads in parts (OpenAI's shape) and datasets imported from uploaded files.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { orNull, problem } from './common.ts'
import { datasetObject, fileObject } from './resources.ts'

/** Bytes that one uploaded file may have. */
export const UPLOAD_LIMIT = 2_000_000_000

export const uploadCreate = z
  .strictObject({
    filename: z.string().min(1).max(255),
    purpose: z.literal('evals'),
    /** Of all parts together. */
    bytes: z.int().min(1).max(UPLOAD_LIMIT),
    mime_type: z.string().min(1).max(127),
  })
  .openapi('UploadCreate')

export const uploadObject = z
  .object({
    object: z.literal('upload'),
    id: z.string(),
    bytes: z.int(),
    created_at: z.int(),
    expires_at: z.int(),
    filename: z.string(),
    purpose: z.literal('evals'),
    status: z.enum(['pending', 'completed', 'cancelled', 'expired']),
    /** Once completed. */
    file: orNull(fileObject),
  })
  .openapi('Upload')

export const uploadPartObject = z
  .object({ object: z.literal('upload.part'), id: z.string(), created_at: z.int(), upload_id: z.string() })
  .openapi('UploadPart')

export const uploadComplete = z
  .strictObject({
    /** In the order in which the parts make the file. */
    part_ids: z.array(z.string()).min(1).max(1000),
    /** Of the whole file, in hex. */
    md5: z
      .string()
      .regex(/^[0-9a-f]{32}$/i, 'must be 32 hex digits')
      .optional(),
  })
  .openapi('UploadComplete')

export const importCreate = z
  .strictObject({
    name: z.string(),
    format: z.string(),
    /** COIN's subset. */
    split: z.string().optional(),
    /** Ids of uploaded files. */
    files: z.strictObject({ annotations: z.string(), questions: z.string().optional() }),
  })
  .openapi('DatasetImportCreate')

export const importObject = z
  .object({
    object: z.literal('dataset.import'),
    id: z.string(),
    status: z.enum(['in_progress', 'completed', 'failed']),
    name: z.string(),
    format: z.string(),
    split: z.string().optional(),
    files: z.record(z.string(), z.string()),
    created_at: z.int(),
    ended_at: z.int().nullable(),
    progress: z.object({
      phase: z.enum(['read', 'join', 'order', 'write', 'finish']),
      bytes_read: z.int(),
      bytes_total: z.int(),
      items: z.int(),
    }),
    error: problem.omit({ request_id: true }).nullable(),
    dataset: orNull(datasetObject),
  })
  .openapi('DatasetImport')
