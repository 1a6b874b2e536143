import { describe, expect, test } from 'vitest'
import { prepareTexts } from '../../support/official-files.ts'
import { PictureNames } from '../../../src/imports/picture-names.ts'
import { pictures } from '../../support/tiny-datasets.ts'

function namesOf(...files: readonly (readonly [filename: string, sha256: string])[]): PictureNames<string> {
  const names = new PictureNames<string>()
  for (const [index, [filename, sha256]] of files.entries()) names.add(filename, filename, sha256, `images/${index}`)
  return names
}

describe('names of pictures', () => {
  const composed = 'caf\u00e9.png'
  const decomposed = 'cafe\u0301.png'

  test.each([
    [composed, decomposed],
    [decomposed, composed],
    [decomposed.replace('.png', ''), composed],
  ])('compare in NFC: %j is found as %j', (asked, uploaded) => {
    expect(namesOf([uploaded, '1']).find([asked])).toBe(uploaded)
  })

  test('exact names go before stems, whatever the order of the uploads', () => {
    for (const files of [
      ['a.png', 'a.jpg'],
      ['a.jpg', 'a.png'],
    ]) {
      const names = namesOf(...files.map((file) => [file, file] as const))
      expect(names.find(['a.png', 'a'])).toBe('a.png')
      expect(names.find(['a.jpg', 'a'])).toBe('a.jpg')
    }
  })

  test('a stem that two pictures share is refused only where it is asked for', () => {
    const names = namesOf(['a.png', '1'], ['a.jpg', '2'])
    expect(() => names.find(['a'])).toThrow('a may be a.png and a.jpg, two different pictures; name one exactly')
    expect(names.find(['b'])).toBeUndefined()
  })

  test('one picture under two names is one', () => {
    const names = namesOf(['a.png', '1'], ['a.jpg', '1'], ['a.png', '1'])
    expect(names.find(['a'])).toBe('a.png')
    expect(names.pictures).toBe(1)
  })

  test('two pictures under one name are refused', () => {
    expect(() => namesOf([composed, '1'], [decomposed, '2'])).toThrow(`two different pictures are called ${composed}`)
  })

  test('folders of an upload tell nothing apart', () => {
    expect(namesOf(['val/a.png', '1']).find(['a.png'])).toBe('val/a.png')
  })
})

describe('pictures that no item means', () => {
  const uploads = (...names: string[]) =>
    pictures(names.length).map(({ bytes }, index) => ({ filename: names[index]!, read: async () => bytes.slice() }))
  const header = { data_type: 'mscoco', data_subtype: 'val2014', task_type: 'Open-Ended', license: {}, info: {} }
  const answers = Array.from({ length: 10 }, (_, index) => ({ answer: 'red', answer_id: index + 1, answer_confidence: 'yes' }))
  const vqa = (images: ReturnType<typeof uploads>) =>
    prepareTexts({
      tenant: 't',
      name: 'vqa',
      format: 'vqa-v2',
      files: {
        questions: JSON.stringify({
          ...header,
          questions: [1, 2].map((id) => ({ question_id: id, image_id: id, question: 'Which colour?' })),
        }),
        annotations: JSON.stringify({
          ...header,
          annotations: [1, 2].map((id) => ({
            question_id: id,
            image_id: id,
            question_type: 'which',
            answer_type: 'other',
            multiple_choice_answer: 'red',
            answers,
          })),
        }),
      },
      images,
    })

  test('VQA v2 says which name it looked for when no picture matches', async () => {
    await expect(vqa(uploads('my_0001.png', 'my_0002.png'))).rejects.toThrow(
      'none of the 2 uploaded pictures is one of this dataset: item 1 looks for COCO_val2014_000000000001 or ' +
        'mscoco_val2014_000000000001 or 000000000001; the first upload is called my_0001.png',
    )
  })

  test('where some match, the others are counted both ways', async () => {
    const { unusedImages, itemsWithoutImage, version } = await vqa(uploads('COCO_val2014_000000000001.png', 'my_0002.png'))
    expect({ unusedImages, itemsWithoutImage, images: version.images }).toEqual({
      unusedImages: 1,
      itemsWithoutImage: 1,
      images: 1,
    })
  })

  test('without pictures the questions alone are a dataset', async () => {
    expect((await vqa([])).version).toMatchObject({ items: 2, images: 0 })
  })

  test('a format that names no picture says so', async () => {
    const imported = prepareTexts({
      tenant: 't',
      name: 'clips',
      format: 'msvd-captions',
      files: { annotations: 'vid1\ta dog runs\nvid1\ta dog\n' },
      images: uploads('vid1.png'),
    })
    await expect(imported).rejects.toThrow('files of format msvd-captions name no picture, so leave images out')
  })
})
