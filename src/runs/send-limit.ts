/**
 * Waves: a run that may need fewer items than it has asks for them bit by bit, so that a costly subject is not asked what nobody will
 * use. What is sent when changes no report: that is a function of the rows and the spec alone.
 * @module
 */
import type { RunSpec } from '../contracts/run.ts'
import { looksOf } from '../scorers/items-used.ts'

/** Items of the first wave: up to the first look at which the run may learn where it stops. null: it has no looks, all are sent at once. */
export function firstSendLimit(spec: RunSpec): number | null {
  return looksOf(spec)[0] ?? null
}

/**
 * Where the next wave ends, when a prefix gave no reason to stop: at the first look of at least twice as many items, so that at most half of
 * what is asked goes to waste, and a run has few waves.
 * @param recorded - items of the prefix.
 */
export function nextSendLimit(spec: RunSpec, recorded: number): number {
  const looks = looksOf(spec)
  return looks.find((look) => look >= 2 * recorded) ?? looks.findLast((look) => look > recorded) ?? spec.selection.count
}
