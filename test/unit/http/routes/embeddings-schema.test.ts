/** Requests of `/v1/embeddings`. */
import { expect, test } from 'vitest'
import { embeddingCreate } from '../../../../src/http/routes/embeddings/schema.ts'

const ID = `img_${'0a'.repeat(32)}`
const errors = (body: object) =>
  (embeddingCreate.safeParse({ model: 'tiny', ...body }).error?.issues ?? []).map(({ path, message }) => [
    path.join('/'),
    message,
  ])

test.each([ID, 'data:image/jpeg;base64,/9j/'])(
  'a picture without its modality is refused, not embedded as a text: %s',
  (picture) => {
    const message = 'is a picture: send "modality": "image" with pictures alone'
    expect(errors({ input: picture })).toEqual([['input', message]])
    expect(errors({ input: ['a boat', picture], modality: 'text' })).toEqual([['input/1', message]])
    expect(errors({ input: picture, modality: 'image' })).toEqual([])
  },
)

test.each(['img_', 'img_1234 shows a boat', `${ID}.jpg`, 'data: URIs'])('%j is a text', (input) => {
  expect(errors({ input })).toEqual([])
})
