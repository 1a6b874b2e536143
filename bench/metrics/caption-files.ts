/**
 * COCO caption files of any size, from the golden set made here.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../scripts/paths.ts'
import { CounterRandom } from '../../src/statistics/counter-random.ts'

const SOURCE = join(ROOT, 'test/golden/coco-captions')
const REFERENCES = 5

export interface CaptionFiles {
  readonly annotations: string
  readonly results: string
  readonly images: number
  readonly references: number
}

/**
 * Draws images with replacement, each with its generated caption and five of its human captions in random
 * order, and numbers images and captions anew. As in the official file, the captions of an image are not
 * adjacent.
 * @param folder - receives the two files.
 */
export function writeCaptionFiles(folder: string, images: number): CaptionFiles {
  const source = JSON.parse(readFileSync(join(SOURCE, 'annotations.json'), 'utf8')) as {
    images: { id: number }[]
    annotations: { image_id: number; caption: string }[]
  }
  const generated = JSON.parse(readFileSync(join(SOURCE, 'results.json'), 'utf8')) as { image_id: number; caption: string }[]
  const human = Map.groupBy(source.annotations, ({ image_id }) => image_id)

  const random = new CounterRandom(0, 'bench/metrics/captions')
  const records: { file_name: string; id: number }[] = []
  const results: { image_id: number; caption: string }[] = []
  const captions: { image_id: number; caption: string }[][] = Array.from({ length: REFERENCES }, () => [])
  for (let id = 1; id <= images; id++) {
    const { image_id, caption } = generated[random.below(generated.length)]!
    records.push({ file_name: `COCO_val2014_${String(id).padStart(12, '0')}.jpg`, id })
    results.push({ image_id: id, caption })
    let own = [...human.get(image_id)!]
    for (const round of captions) {
      // An image with fewer captions than requested repeats some.
      if (own.length === 0) own = [...human.get(image_id)!]
      round.push({ image_id: id, caption: own.splice(random.below(own.length), 1)[0]!.caption })
    }
  }

  const files = { annotations: join(folder, `captions-${images}.json`), results: join(folder, `captions-${images}-results.json`) }
  const annotations = captions.flat().map(({ image_id, caption }, index) => ({ image_id, id: index + 1, caption }))
  writeFileSync(files.annotations, JSON.stringify({ ...source, images: records, annotations }))
  writeFileSync(files.results, JSON.stringify(results))
  return { ...files, images, references: annotations.length }
}
