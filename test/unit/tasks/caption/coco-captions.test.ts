import { describe, expect, test } from 'vitest'
import { cocoCaptions, readCocoCaptions, readCocoResults } from '../../../../src/tasks/caption/formats/coco-captions.ts'
import { bytesOf, readFiles } from '../../../support/official-files.ts'

const annotations = {
  info: {},
  images: [{ id: 2, file_name: 'b.jpg', height: 1 }, { id: 1, file_name: 'a.jpg' }, { id: 3 }],
  annotations: [
    { image_id: 1, id: 7, caption: ' A cat.\n' },
    { image_id: 2, id: 8, caption: 'A dog.' },
    { image_id: 1, id: 9, caption: 'Cat' },
  ],
}

describe('readCocoCaptions', () => {
  test('groups captions in file order, images in the order of images[]', () => {
    expect(readCocoCaptions(bytesOf(annotations)).images).toEqual([
      { id: '2', captions: ['A dog.'] },
      { id: '1', captions: [' A cat.\n', 'Cat'] },
      { id: '3', captions: [] },
    ])
    const { items } = readFiles(cocoCaptions, { annotations })
    expect(items.map(({ pictures }) => pictures)).toEqual([[['b.jpg', 'b']], [['a.jpg', 'a']], []])
    expect(items.map(({ incomplete }) => incomplete?.pointer)).toEqual([undefined, undefined, '/images/2'])
  })

  test.each([
    ['no images', { annotations: [] }, '/images'],
    ['no annotations', { images: [] }, '/annotations'],
    [
      'an annotation of no image',
      { ...annotations, annotations: [{ image_id: 9, id: 1, caption: 'x' }] },
      '/annotations/0/image_id',
    ],
    [
      'a caption that is not a string',
      { ...annotations, annotations: [{ image_id: 1, id: 1, caption: 3 }] },
      '/annotations/0/caption',
    ],
    ['an image id used twice', { images: [{ id: 1 }, { id: 1 }], annotations: [] }, '/images/1/id'],
    ['mixed id types', { images: [{ id: 1 }, { id: '2' }], annotations: [] }, '/images/1/id'],
  ])('refuses %s', (_, file, pointer) => {
    expect(() => readCocoCaptions(bytesOf(file))).toThrow(pointer)
  })
})

describe('readCocoResults', () => {
  const known = readCocoCaptions(bytesOf(annotations))

  test('takes a subset, in the order of the annotations', () => {
    expect([
      ...readCocoResults(
        [
          { image_id: 1, caption: 'x' },
          { image_id: 2, caption: 'y' },
        ],
        known,
      ),
    ]).toEqual([
      ['2', 'y'],
      ['1', 'x'],
    ])
  })

  test.each([
    ['no list', {}, 'must be an array'],
    ['an unknown image', [{ image_id: 4, caption: 'x' }], 'do not correspond to the annotations'],
    [
      'an id of another type',
      [{ image_id: '1', caption: 'x' }],
      'unknown images: 1; these ids are texts, those of the annotations numbers',
    ],
    [
      'two captions for one image',
      [
        { image_id: 1, caption: 'x' },
        { image_id: 1, caption: 'y' },
      ],
      '/1/image_id: image 1 already has a caption',
    ],
    ['an image without references', [{ image_id: 3, caption: 'x' }], 'image 3 has no reference caption'],
    ['no caption', [{ image_id: 1 }], '/0/caption'],
    ['nothing', [], 'holds no result'],
  ])('refuses %s', (_, file, message) => {
    expect(() => readCocoResults(file, known)).toThrow(message)
  })
})
