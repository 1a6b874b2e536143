/**
 * The number that a grading model gave.
 * @module
 */
import type { Item } from '../../../contracts/item.ts'
import type { ItemScore, ScoreContext } from '../../scorer.ts'
import { askGrader } from '../ask-grader.ts'
import { valuesOf } from '../template-values.ts'
import type { ScoreModelSpec } from './spec.ts'

export const thresholdOf = ({ range: [low, high], pass_threshold: threshold }: ScoreModelSpec): number =>
  threshold ?? (low + high) / 2

export async function scoreByModel({
  spec,
  item,
  output,
  grader,
}: ScoreContext<ScoreModelSpec, Item, 'text'>): Promise<ItemScore> {
  const [low, high] = spec.range
  const instruction = `Answer with one number from ${low} to ${high} and nothing else.`
  const reply = await askGrader(grader, { input: spec.input, values: valuesOf(item, output), output, instruction })
  if ('score' in reply) return reply.score
  const score = numberIn(reply.text)
  if (score === undefined)
    return unreadable(`the grading model gave no single number: ${JSON.stringify(reply.text.slice(0, 80))}`)
  if (score < low || score > high) return unreadable(`the grading model gave ${score}, outside the range ${low} to ${high}`)
  return { status: 'scored', stats: [score, score >= thresholdOf(spec) ? 1 : 0], score, details: reply.details }
}

const unreadable = (reason: string): ItemScore => ({ status: 'unscored', reason, grader: 'unreadable' })

/** The only number of a text, or the member `score` or `result` of a JSON object. */
function numberIn(text: string): number | undefined {
  const json = jsonScore(text)
  if (json !== undefined) return json
  const numbers = text.match(/(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)/g) ?? []
  return numbers.length === 1 ? Number(numbers[0]) : undefined
}

function jsonScore(text: string): number | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const score =
      typeof value === 'object' && value !== null ? (Reflect.get(value, 'score') ?? Reflect.get(value, 'result')) : value
    return typeof score === 'number' && Number.isFinite(score) ? score : undefined
  } catch {
    return undefined
  }
}
