/**
 * Wire shapes of stored pictures.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { createdAt, formFile } from '../../../contracts/wire/common.ts'

export const imageObject = z
  .object({
    object: z.literal('image'),
    id: z.string().describe('`img_` and the SHA-256 of the content.'),
    sha256: z.string().describe('SHA-256 of the content, in hex.'),
    media_type: z.string(),
    bytes: z.int().describe('Length in bytes.'),
    width: z.int().describe('In pixels, after EXIF orientation.'),
    height: z.int().describe('In pixels, after EXIF orientation.'),
    created_at: createdAt,
  })
  .openapi('Image')

export const imageForm = z.object({
  image: formFile('A PNG (36 Mi pixels), JPEG (64 Mi), WebP or GIF (4 Mi), at most 8 MiB.'),
})

export type ImageObject = z.infer<typeof imageObject>
