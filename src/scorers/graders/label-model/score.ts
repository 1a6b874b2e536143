/**
 * The label that a grading model chose.
 * @module
 */
import type { Item } from '../../../contracts/item.ts'
import type { ItemScore, ScoreContext } from '../../scorer.ts'
import { askGrader } from '../ask-grader.ts'
import { valuesOf } from '../template-values.ts'
import type { LabelModelSpec } from './spec.ts'

export async function scoreLabel({ spec, item, output, grader }: ScoreContext<LabelModelSpec, Item, 'text'>): Promise<ItemScore> {
  const { input, labels, passing_labels: passing } = spec
  const instruction = `Answer with exactly one of these labels and nothing else: ${labels.map((label) => JSON.stringify(label)).join(', ')}.`
  const reply = await askGrader(grader, { input, values: valuesOf(item, output), output, instruction })
  if ('score' in reply) return reply.score
  const label = labelIn(reply.text, labels)
  if (label === undefined)
    return {
      status: 'unscored',
      reason: `the grading model gave none of the labels: ${JSON.stringify(reply.text.slice(0, 80))}`,
      grader: 'unreadable',
    }
  const passed = passing.includes(label) ? 1 : 0
  return { status: 'scored', stats: [passed], score: passed, details: { ...reply.details, label } }
}

/**
 * The label of an answer: alone, in quotes, before a full stop, or as `{"label": …}`; whatever the case.
 * undefined for anything else: an answer that names two labels has none.
 */
function labelIn(text: string, labels: readonly string[]): string | undefined {
  const plain = (each: string) => each.trim().toLowerCase()
  const unquoted = text.trim().replace(/^["'`*]+|["'`*.]+$/g, '')
  const candidates = new Set([text, unquoted, ...jsonLabel(text)].map(plain))
  return labels.find((label) => candidates.has(plain(label)))
}

function jsonLabel(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text)
    const label =
      typeof value === 'object' && value !== null ? (Reflect.get(value, 'label') ?? Reflect.get(value, 'result')) : value
    return typeof label === 'string' ? [label] : []
  } catch {
    return []
  }
}
