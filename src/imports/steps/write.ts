/**
 * Writes the items, one part of `items.jsonl` per slice, and the data for the index and the columns.
 * @module
 */
import { release } from '../../contracts/release.ts'
import { compareText } from '../dataset-digest.ts'
import { type SortedRun, RunMerge, writeRun } from '../external-sort.ts'
import type { ImportWorkspace } from '../../contracts/import-ports.ts'
import type { Finishing, ImportServices, Slice, Writing } from '../state.ts'

interface OrderedLine {
  readonly key: string
  /** Id, cluster and labels. */
  readonly columns: string
  readonly item: string
}

function parseOrdered(line: string): OrderedLine {
  const first = line.indexOf('\t')
  const second = line.indexOf('\t', first + 1)
  return { key: line.slice(0, first), columns: line.slice(first + 1, second), item: line.slice(second + 1) }
}

export async function write(
  { tasks }: ImportServices,
  { format, workspace }: Slice,
  state: Writing,
): Promise<Writing | Finishing> {
  const merge = await RunMerge.open(workspace, state.runs, state.positions, parseOrdered, (a, b) => compareText(a.key, b.key))
  const part = new Uint8Array(workspace.partBytes)
  const columns = new ColumnOrdinals(1 + tasks.strataOfSource(format, state.source).length)
  const first = state.pieces.reduce((sum, { lines }) => sum + lines, 0)
  const { filled, skip, lengths } = await fillPart(merge, part, state.skip, (line, index) => columns.add(line, first + index))
  const rest = merge.head === undefined ? null : merge.positions
  merge.close()
  const upload = await workspace.putItems(state.digest, state.upload, part.subarray(0, filled))
  release(part)
  const number = state.pieces.length
  await workspace.put(`lengths/${number}`, new Uint8Array(Uint32Array.from(lengths).buffer))
  const pieces = [...state.pieces, { lines: lengths.length, columns: await columns.store(workspace, number) }]
  if (rest !== null) return { ...state, positions: rest, skip, upload, pieces }
  const { source, candidates, digest, items, counts, images, runs } = state
  return { phase: 'finish', source, candidates, digest, items, counts, images, runs, upload, pieces }
}

/** UTF-8 needs at most this many bytes per UTF-16 unit. */
const MOST_BYTES_PER_UNIT = 3

/**
 * Fills a part with the next lines.
 * @param skip - bytes of the first line that the previous part contains already
 * @param meet - called with each line that begins in this part
 * @returns `skip` for the next part, and the size of each line that begins in this one, in bytes
 */
async function fillPart(
  merge: RunMerge<OrderedLine>,
  part: Uint8Array,
  skip: number,
  meet: (line: OrderedLine, index: number) => void,
): Promise<{ readonly filled: number; readonly skip: number; readonly lengths: readonly number[] }> {
  const encoder = new TextEncoder()
  const lengths: number[] = []
  let filled = 0
  while (merge.head !== undefined && filled < part.length) {
    const { item } = merge.head
    if (skip === 0) meet(merge.head, lengths.length)
    if (skip === 0 && part.length - filled >= MOST_BYTES_PER_UNIT * (item.length + 1)) {
      const { written } = encoder.encodeInto(`${item}\n`, part.subarray(filled))
      lengths.push(written)
      filled += written
      await merge.advance()
      continue
    }
    const bytes = encoder.encode(`${item}\n`)
    if (skip === 0) lengths.push(bytes.length)
    const taken = Math.min(bytes.length - skip, part.length - filled)
    part.set(bytes.subarray(skip, skip + taken), filled)
    filled += taken
    skip += taken
    if (skip < bytes.length) break
    skip = 0
    await merge.advance()
  }
  return { filled, skip, lengths }
}

/** Per column, the ordinals of each of its values. */
class ColumnOrdinals {
  readonly #columns: readonly Map<string, number[]>[]

  constructor(count: number) {
    this.#columns = Array.from({ length: count }, () => new Map<string, number[]>())
  }

  add({ columns }: OrderedLine, ordinal: number): void {
    const [, ...values] = JSON.parse(columns) as string[]
    for (const [column, value] of values.entries()) {
      const ordinals = this.#columns[column]!.get(value)
      if (ordinals === undefined) this.#columns[column]!.set(value, [ordinal])
      else ordinals.push(ordinal)
    }
  }

  /** Writes a run per column, of lines `[value, ordinals]` in ascending order of value. */
  async store(workspace: ImportWorkspace, piece: number): Promise<SortedRun[]> {
    const runs: SortedRun[] = []
    for (const [column, ordinals] of this.#columns.entries()) {
      const lines = [...ordinals].toSorted(([a], [b]) => compareText(a, b)).map((entry) => JSON.stringify(entry))
      runs.push(await writeRun(workspace, `columns/${column}/${piece}`, lines))
    }
    return runs
  }
}
