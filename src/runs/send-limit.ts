/**
 * Waves: a run that may stop early is sent in portions, so that a costly model is not asked for unused
 * outputs. The timing of sends changes no report, which is a function of the rows and the spec alone.
 * @module
 */
import type { RunSpec } from '../contracts/run.ts'
import { looksOf } from '../scorers/items-used.ts'

/**
 * Items of the first wave: up to the first look at which the run may stop. null: the run has no looks, so all
 * are sent at once.
 */
export function firstSendLimit(spec: RunSpec): number | null {
  return looksOf(spec)[0] ?? null
}

/**
 * End of the next wave if the run goes on: the first look with at least twice as many items. So at most half
 * of the requests are wasted, and a run has few waves.
 * @param recorded - number of items in the prefix
 */
export function nextSendLimit(spec: RunSpec, recorded: number): number {
  const looks = looksOf(spec)
  return looks.find((look) => look >= 2 * recorded) ?? looks.findLast((look) => look > recorded) ?? spec.selection.count
}
