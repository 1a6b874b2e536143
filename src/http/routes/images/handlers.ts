/**
 * `/v1/images`: pictures stored once and scored by id.
 * @module
 */
import { at } from '../../../contracts/failure-pointer.ts'
import { Fault, invalidField } from '../../../contracts/failure.ts'
import type { ImageReference } from '../../../contracts/item.ts'
import { SHRINK_PICTURE } from '../../../contracts/picture-advice.ts'
import { holdForm } from '../../body/form.ts'
import { optionalFormFile, refuseUnknownFields } from '../../body/form-fields.ts'
import { route } from '../../route.ts'
import { storePicture } from '../../stored-pictures.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { createImage, getImage, getImageContent } from './operations.ts'
import { imageForm, type ImageObject } from './schema.ts'

const BODY_BOUNDS = {
  /** The picture's own limit, and room for the form around it. */
  limit: 9 * 1024 * 1024,
  remedy: `a picture may have 8 MiB: ${SHRINK_PICTURE}`,
}

export const imageRoutes = [
  route(createImage, ({ context, services, principal: { tenant }, answer }) =>
    holdForm(context, BODY_BOUNDS, async (form) => {
      refuseUnknownFields(form, Object.keys(imageForm.shape))
      const file = optionalFormFile(form, 'image')
      if (file === undefined) throw invalidField('image', 'is missing: send a picture as a file')
      const bytes = file.view ?? (await file.bytes())
      const { image, createdAt, created } = await at('image', () => storePicture(services, tenant, bytes))
      return answer(created ? 201 : 200, imageShape(image, createdAt))
    }),
  ),

  route(getImage, async ({ services, principal: { tenant }, params: { id }, answer }) => {
    if (!id.startsWith('img_')) throw new Fault({ kind: 'not_found', resource: 'image', id })
    const image = await services.catalogue.images.find(tenant, id.slice('img_'.length))
    return answer(200, imageShape(image, image.createdAt))
  }),

  route(getImageContent, async ({ services, principal: { tenant }, params: { id }, answer }) => {
    const content = /^img_[0-9a-f]{64}$/.test(id) ? await services.uploads.openImage(tenant, id.slice('img_'.length)) : null
    if (content === null) throw new Fault({ kind: 'not_found', resource: 'image', id })
    return answer(200, content.stream(), { 'content-length': String(content.bytes) })
  }),
]

function imageShape({ sha256, media_type, bytes, width, height }: ImageReference, createdAt: number): ImageObject {
  return {
    object: 'image',
    id: `img_${sha256}`,
    sha256,
    media_type,
    bytes,
    width,
    height,
    created_at: unixSeconds(createdAt),
  }
}
