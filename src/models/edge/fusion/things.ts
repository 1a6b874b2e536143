/**
 * The detector's read-out to the rows that the transformer reads.
 *
 * A row: distribution over kinds (forms without the last, then drawn kinds) | over colours | left, top,
 * right, bottom in hundreds of pixels | touches the left, top, right, bottom wall | which picture | is the
 * picture. The first row is the picture itself. `training/assay_fusion/perceive.py` does the same.
 * @module
 */
import type { AttendedRow } from '../../../contracts/answering-model.ts'
import type { AnsweringManifest } from '../../../contracts/fusion-manifest.ts'
import { softmax } from '../../../metrics/softmax.ts'
import { exp } from '../../../statistics/elementary.ts'

/** The read-out: channels by cells, row by row. */
export interface Cells {
  readonly data: Float32Array
  readonly rows: number
  readonly columns: number
}

/** Pixels of the preprocessed picture. */
export type Box = readonly [left: number, top: number, right: number, bottom: number]

export interface Thing {
  readonly box: Box
  readonly walls: readonly number[]
  readonly forms: readonly number[]
  readonly colours: readonly number[]
  readonly ground: readonly number[]
}

type RowSaid = Omit<AttendedRow, 'picture'>

type Vocabulary = Pick<AnsweringManifest, 'detector' | 'namer'>

const CENTRE = 0
const EDGES = 1
const WALLS = 5
const FORMS = 9
/** Pixels per unit of a box in a row. */
const UNIT = 100

export const channelsOf = ({ detector: { forms, colours } }: Pick<AnsweringManifest, 'detector'>): number =>
  FORMS + forms.length + 2 * colours.length

export const rowWidth = ({ detector: { forms, colours }, namer: { kinds } }: Vocabulary): number =>
  forms.length - 1 + kinds.length + colours.length + 10

/** The most probable name (none for the picture itself) and color of a row, and its box. */
export function nameRow({ detector, namer }: Vocabulary, rows: Float32Array, row: number): RowSaid {
  const kinds = [...detector.forms.slice(0, -1), ...namer.kinds]
  const { colours } = detector
  const width = rowWidth({ detector, namer })
  const numbers = rows.subarray(row * width, (row + 1) * width)
  const best = (from: number, names: readonly string[]): string => {
    const own = numbers.subarray(from, from + names.length)
    return names[own.indexOf(own.reduce((most, one) => Math.max(most, one)))]!
  }
  const at = kinds.length + colours.length
  const [across, down] = [rows[at + 2]!, rows[at + 3]!]
  return {
    name: numbers[width - 1] === 1 ? null : best(0, kinds),
    color: best(kinds.length, colours),
    box: [numbers[at]! / across, numbers[at + 1]! / down, numbers[at + 2]! / across, numbers[at + 3]! / down],
  }
}

/**
 * The things of a picture, surest first.
 * @param width of the preprocessed picture without padding, in pixels
 */
export function findThings(
  { detector }: Pick<AnsweringManifest, 'detector'>,
  cells: Cells,
  width: number,
  height: number,
): readonly Thing[] {
  const { stride, sure, overlap, most, forms, colours } = detector
  const plane = cells.rows * cells.columns
  const at = (channel: number, cell: number): number => cells.data[channel * plane + cell]!
  const slice = (first: number, count: number, cell: number) => Array.from({ length: count }, (_, k) => at(first + k, cell))
  const candidates = Array.from({ length: plane }, (_, cell) => ({ cell, sure: sigmoid(at(CENTRE, cell)) }))
    .filter((candidate) => candidate.sure >= sure)
    .toSorted((one, other) => other.sure - one.sure || one.cell - other.cell)
  const things: Thing[] = []
  for (const { cell } of candidates) {
    if (things.length === most) break
    const x = ((cell % cells.columns) + 0.5) * stride
    const y = (Math.floor(cell / cells.columns) + 0.5) * stride
    const [left, top, right, bottom] = slice(EDGES, 4, cell).map((edge) => edge * stride) as [number, number, number, number]
    const box: Box = [clamp(x - left, width), clamp(y - top, height), clamp(x + right, width), clamp(y + bottom, height)]
    if (box[2] - box[0] < 1 || box[3] - box[1] < 1) continue
    if (things.some((thing) => intersectionOverUnion(thing.box, box) > overlap)) continue
    things.push({
      box,
      walls: slice(WALLS, 4, cell).map(sigmoid),
      forms: [...softmax(slice(FORMS, forms.length, cell))],
      colours: [...softmax(slice(FORMS + forms.length, colours.length, cell))],
      ground: slice(FORMS + forms.length + colours.length, colours.length, cell),
    })
  }
  return things
}

/** The ground's colour where no thing says it: the mean of all cells. */
export function groundOfCells(
  { detector: { forms, colours } }: Pick<AnsweringManifest, 'detector'>,
  cells: Cells,
): readonly number[] {
  const plane = cells.rows * cells.columns
  const first = FORMS + forms.length + colours.length
  return colours.map((_, colour) => {
    let sum = 0
    for (let cell = 0; cell < plane; cell++) sum += cells.data[(first + colour) * plane + cell]!
    return sum / plane
  })
}

/**
 * @param names of each thing: a distribution over drawn kinds, or undefined where it was not named
 * @returns `(1 + things.length) * rowWidth` numbers
 */
export function rowsOf(
  vocabulary: Vocabulary,
  things: readonly Thing[],
  names: readonly (ArrayLike<number> | undefined)[],
  ground: readonly number[],
  width: number,
  height: number,
): Float32Array {
  const { forms, colours } = vocabulary.detector
  const shapes = forms.length - 1
  const kinds = shapes + vocabulary.namer.kinds.length
  const across = rowWidth(vocabulary)
  const rows = new Float32Array((1 + things.length) * across)
  rows.set(softmax(things.length === 0 ? ground : meanOf(things.map((thing) => thing.ground))), kinds)
  rows.set([0, 0, width / UNIT, height / UNIT], kinds + colours.length)
  rows[across - 1] = 1
  things.forEach((thing, index) => {
    const row = rows.subarray((1 + index) * across, (2 + index) * across)
    row.set(thing.forms.slice(0, shapes))
    const own = names[index]
    if (own !== undefined) for (let k = 0; k < own.length; k++) row[shapes + k] = own[k]! * thing.forms[shapes]!
    row.set(thing.colours, kinds)
    row.set(
      thing.box.map((edge) => edge / UNIT),
      kinds + colours.length,
    )
    row.set(thing.walls, kinds + colours.length + 4)
  })
  return rows
}

function meanOf(vectors: readonly (readonly number[])[]): number[] {
  return vectors[0]!.map((_, k) => vectors.reduce((sum, vector) => sum + vector[k]!, 0) / vectors.length)
}

export const sigmoid = (logit: number): number => 1 / (1 + exp(-logit))

const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most)

function intersectionOverUnion(one: Box, other: Box): number {
  const width = Math.min(one[2], other[2]) - Math.max(one[0], other[0])
  const height = Math.min(one[3], other[3]) - Math.max(one[1], other[1])
  if (width <= 0 || height <= 0) return 0
  const area = (box: Box): number => (box[2] - box[0]) * (box[3] - box[1])
  return (width * height) / (area(one) + area(other) - width * height)
}
