/**
 * `/v1/images`: pictures stored once, scored by id afterwards.
 * @module
 */
import { describePicture } from '../../imports/import-dataset.ts'
import { at } from '../../contracts/failure-pointer.ts'
import { advise, Fault, invalidField } from '../../contracts/failure.ts'
import type { ImageReference } from '../../contracts/item.ts'
import { release } from '../../contracts/release.ts'
import { imageObject } from '../../contracts/wire/resources.ts'
import type { App } from '../app-context.ts'
import { requireKey } from '../authorization.ts'
import { describe } from '../openapi.ts'
import { holdForm, optionalFormFile, refuseUnknownFields } from '../body/form.ts'

/** The picture's own limit, and room for the form around it. */
const BODY_LIMIT = 9 * 1024 * 1024

export function imageRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: '/v1/images',
    operationId: 'createImage',
    summary: 'Store a picture',
    tag: 'images',
    refuses: [422],
    form: { image: 'file' },
    response: imageObject,
    status: 201,
    also: { 200: { description: 'The picture was stored before', schema: imageObject } },
  })
  app.post('/v1/images', async (context) => {
    const { tenant } = requireKey(context)
    const { catalogue, datasets, uploads } = context.env.services
    return advise('make the picture smaller: 8 MiB and 4 Mi pixels are taken', () =>
      holdForm(context, { limit: BODY_LIMIT }, async (form) => {
        refuseUnknownFields(form, ['image'])
        const file = optionalFormFile(form, 'image')
        if (file === undefined) throw invalidField('image', 'is missing: send a picture as a file')
        const bytes = file.view ?? (await file.bytes())
        const image = await at('image', () => describePicture(bytes))
        const { createdAt, created } = await datasets.whileStoring(tenant, 'image', image.sha256, async () => {
          await uploads.putImage(tenant, image.sha256, bytes)
          release(bytes)
          return catalogue.images.put(tenant, image)
        })
        return context.json(shape(image, createdAt), created ? 201 : 200)
      }),
    )
  })

  describe(app, {
    method: 'get',
    path: '/v1/images/{id}',
    operationId: 'getImage',
    summary: "Get a stored picture's facts",
    tag: 'images',
    refuses: [404],
    response: imageObject,
  })
  app.get('/v1/images/:id', async (context) => {
    const { tenant } = requireKey(context)
    const id = context.req.param('id')
    if (!id.startsWith('img_')) throw new Fault({ kind: 'not_found', resource: 'image', id })
    const image = await context.env.services.catalogue.images.find(tenant, id.slice('img_'.length))
    return context.json(shape(image, image.createdAt))
  })
}

function shape({ sha256, media_type, bytes, width, height }: ImageReference, createdAt: number) {
  return {
    object: 'image' as const,
    id: `img_${sha256}`,
    sha256,
    media_type,
    bytes,
    width,
    height,
    created_at: Math.floor(createdAt / 1000),
  }
}
