/**
 * Wire shapes of files, as OpenAI has them.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { expiryFields } from './expiry.ts'
import { createdAt, formFile, listOf, pageQueryOf, sortableId } from '../../../contracts/wire/common.ts'

const purpose = z.literal('evals').describe('The only purpose that files have here.')

export const fileObject = z
  .object({
    object: z.literal('file'),
    id: z.string(),
    bytes: z.int().describe('Length in bytes.'),
    created_at: createdAt,
    filename: z.string(),
    purpose,
    status: z
      .literal('processed')
      .describe('A stored file is ready at once; `waitForProcessing` of OpenAI’s SDKs waits for this value.'),
    expires_at: z.int().optional().describe('When it is deleted, in Unix seconds. Absent for a file that is kept.'),
    sha256: z.string().describe('SHA-256 of the content, in hex.'),
  })
  .openapi('File')

export const fileForm = z.object({
  file: formFile('The file; at most 50,000,000 bytes. Larger ones go in parts: `POST /v1/uploads`.'),
  purpose,
  ...expiryFields,
})

export const fileList = listOf(fileObject)
export const fileQuery = pageQueryOf(sortableId('file-')).extend({
  purpose: purpose.optional(),
})
/** OpenAI's shape, whose `object` stays `file`. */
export const fileDeleted = z
  .object({ object: z.literal('file'), id: z.string(), deleted: z.literal(true) })
  .openapi('FileDeleted')

export type FileObject = z.infer<typeof fileObject>
