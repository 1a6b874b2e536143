/**
 * `/v1/images`: requests and responses.
 * @module
 */
import { jsonAnswer, operation } from '../../operation.ts'
import { imageForm, type ImageObject, imageObject } from './schema.ts'

const EXAMPLE = {
  object: 'image',
  id: 'img_2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
  sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
  media_type: 'image/png',
  bytes: 18_204,
  width: 256,
  height: 256,
  created_at: 1_795_957_200,
} as const satisfies ImageObject

export const createImage = operation({
  method: 'post',
  path: '/v1/images',
  operationId: 'createImage',
  summary: 'Store a picture',
  description: 'Stores a picture once, so that `POST /v1/score` can name it by id.',
  tag: 'images',
  access: 'key',
  form: imageForm,
  answers: {
    200: jsonAnswer(imageObject, 'The picture was stored before.', EXAMPLE),
    201: jsonAnswer(imageObject, 'The picture is stored.', EXAMPLE),
  },
  refuses: [422],
})

export const getImage = operation({
  method: 'get',
  path: '/v1/images/{id}',
  params: { id: { description: 'Id of the picture.', example: EXAMPLE.id } },
  operationId: 'getImage',
  summary: 'Get a picture',
  description: 'Returns what is known of a stored picture, without its content.',
  tag: 'images',
  access: 'key',
  answers: { 200: jsonAnswer(imageObject, 'The picture.', EXAMPLE) },
  refuses: [404],
})

export const getImageContent = operation({
  method: 'get',
  path: '/v1/images/{id}/content',
  params: {
    id: {
      description: 'Id of the picture: `img_` and the SHA-256 of its bytes, as items of a dataset name it.',
      example: EXAMPLE.id,
    },
  },
  operationId: 'getImageContent',
  summary: "Get a picture's content",
  description: 'Returns the bytes of a picture of yours as uploaded: one stored by `POST /v1/images`, or one of a dataset.',
  tag: 'images',
  access: 'key',
  answers: { 200: { mediaType: 'application/octet-stream', description: 'The content.' } },
  refuses: [404],
})
