/**
 * `npm run bench -- merge [images] [captions per image] [dimensions]`: the merge of a retrieval run from
 * embedding blocks as shards store them, with ranks and rivals of each item; by default 5000 × 25,000 × 512.
 * Prints time, the heap with all buffers, and whether the ranks equal those of the straightforward loop.
 * @module
 */
import process from 'node:process'
import { decodeEmbeddings, type EmbeddingEntry, encodeEmbeddings } from '../src/contracts/embedding-block.ts'
import { imageTextRanks } from '../src/metrics/retrieval.ts'
import { Rivals } from '../src/scorers/retrieval/rivals.ts'

const [images = 5000, perImage = 5, dimensions = 512] = process.argv.slice(2).map(Number)
const LIMIT = 128e6
const ITEMS_PER_SHARD = 500
const QUERIES_CHECKED = 50

let state = 1
const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 31 - 1

/** A random unit vector, drawn towards `to`. */
function vector(to?: Float32Array): Float32Array {
  const drawn = Float32Array.from({ length: dimensions }, (_, k) => next() + 0.08 * (to?.[k] ?? 0) * Math.sqrt(dimensions))
  const length = Math.hypot(...drawn)
  return drawn.map((component) => component / length)
}

function block(first: number): Uint8Array {
  const entries = Array.from({ length: Math.min(ITEMS_PER_SHARD, images - first) }, (_, index): EmbeddingEntry => {
    const image = vector()
    return { ordinal: first + index, image, captions: Array.from({ length: perImage }, () => vector(image)) }
  })
  return encodeEmbeddings(entries, dimensions)
}

const held = () => {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const blocks: Uint8Array[] = []
for (let first = 0; first < images; first += ITEMS_PER_SHARD) blocks.push(block(first))
globalThis.gc?.()
let peak = 0
const begun = process.cpuUsage()
const gallery = blocks.flatMap((bytes) => decodeEmbeddings(bytes).entries)
const rivals = new Rivals(gallery)
const ranks = imageTextRanks(
  gallery.map(({ image }) => image),
  gallery.map(({ captions }) => captions),
  perImage,
  (image, similarities) => {
    rivals.see(image, similarities)
    if (image % 100 === 0) peak = Math.max(peak, held())
  },
)
const items = rivals.itemRanks(ranks)
peak = Math.max(peak, held())
const { user, system } = process.cpuUsage(begun)

/** The same order of sums as `dotRows`, one query at a time. */
function similarity(a: Float32Array, b: Float32Array): number {
  const sums = [0, 0, 0, 0]
  for (let k = 0; k + 4 <= dimensions; k += 4) for (let lane = 0; lane < 4; lane++) sums[lane]! += a[k + lane]! * b[k + lane]!
  let sum = sums[0]! + sums[1]! + (sums[2]! + sums[3]!)
  for (let k = dimensions - (dimensions % 4); k < dimensions; k++) sum += a[k]! * b[k]!
  return sum
}
let wrong = 0
for (let query = 0; query < Math.min(QUERIES_CHECKED, images); query++) {
  const { captions } = gallery[query]!
  const caption = captions[0]!
  const own = similarity(gallery[query]!.image, caption)
  const rank = gallery.filter(({ image }, other) => {
    const found = similarity(image, caption)
    return other !== query && (found > own || (found === own && other > query))
  }).length
  if (ranks.textToImage[query * perImage] !== rank || items[query]!.captions[0]!.rank !== rank + 1) wrong++
}
const hits = ranks.imageToText.filter((rank) => rank === 0).length
process.stdout.write(
  `${images} images × ${images * perImage} captions × ${dimensions}: ${((user + system) / 1e6).toFixed(1)} s of CPU, ` +
    `${(peak / 1e6).toFixed(1)} MB, R@1 ${((100 * hits) / images).toFixed(1)} %, ${wrong} of ${QUERIES_CHECKED} checked ranks differ\n`,
)
process.stdout.write(`${peak < LIMIT && wrong === 0 ? 'ok' : 'NOT OK'}: limit ${LIMIT / 1e6} MB\n`)
if (peak >= LIMIT || wrong > 0) process.exitCode = 1
