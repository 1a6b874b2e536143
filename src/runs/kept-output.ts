/**
 * Text form of an output in a sample's evidence, and its inverse for scorers that aggregate outputs.
 * @module
 */
import type { Output, OutputKind, ProposedSegment } from '../contracts/model.ts'

/** undefined for outputs without a stored text form. */
export function textOf(output: Output): string | null | undefined {
  if (output.kind === 'text') return output.text
  if (output.kind === 'segments') return output.segments && JSON.stringify(output.segments)
  return undefined
}

/** The inverse of {@link textOf}. null for kinds without a text form. */
export function outputOf(kind: OutputKind, text: string | null): Output | null {
  if (kind === 'text') return { kind, text }
  if (kind === 'segments') return { kind, segments: text === null ? null : (JSON.parse(text) as ProposedSegment[]) }
  return null
}
