/**
 * A scorer as an eval and a run's specification name it. On the wire it is a testing criterion. Parameters
 * belong to the scorer alone: `scorers/<scorer>/spec.ts` has their schema, `scorers/registry.ts` the union of
 * all.
 * @module
 */
import { z } from 'zod'

/** Unique within an eval. */
export const scorerName = z.string().min(1).max(128)

/** The part of a scorer's specification that every room sees. */
export interface ScorerSpec {
  readonly type: string
  readonly name: string
  readonly [parameter: string]: unknown
}
