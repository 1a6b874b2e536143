/**
 * One patch of pixels as numbers.
 * @module
 */

/** Bounds between classes of steps: the largest channel's difference of two neighbouring pixels. */
export const STEPS = [1, 3, 7, 15, 31, 63, 127] as const

/** Class of each step, 0 to 255. */
const CLASS_OF_STEP = Uint8Array.from({ length: 256 }, (_, step) => STEPS.filter((bound) => step >= bound).length)

/** Coarser class of each step: none, faint, visible, clear, an edge. */
const COARSE = 5
const COARSE_OF_STEP = Uint8Array.from({ length: 256 }, (_, step) => [1, 3, 8, 32].filter((bound) => step >= bound).length)
/** Pairs of coarse classes, in any order. */
export const PAIRS = (COARSE * (COARSE + 1)) / 2
const PAIR_OF = Uint8Array.from({ length: COARSE * COARSE }, (_, at) => {
  const [low, high] = [at % COARSE, Math.floor(at / COARSE)].toSorted((a, b) => a - b) as [number, number]
  return (high * (high + 1)) / 2 + low
})

/** A step of at least so much is an edge. */
const EDGE = 32

export interface PatchFacts {
  /** Neighbouring pixels by class of their step, along rows and along columns. */
  readonly stepsAcross: Uint16Array
  readonly stepsDown: Uint16Array
  /** Pairs of successive steps by their coarse classes: a flat area beside an edge, faint beside faint. */
  readonly pairs: Uint16Array
  /** Successive steps of brightness that turn, and all of those that are not 0: noise turns most. */
  readonly turns: number
  readonly moves: number
  /** Brightness, mean and standard deviation: 0 to 255. */
  readonly luma: number
  readonly deviation: number
  /** Largest step between neighbours, 0 to 255. */
  readonly range: number
  /** Mean colour as a word. */
  readonly mean: number
  /** Mean distance of a pixel's brightness from the mean of two opposite neighbours. */
  readonly roughness: number
  /** Number of different colours. */
  readonly colours: number
  /** Correlation of neighbouring pixels' brightness, −1 to 1: about 0 for white noise. */
  readonly correlation: number
  /** Share of gradients that are nearly along an axis, weighted by strength. */
  readonly alignment: number
  /** Share of edges with equal pixels on both sides; 0 without edges. */
  readonly cleanEdges: number
  /** Mean of (largest − smallest channel) / 255. */
  readonly saturation: number
  /** Share of rows and columns of one colour. */
  readonly plainLines: number
}

/** @param from - index of the patch's first pixel (`red | green << 8 | blue << 16`) */
export function patchFacts(pixels: Int32Array, from: number, width: number, height: number): PatchFacts {
  const across = walk(pixels, from, height, width, 1, width)
  const down = walk(pixels, from, width, height, width, 1)
  const size = width * height
  const { mean, lumas, colours, saturation } = colourFacts(pixels, from, size)
  const luma = meanOf(lumas)
  const variance = varianceOf(lumas, luma)
  const edges = across.edges + down.edges
  return {
    stepsAcross: across.steps,
    stepsDown: down.steps,
    pairs: across.pairs.map((count, pair) => count + down.pairs[pair]!),
    turns: across.turns + down.turns,
    moves: across.moves + down.moves,
    luma,
    deviation: Math.sqrt(variance),
    range: Math.max(across.largest, down.largest),
    mean,
    colours,
    saturation,
    ...texture(lumas, width, height, luma, variance),
    cleanEdges: edges === 0 ? 0 : (across.clean + down.clean) / edges,
    plainLines: (across.plain + down.plain) / (width + height),
  }
}

interface Walk {
  readonly steps: Uint16Array
  readonly pairs: Uint16Array
  readonly turns: number
  readonly moves: number
  readonly largest: number
  readonly edges: number
  readonly clean: number
  readonly plain: number
}

