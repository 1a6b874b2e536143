/**
 * Assembles index and columns, and commits the version.
 * @module
 */
import type { VersionFacts } from '../../contracts/catalogue-ports.ts'
import type { DatasetVersion } from '../../contracts/dataset.ts'
import type { ImportWorkspace } from '../../contracts/import-ports.ts'
import { compareText } from '../dataset-digest.ts'
import { RunMerge } from '../external-sort.ts'
import { LabelVocabulary } from '../label-vocabulary.ts'
import type { Finishing, ImportServices, Piece, Slice, Writing } from '../state.ts'
import { startWriting } from './order.ts'

export async function finish(
  { datasets, tasks }: ImportServices,
  { record, format, workspace, pictures }: Slice,
  state: Finishing,
): Promise<Writing | { readonly version: DatasetVersion }> {
  const { digest, items, pieces, source } = state
  const offsets = await readOffsets(workspace, state)
  const clusters = await rankColumn(workspace, pieces, 0, new Uint32Array(items), () => {})
  const strata: { readonly vocabulary: LabelVocabulary; readonly codes: Uint16Array }[] = []
  for (const [index, stratum] of tasks.strataOfSource(format, source).entries()) {
    const vocabulary = new LabelVocabulary(stratum)
    const { ranks } = await rankColumn(workspace, pieces, 1 + index, new Uint16Array(items), (value) => vocabulary.add(value))
    strata.push({ vocabulary, codes: ranks })
  }
  const facts: VersionFacts = {
    tenant: record.tenant,
    name: record.name,
    digest,
    task: tasks.taskOfSource(format, source).id,
    format: record.format,
    items,
    images: state.images ?? 0,
    clusters: clusters.count,
    strata: strata.map(({ vocabulary: { name, values } }) => ({ name, values })),
    source,
    ...(state.candidates === undefined ? {} : { candidates: state.candidates }),
    columns: { cluster: clusters.ranks, strata: strata.map(({ codes }) => codes) },
    imageDigests: [],
    ...(pictures === null ? {} : { imagesOfImport: record.id }),
  }
  // Items last, so that a refusal leaves none behind.
  const committed = await datasets.commit(facts, offsets, () => workspace.finishItems(digest, state.upload))
  return committed === null ? startWriting(workspace, state) : { version: committed.version }
}

/** Start of each line, and end of the last one. */
async function readOffsets(workspace: ImportWorkspace, { items, pieces }: Finishing): Promise<Uint32Array> {
  const offsets = new Uint32Array(items + 1)
  let ordinal = 0
  for (const [number, { lines }] of pieces.entries()) {
    const bytes = await workspace.read(`lengths/${number}`, 0, 4 * lines)
    for (const length of new Uint32Array(bytes.buffer, bytes.byteOffset, lines)) {
      offsets[ordinal + 1] = offsets[ordinal]! + length
      ordinal++
    }
  }
  if (ordinal !== items) throw new Error(`${ordinal} lines were written for ${items} items`)
  return offsets
}

/**
 * Ranks of a column's values among its sorted distinct ones, by ordinal. @param meet - called with each
 * distinct value in order
 */
async function rankColumn<Ranks extends Uint32Array | Uint16Array>(
  workspace: ImportWorkspace,
  pieces: readonly Piece[],
  column: number,
  ranks: Ranks,
  meet: (value: string) => void,
): Promise<{ readonly ranks: Ranks; readonly count: number }> {
  const merge = await RunMerge.open(
    workspace,
    pieces.map(({ columns }) => columns[column]!),
    null,
    (line) => JSON.parse(line) as [value: string, ordinals: number[]],
    ([a], [b]) => compareText(a, b),
  )
  let count = 0
  let current: string | undefined
  while (merge.head !== undefined) {
    const [value, ordinals] = merge.head
    if (value !== current) {
      current = value
      count++
      meet(value)
    }
    for (const ordinal of ordinals) ranks[ordinal] = count - 1
    await merge.advance()
  }
  merge.close()
  return { ranks, count }
}
