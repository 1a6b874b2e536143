/**
 * Wire shapes of uploads in parts, as OpenAI has them.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { displayName } from '../../../contracts/display-name.ts'
import { createdAt, formFile, orNull } from '../../../contracts/wire/common.ts'
import { expiresAfter } from '../files/expiry.ts'
import { fileObject } from '../files/schema.ts'

/** Bytes of one uploaded file, at most. */
const UPLOAD_LIMIT = 2_000_000_000

export const uploadCreate = z
  .strictObject({
    filename: displayName(255).min(1),
    purpose: z.literal('evals').describe('The only purpose that files have here.'),
    bytes: z.int().min(1).max(UPLOAD_LIMIT).describe('Length of the whole file: of all parts together.'),
    mime_type: z.string().min(1).max(127),
    expires_after: expiresAfter.optional(),
  })
  .openapi('UploadCreate')

export const uploadObject = z
  .object({
    object: z.literal('upload'),
    id: z.string(),
    bytes: z.int().describe('Length of the whole file.'),
    created_at: createdAt,
    expires_at: z.int().describe('When an upload that is not completed ends, in Unix seconds.'),
    filename: z.string(),
    purpose: z.literal('evals'),
    status: z.enum(['pending', 'completed', 'cancelled', 'expired']),
    file: orNull(fileObject).describe('The file, once the upload is completed.'),
  })
  .openapi('Upload')

export const uploadPartForm = z.object({ data: formFile('The bytes of the part: at most 64 MiB.') })

export const uploadPartObject = z
  .object({ object: z.literal('upload.part'), id: z.string(), created_at: createdAt, upload_id: z.string() })
  .openapi('UploadPart')

export const uploadComplete = z
  .strictObject({
    part_ids: z.array(z.string()).min(1).max(1000).describe('The parts, in the order in which they form the file.'),
    md5: z
      .string()
      .regex(/^[0-9a-fA-F]{32}$/, 'must be 32 hex digits')
      .optional()
      .describe('MD5 of the whole file, in hex. A file with another one is refused.'),
  })
  .openapi('UploadComplete')

export type UploadObject = z.infer<typeof uploadObject>