/** Walks along the lines of a patch: `lines` of `length` pixels. */
function walk(pixels: Int32Array, from: number, lines: number, length: number, step: number, nextLine: number): Walk {
  const steps = new Uint16Array(STEPS.length + 1)
  const pairs = new Uint16Array(PAIRS)
  let largest = 0
  let edges = 0
  let clean = 0
  let plain = 0
  let turns = 0
  let moves = 0
  for (let line = 0; line < lines; line++) {
    let longest = 0
    let before = 0
    let previous = 0
    let rise = 0
    for (let at = 1, place = from + line * nextLine + step; at < length; at++, place += step) {
      const difference = distance(pixels[place]!, pixels[place - step]!)
      steps[CLASS_OF_STEP[difference]!]!++
      if (difference > longest) longest = difference
      if (at > 1) pairs[PAIR_OF[COARSE * COARSE_OF_STEP[previous]! + COARSE_OF_STEP[difference]!]!]!++
      // Green is the largest part of brightness.
      const climb = Math.sign(((pixels[place]! >> 8) & 255) - ((pixels[place - step]! >> 8) & 255))
      if (rise !== 0 && climb !== 0) {
        moves++
        if (rise !== climb) turns++
      }
      rise = climb
      // An edge between two steps of nothing.
      if (previous >= EDGE && at > 2) {
        edges++
        if (before === 0 && difference === 0) clean++
      }
      before = previous
      previous = difference
    }
    if (longest === 0) plain++
    if (longest > largest) largest = longest
  }
  return { steps, pairs, turns, moves, largest, edges, clean, plain }
}

/** The largest channel's difference of two words. */
function distance(one: number, other: number): number {
  if (one === other) return 0
  const red = Math.abs((one & 255) - (other & 255))
  const green = Math.abs(((one >> 8) & 255) - ((other >> 8) & 255))
  const blue = Math.abs(((one >> 16) & 255) - ((other >> 16) & 255))
  return red > green ? (red > blue ? red : blue) : green > blue ? green : blue
}

function colourFacts(pixels: Int32Array, from: number, size: number) {
  const lumas = new Float64Array(size)
  let reds = 0
  let greens = 0
  let blues = 0
  let saturation = 0
  for (let at = 0; at < size; at++) {
    const word = pixels[from + at]!
    const red = word & 255
    const green = (word >> 8) & 255
    const blue = (word >> 16) & 255
    reds += red
    greens += green
    blues += blue
    lumas[at] = (299 * red + 587 * green + 114 * blue) / 1000
    saturation += Math.max(red, green, blue) - Math.min(red, green, blue)
  }
  const mean = Math.round(reds / size) | (Math.round(greens / size) << 8) | (Math.round(blues / size) << 16)
  return { mean, lumas, colours: countColours(pixels, from, size), saturation: saturation / (255 * size) }
}

/** Slots of a hash table: twice as many as a patch has pixels. */
const SLOTS = 512

/** A `Set` would take most of the detector's time. */
function countColours(pixels: Int32Array, from: number, size: number): number {
  const slots = new Int32Array(SLOTS).fill(-1)
  let count = 0
  for (let at = 0; at < size; at++) {
    const word = pixels[from + at]!
    let slot = (Math.imul(word, 0x9e3779b1) >>> 16) & (SLOTS - 1)
    while (slots[slot] !== word && slots[slot] !== -1) slot = (slot + 1) & (SLOTS - 1)
    if (slots[slot] === word) continue
    slots[slot] = word
    count++
  }
  return count
}

function meanOf(values: Float64Array): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += values[at]!
  return sum / values.length
}

function varianceOf(values: Float64Array, mean: number): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += (values[at]! - mean) ** 2
  return sum / values.length
}

/** Roughness, correlation of neighbours, and alignment of gradients with the axes. */
function texture(lumas: Float64Array, width: number, height: number, mean: number, variance: number) {
  let rough = 0
  let pairs = 0
  let product = 0
  let strength = 0
  let aligned = 0
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x
      const here = lumas[at]!
      const left = lumas[at - 1]!
      const right = lumas[at + 1]!
      const above = lumas[at - width]!
      const below = lumas[at + width]!
      rough += Math.abs(2 * here - left - right) + Math.abs(2 * here - above - below)
      pairs += 2
      product += (here - mean) * (right - mean + below - mean)
      const dx = Math.abs(right - left)
      const dy = Math.abs(below - above)
      strength += dx + dy
      if (dx > 4 * dy || dy > 4 * dx) aligned += dx + dy
    }
  return {
    roughness: pairs === 0 ? 0 : rough / (2 * pairs),
    correlation: pairs === 0 || variance === 0 ? 0 : product / (pairs * variance),
    alignment: strength === 0 ? 0 : aligned / strength,
  }
}
