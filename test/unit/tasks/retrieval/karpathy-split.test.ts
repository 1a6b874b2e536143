import { describe, expect, test } from 'vitest'
import { karpathy, readKarpathySplit } from '../../../../src/tasks/retrieval/formats/karpathy-split.ts'
import { bytesOf, readFiles } from '../../../support/official-files.ts'

const image = (imgid: number, split: string, captions = 5) => ({
  imgid,
  split,
  filename: `COCO_val2014_${imgid}.jpg`,
  filepath: 'val2014',
  cocoid: imgid,
  sentids: Array.from({ length: captions }, (_, i) => imgid * 10 + i),
  sentences: Array.from({ length: captions }, (_, i) => ({
    raw: ` caption ${i}\n`,
    tokens: ['caption'],
    imgid,
    sentid: imgid * 10 + i,
  })),
})
const file = { dataset: 'coco', images: [image(0, 'train'), image(1, 'test', 6), image(2, 'restval'), image(3, 'test')] }

describe('readKarpathySplit', () => {
  test('keeps every caption of one split, in order and as written', () => {
    const { items, source } = readFiles(karpathy, { annotations: file }, { split: 'test' })
    const drafts = items.map(({ draft }) => draft)
    expect(source).toEqual({ split: 'test', dataset: 'coco' })
    expect(drafts.map(({ id, cluster }) => [id, cluster])).toEqual([
      ['1', '1'],
      ['3', '3'],
    ])
    expect(drafts[0]!.captions).toHaveLength(6)
    expect(drafts[0]!.captions[5]).toEqual({ id: '15', text: ' caption 5\n' })
    expect(items[0]!.pictures[0]).toEqual([
      'COCO_val2014_1',
      'COCO_val2014_1.jpg',
      'val2014/COCO_val2014_1',
      'val2014/COCO_val2014_1.jpg',
    ])
  })

  test('restval is not train', () => {
    expect(readKarpathySplit(bytesOf(file), { split: 'train' })).toHaveLength(1)
    expect(readKarpathySplit(bytesOf(file), { split: 'restval' })).toHaveLength(1)
  })

  test('an absent split names those that are there', () => {
    expect(() => readKarpathySplit(bytesOf(file), { split: 'dev' })).toThrow(
      'no image has split "dev"; the file has train (1), test (2), restval (1)',
    )
  })

  test.each([
    ['imgid', { imgid: null }, '/images/0/imgid'],
    ['filename', { filename: undefined }, '/images/0/filename'],
    ['sentences', { sentences: [] }, '/images/0/sentences'],
    ['raw text', { sentences: [{ sentid: 0 }] }, '/images/0/sentences/0/raw'],
    ['sentid', { sentences: [{ raw: 'x' }] }, '/images/0/sentences/0/sentid'],
  ])('refuses a record without %s', (_, change, pointer) => {
    expect(() => readKarpathySplit(bytesOf({ images: [{ ...image(0, 'test'), ...change }] }), { split: 'test' })).toThrow(pointer)
  })

  test('refuses an imgid or sentid used twice', () => {
    expect(() => readKarpathySplit(bytesOf({ images: [image(1, 'test'), image(1, 'test')] }), { split: 'test' })).toThrow(
      'already used',
    )
  })
})
