/**
 * Comparison of two texts, as OpenAI's `string_check`.
 * @module
 */
import type { Item } from '../../../contracts/item.ts'
import type { ItemScore, ScoreContext } from '../../scorer.ts'
import { fill, valuesOf } from '../template-values.ts'
import type { StringCheckSpec } from './spec.ts'

export function checkString({ spec, item, output }: ScoreContext<StringCheckSpec, Item, 'text'>): ItemScore {
  const values = valuesOf(item, output)
  const input = fill(spec.input, values, output)
  if ('reason' in input) return { status: 'unscored', reason: `input: ${input.reason}` }
  const reference = fill(spec.reference, values, output)
  if ('reason' in reference) return { status: 'unscored', reason: `reference: ${reference.reason}` }
  const passed = compares(input.text, reference.text, spec.operation) ? 1 : 0
  return { status: 'scored', stats: [passed], score: passed }
}

/** Code units are compared: texts that only look equal differ. */
function compares(input: string, reference: string, operation: StringCheckSpec['operation']): boolean {
  switch (operation) {
    case 'eq':
      return input === reference
    case 'ne':
      return input !== reference
    case 'like':
      return input.includes(reference)
    case 'ilike':
      return input.toLowerCase().includes(reference.toLowerCase())
  }
}
