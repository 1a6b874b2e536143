/**
 * A scorer as an eval and a run's specification name it. On the wire it is a testing criterion. Parameters
 * belong to the scorer alone: `scorers/<scorer>/spec.ts` has their schema, `scorers/registry.ts` the union of
 * all.
 * @module
 */
import { z } from 'zod'

/** Unique within an eval. */
export const scorerName = z.string().min(1).max(128)

/** Least value in [0, 1] with which a sample passes. @param value - what is compared, such as `score` */
export const passThreshold = (value: string) =>
  z.number().min(0).max(1).default(0.5).describe(`A sample passes when its ${value} is at least this. Affects pass counts only.`)

/** The part of a scorer's specification that every room sees. */
export interface ScorerSpec {
  readonly type: string
  readonly name: string
  readonly [parameter: string]: unknown
}
