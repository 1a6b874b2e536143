/**
 * Size of a gallery: vectors that a merge holds, and products that it computes. A plan that cannot fit is
 * refused before anything is paid for.
 * @module
 */
import type { DatasetOpener } from '../contracts/ports.ts'
import type { DatasetVersion } from '../contracts/dataset.ts'
import { Fault, unprocessableField } from '../contracts/failure.ts'
import { itemPages } from '../contracts/item-pages.ts'
import type { Item } from '../contracts/item.ts'
import type { BoundScorer } from '../scorers/scorer.ts'

/**
 * Bytes of a gallery's Float32 vectors: half of an isolate. 5000 pictures with 25,000 captions of 512
 * dimensions have 61.4 MB (docs/measurements/retrieval-merge.md).
 */
const MOST_GALLERY_BYTES = 64 * 2 ** 20

/** Products of pictures, captions and dimensions: about 240 s of CPU, of 300 s per invocation. */
const MOST_PRODUCTS = 1.6e11

export interface Gallery {
  readonly images: number
  readonly captions: number
  readonly dimensions: number
}

/** A sentence with the numbers if a gallery cannot be merged; undefined if it can. @internal */
export function galleryProblem({ images, captions, dimensions }: Gallery): string | undefined {
  const bytes = 4 * dimensions * (images + captions)
  const size = `a gallery of ${images} pictures and ${captions} captions with ${dimensions} dimensions`
  if (bytes > MOST_GALLERY_BYTES)
    return `${size} has ${bytes} bytes of vectors, and the merge holds at most ${MOST_GALLERY_BYTES}; limit the run to fewer items`
  const products = images * captions * dimensions
  if (products > MOST_PRODUCTS)
    return `${size} takes ${products} products, and the merge computes at most ${MOST_PRODUCTS}; limit the run to fewer items`
  return undefined
}

/**
 * Refuses a run whose gallery cannot be merged. Reads items only if the answer depends on their number of
 * captions.
 * @param textsOf - the texts of an item
 * @param dimensions - of the model's vectors; undefined: unknown before its first answer
 * @throws {Fault} `unprocessable`, with the numbers
 */
export async function requireMergeable(
  { datasets }: { readonly datasets: DatasetOpener },
  scorers: readonly BoundScorer[],
  {
    version,
    textsOf,
    count,
    dimensions,
  }: { version: DatasetVersion; textsOf: (item: Item) => readonly string[]; count: number; dimensions: number | undefined },
): Promise<void> {
  const keepers = scorers.filter(({ keepsOutputs, requires }) => keepsOutputs && requires === 'embeddings')
  if (keepers.length === 0 || dimensions === undefined) return
  const kept = Math.max(...keepers.map(({ textsKept }) => textsKept))
  const most = galleryProblem({ images: count, captions: count * kept, dimensions })
  if (most === undefined) return
  // Each item has at least one caption.
  const refuse = (problem: string) => unprocessableField('/data_source/limit', problem)
  const least = galleryProblem({ images: count, captions: count, dimensions })
  if (least !== undefined) throw refuse(least)
  const reader = await datasets.open(version.tenant, version.datasetId, version.digest)
  let captions = 0
  for await (const page of itemPages(reader, count)) for (const item of page) captions += Math.min(kept, textsOf(item).length)
  const problem = galleryProblem({ images: count, captions, dimensions })
  if (problem !== undefined) throw refuse(problem)
}

/** At the merge, for models whose vectors were unknown to the plan. @throws {Fault} `too_large` */
export function requireHeld(bytes: number): void {
  if (bytes <= MOST_GALLERY_BYTES) return
  const remedy = 'limit the run to fewer items'
  throw new Fault({
    kind: 'too_large',
    what: 'the gallery',
    limit: MOST_GALLERY_BYTES,
    actual: bytes,
    unit: 'bytes of vectors',
    remedy,
  })
}
