import { expect, test } from 'vitest'
import type { Item } from '../../../src/contracts/item.ts'
import type { DatasetVersion } from '../../../src/contracts/dataset.ts'
import { galleryProblem, requireHeld, requireMergeable } from '../../../src/runs/gallery-size.ts'
import { SCORERS } from '../../../src/scorers/registry.ts'
import type { RetrievalItem } from '../../../src/tasks/retrieval/item.ts'

test('MSCOCO 5K fits, and twice as many pictures do not: the numbers are in the sentence', () => {
  expect(galleryProblem({ images: 5000, captions: 25_000, dimensions: 512 })).toBeUndefined()
  expect(galleryProblem({ images: 10_000, captions: 50_000, dimensions: 512 })).toBe(
    'a gallery of 10000 pictures and 50000 captions with 512 dimensions has 122880000 bytes of vectors, and the merge holds at most 67108864; limit the run to fewer items',
  )
  expect(galleryProblem({ images: 100_000, captions: 100_000, dimensions: 64 })).toMatch(/takes 640000000000 products/)
})

test('a gallery without a known size at the plan is refused at the merge', () => {
  expect(() => requireHeld(64 * 2 ** 20)).not.toThrow()
  expect(() => requireHeld(64 * 2 ** 20 + 1)).toThrow('the gallery is too large: the limit is 67108864 bytes of vectors')
})

const textsOf = (item: Item) => (item as RetrievalItem).captions.map(({ text }) => text)
const version = { tenant: 't', datasetId: 'ds', digest: 'd' } as DatasetVersion
const scorers = SCORERS.bindAll([{ type: 'retrieval', name: 'retrieval' }])

/** Items with that many captions each; counts the pages read. */
function dataset(captions: number) {
  const item = {
    task: 'retrieval',
    id: 'a',
    cluster: 'a',
    captions: Array.from({ length: captions }, () => ({ id: 'c', text: 't' })),
  }
  const read = { pages: 0 }
  const open = async () => ({
    version,
    items: async (first: number, end: number) => {
      read.pages++
      return Array.from({ length: end - first }, () => item)
    },
    clusters: () => Promise.reject(new Error('unused')),
    columns: () => Promise.reject(new Error('unused')),
  })
  return { datasets: { open }, read }
}

test.each([
  [1000, 1, 0, true],
  // At most five captions count.
  [5400, 9, 0, true],
  [6000, 1, 6, true],
  [6000, 5, 6, false],
  [40_000, 1, 0, false],
])('%d items of %d captions: read in %d pages, accepted: %s', async (count, captions, pages, accepted) => {
  const { datasets, read } = dataset(captions)
  const work = requireMergeable({ datasets }, scorers, { version, textsOf, count, dimensions: 512 })
  if (accepted) await work
  else await expect(work).rejects.toThrow('the merge holds at most')
  expect(read.pages).toBe(pages)
})

test('other scorers and unknown dimensions are not refused', async () => {
  const { datasets } = dataset(5)
  const request = { version, textsOf, count: 1e6 }
  await requireMergeable({ datasets }, scorers, { ...request, dimensions: undefined })
  const pairs = SCORERS.bindAll([{ type: 'image_text_similarity', name: 'fit', variant: 'cosine', pass_threshold: 0 }])
  await requireMergeable({ datasets }, pairs, { ...request, dimensions: 512 })
})
