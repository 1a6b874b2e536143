/**
 * Where a fusion model looks as it reads a text.
 * @module
 */
import type { AttendedRow, Attention } from '../../../contracts/answering-model.ts'
import type { FusionManifest } from '../../../contracts/fusion-manifest.ts'
import type { Tokenizer } from '../../../text/tokenizer.ts'
import { readerInputs, type RowsOfPicture } from './reader-inputs.ts'
import type { RunGraph } from './run-graph.ts'
import { nameRow, rowWidth } from './things.ts'

export type Attend = (pictures: readonly RowsOfPicture[], text: string) => Promise<Attention>

export function createAttention(
  manifest: FusionManifest,
  run: RunGraph,
  tokenizer: () => Promise<Tokenizer>,
  words: () => Promise<(ids: readonly number[]) => string>,
): Attend {
  const { fusion } = manifest
  const width = rowWidth(manifest)
  return async (pictures, text) => {
    if (fusion.attention !== true) throw new Error(`${fusion.file} has no attention`)
    const { ids } = (await tokenizer()).encode(text)
    const { data, shape } = (await run(fusion, readerInputs(pictures, ids, width)))('attention')
    const wordOf = await words()
    const rows = pictures.flatMap(({ rows: own, count }, picture): AttendedRow[] =>
      Array.from({ length: count }, (_, row) => ({ picture, ...nameRow(manifest, own, row) })),
    )
    const [, layers, side] = shape as [number, number, number]
    if (side !== ids.length + rows.length) throw new Error(`${fusion.file}: attention of ${side}, not of all tokens and rows`)
    const lineOf = (layer: number, from: number): number[] => {
      const start = (layer * side + from) * side
      return Array.from(data.subarray(start, start + side))
    }
    return {
      tokens: ids.map((id) => wordOf([id])),
      rows,
      layers: Array.from({ length: layers }, (_, layer) => Array.from({ length: side }, (__, from) => lineOf(layer, from))),
    }
  }
}
