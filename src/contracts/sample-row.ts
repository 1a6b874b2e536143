/**
 * `SampleRow`: the numeric outcome of one item under every scorer of a run, and its binary form.
 *
 * Reports are aggregated from these rows (and from outputs that scorers keep), in ordinal order. A row
 * therefore holds nothing that depends on layout, arrival, attempt or clock.
 * @module
 */

/**
 * `errored`: infrastructure or input fault, never a wrong answer. `unscored`: the model gave nothing to
 * score.
 */
export type RowStatus = 'scored' | 'errored' | 'unscored'

export interface SampleRow {
  /** Position in the dataset's hash order, from 0. */
  readonly ordinal: number
  /** Rank of the item's cluster id among the dataset's cluster ids sorted by UTF-16 code units. */
  readonly cluster: number
  /** One entry per scorer, in the order of the run's criteria. */
  readonly outcomes: readonly ScorerOutcome[]
}

export interface ScorerOutcome {
  readonly status: RowStatus
  /** As many numbers as the scorer has columns; zeros unless `scored`. */
  readonly stats: readonly number[]
}

const STATUSES: readonly RowStatus[] = ['scored', 'errored', 'unscored']
const MAGIC = 0x31525341 // "ASR1", little-endian
const HEADER_BYTES = 12

/**
 * Encodes rows as little-endian columns: magic, row count n, scorer count c; n ordinals (u32), n clusters
 * (u32), n·c statuses (u8, row-major, padded to 8 bytes), then n rows of Σ widths Float64.
 * @throws {RangeError} when a row's stats do not have the given widths.
 */
export function encodeRows(rows: readonly SampleRow[], widths: readonly number[]): Uint8Array {
  const { statusOffset, statsOffset, total, rowWidth } = layoutOf(rows.length, widths)
  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, rows.length, true)
  view.setUint32(8, widths.length, true)
  rows.forEach((row, index) => {
    if (row.outcomes.length !== widths.length)
      throw new RangeError(`row ${row.ordinal} has ${row.outcomes.length} outcomes, not ${widths.length}`)
    view.setUint32(HEADER_BYTES + 4 * index, row.ordinal, true)
    view.setUint32(HEADER_BYTES + 4 * (rows.length + index), row.cluster, true)
    let at = statsOffset + 8 * rowWidth * index
    row.outcomes.forEach((outcome, scorer) => {
      bytes[statusOffset + index * widths.length + scorer] = STATUSES.indexOf(outcome.status)
      const width = widths[scorer]!
      if (outcome.stats.length !== width)
        throw new RangeError(`row ${row.ordinal}, scorer ${scorer}: ${outcome.stats.length} stats, not ${width}`)
      for (const value of outcome.stats) {
        view.setFloat64(at, value, true)
        at += 8
      }
    })
  })
  return bytes
}

/**
 * The inverse of {@link encodeRows}.
 * @param before - widths of rows that were stored earlier: columns that they lack are 0, further ones are
 *   left out.
 * @param range - decodes the rows [from, to); default: all
 * @throws {RangeError} when the bytes are not rows of either widths.
 */
export function decodeRows(
  bytes: Uint8Array,
  widths: readonly number[],
  before: readonly number[] = widths,
  { from = 0, to = Infinity }: { readonly from?: number; readonly to?: number } = {},
): SampleRow[] {
  const { view, count, statusOffset, statsOffset, rowWidth, stored } = openRows(bytes, widths, before)
  return Array.from({ length: Math.max(0, Math.min(to, count) - from) }, (_, place) => {
    const index = from + place
    let at = statsOffset + 8 * rowWidth * index
    return {
      ordinal: view.getUint32(HEADER_BYTES + 4 * index, true),
      cluster: view.getUint32(HEADER_BYTES + 4 * (count + index), true),
      outcomes: widths.map((width, scorer) => {
        const status = statusOf(bytes[statusOffset + index * widths.length + scorer])
        const held = stored[scorer]!
        const stats = Array.from({ length: width }, (_unused, k) => (k < held ? view.getFloat64(at + 8 * k, true) : 0))
        at += 8 * held
        return { status, stats }
      }),
    }
  })
}

/**
 * One column of each row, NaN where the item was not scored: cheaper than {@link decodeRows}.
 * @throws {RangeError} when the bytes are not rows of these widths.
 */
export function decodeColumn(
  bytes: Uint8Array,
  widths: readonly number[],
  { scorer, column }: { readonly scorer: number; readonly column: number },
  earlier: readonly number[] = widths,
): { ordinals: Uint32Array; values: Float64Array } {
  const { view, count, statusOffset, statsOffset, rowWidth, stored } = openRows(bytes, widths, earlier)
  const before = stored.slice(0, scorer).reduce((sum, width) => sum + width, column)
  const isScored = (index: number) => statusOf(bytes[statusOffset + index * widths.length + scorer]) === 'scored'
  return {
    ordinals: Uint32Array.from({ length: count }, (_, index) => view.getUint32(HEADER_BYTES + 4 * index, true)),
    values: Float64Array.from({ length: count }, (_, index) =>
      isScored(index) ? view.getFloat64(statsOffset + 8 * (rowWidth * index + before), true) : NaN,
    ),
  }
}

function statusOf(code: number | undefined): RowStatus {
  const status = STATUSES[code!]
  if (status === undefined) throw new RangeError('sample rows: unknown status')
  return status
}

function openRows(bytes: Uint8Array, widths: readonly number[], before: readonly number[]) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) throw new RangeError('not a block of sample rows')
  const count = view.getUint32(4, true)
  if (view.getUint32(8, true) !== widths.length) throw new RangeError('sample rows of another number of scorers')
  const stored = bytes.byteLength === layoutOf(count, before).total ? before : widths
  const layout = layoutOf(count, stored)
  if (bytes.byteLength !== layout.total) throw new RangeError(`sample rows: ${bytes.byteLength} bytes, expected ${layout.total}`)
  return { view, count, stored, ...layout }
}

function layoutOf(rows: number, widths: readonly number[]) {
  const rowWidth = widths.reduce((sum, width) => sum + width, 0)
  const statusOffset = HEADER_BYTES + 8 * rows
  const statsOffset = Math.ceil((statusOffset + rows * widths.length) / 8) * 8
  return { statusOffset, statsOffset, rowWidth, total: statsOffset + 8 * rowWidth * rows }
}
