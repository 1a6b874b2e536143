/**
 * Tests a published run against its neighbors on the leaderboard, item by item: intervals that overlap hide
 * differences that pairs show.
 * @module
 */
import { compareTreatment } from '../comparisons/compare-treatment.ts'
import { requireComparable } from '../comparisons/pair-scorers.ts'
import type { RunScores } from '../comparisons/run-scores.ts'
import { canonicalJson } from '../contracts/canonical-json.ts'
import { Fault } from '../contracts/failure.ts'
import type { JobHandler } from '../contracts/jobs.ts'
import type { LeaderboardPair, LeaderboardPairs, LeaderboardPlace } from '../contracts/leaderboard-pairs.ts'
import type { RunReader } from '../contracts/ports.ts'
import type { RunRecord } from '../contracts/run.ts'
import { SCORERS } from '../scorers/registry.ts'

interface RankDependencies {
  readonly leaderboardPairs: LeaderboardPairs
  readonly runs: Pick<RunReader, 'findRun'>
  readonly scores: RunScores
}

/** Rows that a new row is tested against. Intervals alone decide about those further away. */
const MOST_NEIGHBORS = 20

/** Items of a run whose criterion keeps vectors or texts. */
const MOST_OUTPUTS = 1000

/** Level of ranks; resamplings of a test have a fixed seed. */
const OPTIONS = { level: 0.95, seed: 0, listed: 0, equivalenceLevel: 0.95 } as const

/** The job of a run that is on the leaderboard: one pair per attempt. */
export function rankHandler({ leaderboardPairs, runs, scores }: RankDependencies): JobHandler {
  return {
    // Each stored test resets the count.
    mostClaims: 10,
    async perform({ tenant, resource }) {
      const pair = await leaderboardPairs.next(tenant, resource.id, MOST_NEIGHBORS)
      if (pair === null) return { outcome: 'done' }
      await leaderboardPairs.save(pair, await pairedP(scores, runs, pair))
      return { outcome: 'continue' }
    },
  }
}

/** @returns null for rows that cannot be paired: their intervals decide */
async function pairedP(scores: RunScores, runs: RankDependencies['runs'], pair: LeaderboardPair): Promise<number | null> {
  const { metric, variant } = pair
  // One order, whichever row came last.
  const [first, second] = [pair.own, pair.other].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)) as [
    LeaderboardPlace,
    LeaderboardPlace,
  ]
  const baseline = await runs.findRun(first.tenant, first.run)
  const treatment = await runs.findRun(second.tenant, second.run)
  if (baseline === null || treatment === null) return null
  const places = [placeOf(baseline, first), placeOf(treatment, second)] as const
  if (!isSameScorer(baseline, treatment, places)) return null
  try {
    for (const [run, { criterion }] of [
      [baseline, first],
      [treatment, second],
    ] as const)
      requireComparable(run, '', [criterion])
    if (isCostly(baseline, places[0])) return null
    const results = await compareTreatment(
      scores,
      baseline,
      { treatment, pairs: [{ name: 'rank', baseline: places[0], treatment: places[1] }], alignment: null },
      OPTIONS,
    )
    return results.find((result) => result.metric === metric && result.variant === variant)?.p ?? null
  } catch (error) {
    // Its dataset was deleted, or it has more items than a comparison takes.
    if (error instanceof Fault) return null
    throw error
  }
}

const keyOf = ({ tenant, run, criterion }: LeaderboardPlace) => canonicalJson([tenant, run, criterion])

const placeOf = ({ spec }: RunRecord, { criterion }: LeaderboardPlace) =>
  spec.criteria.findIndex(({ name }) => name === criterion)

/** Whether both rows come from the same items and one specification, whatever its name. */
function isSameScorer(baseline: RunRecord, treatment: RunRecord, [first, second]: readonly [number, number]): boolean {
  const specOf = ({ spec }: RunRecord, place: number) => canonicalJson({ ...spec.criteria[place], name: '' })
  return (
    first >= 0 &&
    second >= 0 &&
    baseline.spec.dataset.digest === treatment.spec.dataset.digest &&
    baseline.spec.selection.count === treatment.spec.selection.count &&
    specOf(baseline, first) === specOf(treatment, second)
  )
}

/** Vectors and texts of a large run take minutes per test. */
function isCostly({ spec }: RunRecord, place: number): boolean {
  return SCORERS.bind(spec.criteria[place]!).keepsOutputs && spec.selection.count > MOST_OUTPUTS
}
