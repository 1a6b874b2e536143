/**
 * Statistics of a picture's pixels by which the detector tells photographs, drawings, screenshots, noise and
 * blank pictures apart. All are shares, ratios or logarithms, so that the picture's size matters little.
 * @module
 */
import type { PixelSample } from '../../media/pixel-sample.ts'
import { PAIRS, type PatchFacts, patchFacts, STEPS } from './patch-facts.ts'

/** Version of the statistics: part of the detector's digest. */
export const STATISTICS = 'assay.picture-statistics/1'

/** Levels at which sorted values are read. */
const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const

/** As many numbers as the detector has inputs, each finite. */
export function pictureStatistics(sample: PixelSample): number[] {
  const patches = patchesOf(sample)
  return [
    ...stepShares(patches),
    ...pairShares(patches),
    ...flatness(patches, sample),
    ...layout(patches, sample),
    ...spread(patches.map(({ deviation }) => Math.log2(1 + deviation))),
    ...spread(patches.map(({ roughness }) => Math.log2(1 + roughness))),
    ...spread(patches.filter(({ range }) => range > 0 && range < 32).map(({ roughness }) => Math.log2(1 + 8 * roughness))),
    ...spread(patches.filter(({ moves }) => moves > 16).map(({ turns, moves }) => turns / moves)),
    ...spread(patches.map(({ colours }) => Math.log2(colours))),
    ...spread(patches.filter(({ deviation }) => deviation > 1).map(({ correlation }) => correlation)),
    ...spread(patches.filter(({ deviation }) => deviation > 1).map(({ alignment }) => alignment)),
    ...spread(patches.map(({ cleanEdges }) => cleanEdges)),
    ...spread(patches.map(({ saturation }) => saturation)),
    ...spread(patches.map(({ luma }) => luma / 255)),
    ...palette(sample.pixels),
  ]
}

function patchesOf({ columns, rows, width, height, pixels }: PixelSample): PatchFacts[] {
  const size = width * height
  return Array.from({ length: columns * rows }, (_, at) => patchFacts(pixels, at * size, width, height))
}

/** Shares of neighbouring pixels by how far apart they are, along rows and along columns. */
function stepShares(patches: readonly PatchFacts[]): number[] {
  const shares = (key: 'stepsAcross' | 'stepsDown') => {
    const sums = Array.from({ length: STEPS.length + 1 }, (_, step) => patches.reduce((sum, patch) => sum + patch[key][step]!, 0))
    const all = Math.max(
      1,
      sums.reduce((sum, one) => sum + one, 0),
    )
    return sums.map((sum) => sum / all)
  }
  const [across, down] = [shares('stepsAcross'), shares('stepsDown')]
  return [...across.map((share, step) => (share + down[step]!) / 2), Math.abs(across[0]! - down[0]!)]
}

/** Shares of successive steps by their coarse classes, and how often brightness turns. */
function pairShares(patches: readonly PatchFacts[]): number[] {
  const sum = (of: (patch: PatchFacts) => number) => patches.reduce((total, patch) => total + of(patch), 0)
  const counts = Array.from({ length: PAIRS }, (_, pair) => sum(({ pairs }) => pairs[pair]!))
  const all = Math.max(
    1,
    counts.reduce((total, one) => total + one, 0),
  )
  return [
    ...counts.map((count) => Math.sqrt(count / all)),
    sum(({ turns }) => turns) /
      Math.max(
        1,
        sum(({ moves }) => moves),
      ),
  ]
}

/** Patches of one colour or nearly so: how many, how many alike, how many at the border. */
function flatness(patches: readonly PatchFacts[], { columns, rows }: PixelSample): number[] {
  const all = patches.length
  const flat = patches.map(({ range }) => range === 0)
  const nearly = patches.map(({ range }) => range <= 8)
  const counts = new Map<number, number>()
  patches.forEach(({ range, mean }) => {
    if (range <= 8) counts.set(mean, (counts.get(mean) ?? 0) + 1)
  })
  const common = Math.max(0, ...counts.values())
  const border = patches.map((_, at) => {
    const [x, y] = [at % columns, Math.floor(at / columns)]
    return x === 0 || y === 0 || x === columns - 1 || y === rows - 1
  })
  const borders = border.filter(Boolean).length
  const share = (of: readonly boolean[]) => of.filter(Boolean).length / all
  return [
    share(flat),
    share(nearly),
    share(patches.map(({ luma, range }) => range <= 8 && luma >= 250)),
    share(patches.map(({ luma, range }) => range <= 8 && luma <= 5)),
    common / all,
    counts.size / all,
    nearly.filter((is, at) => is && border[at]).length / borders,
    share(patches.map(({ plainLines }) => plainLines > 0.5)),
    patches.reduce((sum, { plainLines }) => sum + plainLines, 0) / all,
  ]
}

/** How the patches' brightness varies over the picture. */
function layout(patches: readonly PatchFacts[], { columns, rows }: PixelSample): number[] {
  const steps: number[] = []
  patches.forEach(({ luma }, at) => {
    if (at % columns < columns - 1) steps.push(Math.abs(luma - patches[at + 1]!.luma))
    if (at < columns * (rows - 1)) steps.push(Math.abs(luma - patches[at + columns]!.luma))
  })
  const all = Math.max(1, steps.length)
  const mean = patches.reduce((sum, { luma }) => sum + luma, 0) / patches.length
  const deviation = Math.sqrt(patches.reduce((sum, { luma }) => sum + (luma - mean) ** 2, 0) / patches.length)
  return [
    steps.filter((step) => step < 0.5).length / all,
    Math.log2(1 + steps.reduce((sum, step) => sum + step, 0) / all),
    Math.log2(1 + deviation),
  ]
}

/** Quantiles of numbers in any order; zeros without any. */
function spread(values: readonly number[]): number[] {
  if (values.length === 0) return QUANTILES.map(() => 0)
  const sorted = Float64Array.from(values).toSorted()
  return QUANTILES.map((level) => sorted[Math.round(level * (sorted.length - 1))]!)
}

/** Shares of the most common colours, of 16 levels a channel, and how many there are. */
function palette(pixels: Int32Array): number[] {
  const counts = new Uint32Array(4096)
  for (const word of pixels) counts[((word >> 4) & 15) | ((word >> 8) & 0xf0) | ((word >> 12) & 0xf00)]!++
  const sorted = counts.filter((count) => count > 0).toSorted((a, b) => b - a)
  const top = (many: number) => sorted.subarray(0, many).reduce((sum, count) => sum + count, 0) / pixels.length
  const entropy = sorted.reduce((sum, count) => sum - (count / pixels.length) * Math.log2(count / pixels.length), 0)
  return [top(1), top(2), top(4), top(8), top(32), Math.log2(sorted.length), entropy]
}
