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

  test('a name that is absent is given whole, with one that differs in case alone', () => {
    const names = namesOf(['photos/a.png', '1'], ['b.JPG', '2'])
    expect(names.absent(['c', 'c.png'])).toBe('a picture called c.png')
    expect(names.absent(['dev-1-img0'])).toBe('a picture called dev-1-img0')
    expect(names.absent(['A.PNG', 'A'])).toBe('a picture called A.PNG; photos/a.png is there, but case counts')
    expect(names.absent(['B', 'B.jpg'])).toBe('a picture called B.jpg; b.JPG is there, but case counts')
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

  test('a name means a picture in any folder, if there is one alone', () => {
    expect(namesOf(['val/a.png', '1']).find(['a.png'])).toBe('val/a.png')
    expect(namesOf(['val/a.png', '1'], ['test/a.png', '1']).find(['a.png'])).toBe('val/a.png')
    expect(() => namesOf(['val/a.png', '1'], ['test/a.png', '2']).find(['a.png'])).toThrow(
      'a.png may be val/a.png and test/a.png',
    )
  })

  test.each([
    ['the whole path', 'cats/1.jpg', 'cats/1.jpg'],
    ['an end of the path of the picture', '1.jpg', '1.jpg'],
    ['a path with the folders around the archive', '/home/me/photos/cats/1.jpg', 'cats/1.jpg'],
    ['without ending', 'dogs/1', 'dogs/1.jpg'],
    ['with parts that say nothing', './dogs//1.jpg', 'dogs/1.jpg'],
    ['in NFC', 'cafe\u0301/1.jpg', 'caf\u00e9/1.jpg'],
  ])('paths are compared from their end: %s', (_, asked, found) => {
    const files = ['cats/1.jpg', 'dogs/1.jpg', '1.jpg', 'caf\u00e9/1.jpg']
    expect(namesOf(...files.map((file) => [file, file] as const)).find([asked])).toBe(found)
  })

  test('a path is not another of the same name', () => {
    const names = namesOf(['photos/cats/1.jpg', '1'])
    expect(names.find(['dogs/1.jpg'])).toBeUndefined()
    expect(names.find(['ats/1.jpg'])).toBeUndefined()
    expect(names.absent(['dogs/1.jpg'])).toBe(
      'a picture called dogs/1.jpg; photos/cats/1.jpg is there, but lies in another folder',
    )
  })

  test('a picture that came without folders is not two of them', () => {
    const names = namesOf(['1.jpg', '1'], ['2.jpg', '2'])
    expect(names.find(['cats/1.jpg', 'cats/1'])).toBe('1.jpg')
    expect(names.find(['cats/1.jpg'])).toBe('1.jpg')
    expect(names.find(['1.jpg'])).toBe('1.jpg')
    expect(names.find(['dogs/2.jpg'])).toBe('2.jpg')
    expect(() => names.find(['dogs/1.jpg'])).toThrow(
      'cats/1.jpg and dogs/1.jpg may both be 1.jpg, which came without their folders; send the pictures with their folders',
    )
  })

  test('names with more folders go first', () => {
    const names = namesOf(['1.jpg', '1'], ['cats/1.jpg', '2'])
    expect(names.find(['1.jpg', 'cats/1.jpg'])).toBe('cats/1.jpg')
    expect(names.find(['1', 'cats/1'])).toBe('cats/1.jpg')
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
      name: 'videos',
      format: 'coin',
      files: { annotations: JSON.stringify({ database: { vid1: { subset: 'testing', annotation: [] } } }) },
      images: uploads('vid1.png'),
    })
    await expect(imported).rejects.toThrow('files of format coin name no picture, so leave images out')
  })

  test('a clip of MSVD is shown by the frame that has its name', async () => {
    const files = { annotations: 'vid1\ta dog runs\nvid1\ta dog\n' }
    const request = { tenant: 't', name: 'clips', format: 'msvd-captions', files }
    const { version } = await prepareTexts({ ...request, images: uploads('vid1.png') })
    expect(version).toMatchObject({ images: 1, orderedItems: [{ id: 'vid1', image: { media_type: 'image/png' } }] })
    expect((await prepareTexts({ ...request, images: [] })).version.orderedItems[0]).toMatchObject({ image: null })
  })

  test('a clip for retrieval has its frames in order, and its middle one as the picture', async () => {
    const importing = (image: unknown) =>
      prepareTexts({
        tenant: 't',
        name: 'clips',
        format: 'items-jsonl',
        files: { annotations: `${JSON.stringify({ task: 'retrieval', id: 'c', image, captions: ['a dog'] })}\n` },
        images: uploads('1.png', '2.png', '3.png', '4.png'),
      })
    const [one, two, three, four] = await Promise.all(
      ['1.png', '2.png', '3.png', '4.png'].map(async (name) => (await importing(name)).version.orderedItems[0]!.image!.sha256),
    )
    const { version } = await importing(['3.png', '1.png', '4', '2.png'])
    const { image, images } = version.orderedItems[0]!
    expect(images!.map(({ sha256 }) => sha256)).toEqual([three, one, four, two])
    expect(image!.sha256).toBe(four)
    expect((await importing('1.png')).version.orderedItems[0]).not.toHaveProperty('images')
    await expect(importing([])).rejects.toThrow('/image: is empty')
    await expect(importing(['1.png', '../2.png'])).rejects.toThrow('/image/1: must be the name of a picture')
    await expect(importing(['1.png', '9.png'])).rejects.toThrow('needs a picture called')
    await expect(importing(Array.from({ length: 65 }, (_, n) => `${n}.png`))).rejects.toThrow('must have at most 64')
  })
})
