/**
 * Which scorers and items of two runs can be paired, or why none can.
 * @module
 */
import { canonicalJson } from '../contracts/canonical-json.ts'
import { Fault, unprocessableField } from '../contracts/failure.ts'
import type { ComparisonResult } from '../contracts/comparison.ts'
import type { RunRecord } from '../contracts/run.ts'
import type { RowStatus } from '../contracts/sample-row.ts'
import { SCORERS } from '../scorers/registry.ts'

/** A run, also before it exists. */
export type ComparedRun = Pick<RunRecord, 'id' | 'spec'>

/** A scorer that both runs have, by its index in each run's specification. */
export interface ScorerPair {
  readonly name: string
  readonly baseline: number
  readonly treatment: number
}

/**
 * @param pointer - of the run in the request
 * @param criteria - names of the criteria to compare; absent: all
 * @throws {Fault} `conflict` for a run without a report; otherwise as {@link requireComparableSample}
 */
export function requireComparable(run: RunRecord, pointer: string, criteria: readonly string[] | undefined): void {
  const { id, status, reportDigest } = run
  if (reportDigest === null)
    throw new Fault({
      kind: 'conflict',
      pointer,
      detail: `run ${id} has no report: it is ${status}; compare runs that completed`,
    })
  requireComparableSample(run, pointer, criteria)
}

/** Items of a run times the criteria that are compared: 30 bytes each (docs/measurements/comparisons.md). */
const MOST_SCORES = 500_000

/** Items of a run with a criterion that reads rows as a whole, such as groups of statements. */
const MOST_ROWS = 100_000

/** Items of a run with a criterion that keeps vectors or texts. */
const MOST_OUTPUTS = 20_000

/**
 * @param pointer - of the run in the request
 * @param criteria - names of the criteria to compare; absent: all
 * @throws {Fault} `unprocessable` for a run whose items depend on outcomes; `too_large` for too many items
 */
export function requireComparableSample(
  { id, spec }: ComparedRun,
  pointer: string,
  criteria: readonly string[] | undefined,
): void {
  const chosen = spec.stopping ? 'may stop early' : spec.prediction_powered ? 'leans on a proxy' : null
  if (chosen !== null)
    throw unprocessableField(
      pointer,
      `run ${id} ${chosen}, so its items are not a fixed sample; compare runs without that option`,
    )
  const limit = mostItems(spec, criteria)
  if (spec.selection.count > limit)
    throw new Fault({
      kind: 'too_large',
      what: `the run at ${pointer}`,
      limit,
      actual: spec.selection.count,
      unit: 'items for a comparison',
      remedy: 'compare fewer criteria, or runs with a smaller limit',
    })
}

function mostItems({ criteria }: RunRecord['spec'], wanted: readonly string[] | undefined): number {
  const compared = SCORERS.bindAll(criteria.filter(({ name }) => wanted?.includes(name) ?? true))
  if (compared.some(({ keepsOutputs }) => keepsOutputs)) return MOST_OUTPUTS
  const most = Math.floor(MOST_SCORES / Math.max(1, compared.length))
  return compared.some(({ comparesOutcomes }) => comparesOutcomes) ? Math.min(MOST_ROWS, most) : most
}

/** The task whose item ids are digests of their content. */
const CUSTOM = 'custom'

/** Most ids that an error lists per run. */
const LISTED_IDS = 20

/** The baseline's ordinal of each of a treatment's ordinals; null where both are the same. */
export type Alignment = Uint32Array | null

/**
 * Pairs the items of two runs. Runs of one dataset version have the same order. Items of a user's own evals
 * are named by the digest of their content, so runs over other samples of the same items are paired by id.
 * @param itemIds - ids of a run's items, in ordinal order
 * @throws {Fault} `unprocessable`, with the ids that only one run has
 */
