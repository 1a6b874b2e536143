/**
 * Counts of passed, failed and errored items, by OpenAI's rules: an item is errored if one criterion could
 * not be applied, and passed if every criterion passed.
 * @module
 */
import type { ShardTally } from '../contracts/run.ts'

/**
 * The verdict of one scorer on one item. `pending`: decided at the merge, so it counts neither way before.
 */
export type Verdict = 'passed' | 'failed' | 'errored' | 'pending'

type Counts = Pick<ShardTally, 'passed' | 'failed' | 'errored'>

/**
 * @param items - one list per item, with one verdict per scorer
 * @param scorers - number of scorers
 */
export function countVerdicts(
  items: readonly (readonly Verdict[])[],
  scorers: number,
): Counts & Pick<ShardTally, 'per_criterion'> {
  return {
    ...count(items.map(verdictOf)),
    per_criterion: Array.from({ length: scorers }, (_, index) => count(items.map((verdicts) => verdicts[index]!))),
  }
}

function verdictOf(verdicts: readonly Verdict[]): Verdict {
  return (['errored', 'failed', 'pending'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'passed'
}

function count(verdicts: readonly Verdict[]): Counts {
  const of = (wanted: Verdict) => verdicts.filter((verdict) => verdict === wanted).length
  return { passed: of('passed'), failed: of('failed'), errored: of('errored') }
}
