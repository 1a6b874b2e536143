/**
 * Pairs the observations of two runs by item id, or refuses: comparing only the ids that happen to match
 * would answer another question.
 * @module
 */

export interface IdentifiedValue {
  readonly id: string
  readonly cluster: number
  readonly value: number
}

/** One item under both systems. */
export interface Pair {
  readonly cluster: number
  readonly baseline: number
  readonly treatment: number
}

/**
 * Ids that prevent pairing: their number, and the first {@link LISTED_IDS} of each kind in their run's order.
 */
export interface Mismatch {
  readonly count: number
  readonly ids: readonly string[]
}

/** @internal */
export const LISTED_IDS = 20

export class UnmatchedPairsError extends Error {
  override readonly name = 'UnmatchedPairsError'
  readonly onlyInBaseline: Mismatch
  readonly onlyInTreatment: Mismatch
  /** Ids that occur twice in one run. */
  readonly repeated: Mismatch
  /** Ids with different clusters in the two runs. */
  readonly inOtherClusters: Mismatch

  constructor(mismatches: Pick<UnmatchedPairsError, 'onlyInBaseline' | 'onlyInTreatment' | 'repeated' | 'inOtherClusters'>) {
    const { onlyInBaseline, onlyInTreatment, repeated, inOtherClusters } = mismatches
    super(
      [
        describe(onlyInBaseline, 'only in the baseline'),
        describe(onlyInTreatment, 'only in the treatment'),
        describe(repeated, 'more than once in a run'),
        describe(inOtherClusters, 'in different clusters'),
      ]
        .filter((line) => line !== '')
        .join('; '),
    )
    this.onlyInBaseline = onlyInBaseline
    this.onlyInTreatment = onlyInTreatment
    this.repeated = repeated
    this.inOtherClusters = inOtherClusters
  }
}

/**
 * Pairs in the baseline's order.
 * @throws {UnmatchedPairsError} unless both runs have the same ids, once each, in the same clusters.
 */
export function pairById(baseline: readonly IdentifiedValue[], treatment: readonly IdentifiedValue[]): Pair[] {
  const byId = new Map(treatment.map((item) => [item.id, item]))
  const baselineIds = new Set(baseline.map(({ id }) => id))
  const mismatches = {
    onlyInBaseline: mismatch(baseline.filter(({ id }) => !byId.has(id))),
    onlyInTreatment: mismatch(treatment.filter(({ id }) => !baselineIds.has(id))),
    repeated: mismatch([...repeats(baseline), ...repeats(treatment)]),
    inOtherClusters: mismatch(baseline.filter(({ id, cluster }) => (byId.get(id)?.cluster ?? cluster) !== cluster)),
  }
  if (Object.values(mismatches).some(({ count }) => count > 0)) throw new UnmatchedPairsError(mismatches)
  return baseline.map(({ id, cluster, value }) => ({ cluster, baseline: value, treatment: byId.get(id)!.value }))
}

function repeats(items: readonly IdentifiedValue[]): IdentifiedValue[] {
  const seen = new Set<string>()
  return items.filter(({ id }) => seen.size === seen.add(id).size)
}

function mismatch(items: readonly IdentifiedValue[]): Mismatch {
  return { count: items.length, ids: items.slice(0, LISTED_IDS).map(({ id }) => id) }
}

function describe({ count, ids }: Mismatch, where: string): string {
  if (count === 0) return ''
  const listed = ids.map((id) => JSON.stringify(id)).join(', ')
  return `${count} ${where}: ${listed}${count > ids.length ? ', …' : ''}`
}
