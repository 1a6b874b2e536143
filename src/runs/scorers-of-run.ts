/**
 * @module
 */
import type { RunSpec } from '../contracts/run.ts'
import { SCORERS } from '../scorers/registry.ts'
import type { BoundScorer } from '../scorers/scorer.ts'

/** The scorers of a run, one per testing criterion of its specification, in the same order. */
export function scorersOf({ spec }: { readonly spec: Pick<RunSpec, 'criteria'> }): readonly BoundScorer[] {
  return SCORERS.bindAll(spec.criteria)
}
