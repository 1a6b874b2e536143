/**
 * Text form of an output in a sample's evidence, and its inverse for scorers that aggregate outputs.
 * @module
 */
import { choicesOf, type Item } from '../contracts/item.ts'
import type { Output, OutputKind, ProposedSegment } from '../contracts/model.ts'

/** undefined for outputs without a stored text form. Of labels, and of rotations, the first is kept. */
export function textOf(output: Output, item: Pick<Item, 'candidates' | 'options'>): string | null | undefined {
  if (output.kind === 'text') return output.text
  if (output.kind === 'segments') return output.segments && JSON.stringify(output.segments)
  if (output.kind === 'labels') return output.ranked && choicesOf(item)[output.ranked[0]!.index]!.label
  if (output.kind === 'rotations') return output.chosen && choicesOf(item)[output.chosen[0]!]!.label
  return undefined
}

/** The inverse of {@link textOf} for texts and segments; null for other kinds. */
export function outputOf(kind: OutputKind, text: string | null): Output | null {
  if (kind === 'text') return { kind, text }
  if (kind === 'segments') return { kind, segments: text === null ? null : (JSON.parse(text) as ProposedSegment[]) }
  return null
}
