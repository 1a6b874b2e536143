/**
 * Ways in which a model fits: all in the answering Worker, a tower in a separate Worker, or with texts
 * embedded beforehand.
 * @module
 */
import {
  type MemoryDemand,
  memoryDemandOf,
  overBudget,
  MODEL_BUDGET,
  tokenizerBytes,
  towerBytes,
} from '../../contracts/memory-budget.ts'
import type { ModelManifest, StoredFile, TowerSpec } from '../../contracts/model-manifest.ts'

type Weighed = Pick<TowerSpec, 'bytes' | 'external_data' | 'resident_bytes'>

/** Sizes that decide whether a model fits. */
export interface Weights {
  readonly vision: Weighed
  readonly text: Weighed
  readonly tokenizer: number
}

/**
 * Estimated memory of a graph, in bytes, until it is measured; seldom more than observed
 * (docs/edge-inference.md, "Memory").
 */
const bySize = (bytes: number): number => 1.05 * bytes + 3e6

/** By file sizes alone, before anything is downloaded or loaded. */
export function weightsBySize(bytes: { readonly vision: number; readonly text: number; readonly tokenizer: number }): Weights {
  const tower = (size: number): Weighed => ({ bytes: 0, resident_bytes: bySize(size) })
  return { vision: tower(bytes.vision), text: tower(bytes.text), tokenizer: bytes.tokenizer }
}

export const weightsOf = ({ vision, text, tokenizer }: ModelManifest): Weights => ({
  vision,
  text,
  tokenizer: tokenizer.bytes ?? 0,
})

export type Split = 'none' | 'vision' | 'text' | 'both'
export const SPLITS = ['none', 'vision', 'text', 'both'] as const

export function placementOf(split: Split): NonNullable<ModelManifest['placement']> {
  return {
    vision: split === 'vision' || split === 'both' ? 'worker' : 'isolate',
    text: split === 'text' || split === 'both' ? 'worker' : 'isolate',
  }
}

/** @param vectors file of embedded texts, if there is one; the text tower is then not loaded */
export function demandAt({ vision, text, tokenizer }: Weights, split: Split, vectors?: Pick<StoredFile, 'bytes'>): MemoryDemand {
  const manifest = { vision, text, placement: placementOf(split), text_vectors: vectors } as unknown as Parameters<
    typeof memoryDemandOf
  >[0]
  return memoryDemandOf(manifest, tokenizer)
}

interface Way {
  readonly option: string
  readonly says: string
  readonly need: MemoryDemand
}

function waysOf(weights: Weights): Way[] {
  const none = { bytes: 0 }
  return [
    { option: '', says: 'all in the Worker that answers', need: demandAt(weights, 'none') },
    { option: '--split vision', says: 'vision in a Worker of its own', need: demandAt(weights, 'vision') },
    { option: '--split text', says: 'text in a Worker of its own', need: demandAt(weights, 'text') },
    { option: '--split both', says: 'each in a Worker of its own', need: demandAt(weights, 'both') },
    { option: '--texts FILE', says: 'texts embedded beforehand', need: demandAt(weights, 'none', none) },
    {
      option: '--texts FILE --split vision',
      says: 'the same, vision in a Worker of its own',
      need: demandAt(weights, 'vision', none),
    },
  ]
}

/** Options for the ways that fit, the simplest first. */
export function fittingOptions(weights: Weights): string[] {
  return waysOf(weights)
    .filter(({ need }) => overBudget(need).length === 0)
    .map(({ option }) => option)
}

/** A table for people: the memory of each part, and each way. */
export function fitTable(weights: Weights): string {
  const parts = [
    ['vision tower', towerBytes(weights.vision)],
    ['text tower', towerBytes(weights.text)],
    ['tokenizer', tokenizerBytes(weights.tokenizer)],
  ] as const
  const rows = waysOf(weights).map(({ option, says, need }) => [
    overBudget(need).length === 0 ? 'fits' : 'does not fit',
    says,
    ...[need.answering, need.vision, need.text].map((bytes) => (bytes === 0 ? '–' : mb(bytes))),
    option,
  ])
  const head = ['', 'way', 'here', 'vision', 'text', 'option']
  const room = ['', 'room there is', mb(MODEL_BUDGET.answering), mb(MODEL_BUDGET.tower), mb(MODEL_BUDGET.tower), '']
  const table = [head, room, ...rows]
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  const lines = table.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd())
  return [`needs in MB: ${parts.map(([name, bytes]) => `${name} ${mb(bytes)}`).join(', ')}`, ...lines].join('\n')
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1)