export async function alignItems(
  baseline: RunRecord,
  treatment: RunRecord,
  pointer: string,
  itemIds: (run: RunRecord) => Promise<readonly string[]>,
): Promise<Alignment> {
  const isSame =
    baseline.spec.dataset.digest === treatment.spec.dataset.digest &&
    baseline.spec.selection.count === treatment.spec.selection.count
  if (isSame) return null
  const [first, second] = [await itemIds(baseline), await itemIds(treatment)]
  const areOwn = baseline.spec.dataset.task === CUSTOM && treatment.spec.dataset.task === CUSTOM
  if (areOwn && first.length === second.length) {
    const ordinals = new Map(first.map((id, ordinal) => [id, ordinal]))
    if (second.every((id) => ordinals.has(id))) return Uint32Array.from(second, (id) => ordinals.get(id)!)
  }
  const differences = [only(first, second, 'baseline'), only(second, first, 'treatment')].filter((line) => line !== '')
  const advice = areOwn
    ? 'Own items are paired by their content: put the answers of a model into "sample", not into "item"'
    : 'Run both on the same dataset version with the same limit'
  throw unprocessableField(
    pointer,
    differences.length > 0
      ? `the runs have different items: ${differences.join('; ')}. ${advice}`
      : 'the runs have items of the same ids in dataset versions with other contents; run both on the same version',
  )
}

function only(ids: readonly string[], others: readonly string[], where: string): string {
  const known = new Set(others)
  const own = ids.filter((id) => !known.has(id))
  if (own.length === 0) return ''
  const listed = own.slice(0, LISTED_IDS).map((id) => JSON.stringify(id.slice(0, 64)))
  return `${own.length} only in the ${where}: ${listed.join(', ')}${own.length > LISTED_IDS ? ', …' : ''}`
}

/**
 * Pairs scorers by name. A pair has one and the same specification.
 * @param wanted - names of criteria; absent: all of the baseline's
 * @throws {Fault} `unprocessable` for a scorer that one run lacks, or that has other parameters there
 */
export function pairScorers(
  baseline: ComparedRun,
  treatment: ComparedRun,
  wanted: readonly string[] | undefined,
  pointers: { readonly treatment: string; readonly criteria: string },
): ScorerPair[] {
  const names = wanted ?? baseline.spec.criteria.map(({ name }) => name)
  return names.map((name, index) => {
    const indices = [baseline, treatment].map(({ spec }) => spec.criteria.findIndex((one) => one.name === name))
    const [first, second] = indices as [number, number]
    if (first < 0)
      throw unprocessableField(
        `${pointers.criteria}/${index}`,
        `run ${baseline.id} has no criterion ${JSON.stringify(name)}; it has ${namesOf(baseline)}`,
      )
    if (second < 0)
      throw unprocessableField(
        pointers.treatment,
        `run ${treatment.id} has no criterion ${JSON.stringify(name)}; it has ${namesOf(treatment)}. Name the common ones in criteria`,
      )
    if (canonicalJson(baseline.spec.criteria[first]) !== canonicalJson(treatment.spec.criteria[second]))
      throw unprocessableField(
        pointers.treatment,
        `criterion ${JSON.stringify(name)} has other parameters in run ${treatment.id} than in run ${baseline.id}`,
      )
    return { name, baseline: first, treatment: second }
  })
}

const namesOf = ({ spec }: ComparedRun) => spec.criteria.map(({ name }) => JSON.stringify(name)).join(', ')

/** Items with a score in both runs, and the number of others by reason. */
export interface PairedItems {
  readonly has: (ordinal: number) => boolean
  readonly leftOut: ComparisonResult['left_out']
}

export function pairItems(baseline: readonly RowStatus[], treatment: readonly RowStatus[]): PairedItems {
  const count = (statuses: readonly RowStatus[], wanted: RowStatus) => statuses.filter((status) => status === wanted).length
  const has = (ordinal: number) => baseline[ordinal] === 'scored' && treatment[ordinal] === 'scored'
  return {
    has,
    leftOut: {
      total: baseline.filter((_, ordinal) => !has(ordinal)).length,
      errored_in_baseline: count(baseline, 'errored'),
      unscored_in_baseline: count(baseline, 'unscored'),
      errored_in_treatment: count(treatment, 'errored'),
      unscored_in_treatment: count(treatment, 'unscored'),
    },
  }
}
