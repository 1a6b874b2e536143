/**
 * Ranks of the leaderboard by significance.
 * @module
 */
import type { ListedRow, PairedTest } from '../contracts/catalogue-ports.ts'
import type { LeaderboardPlace } from '../contracts/leaderboard-pairs.ts'
import type { LeaderboardView } from '../contracts/records.ts'
import { holm } from '../statistics/multiplicity.ts'

/** The level at which ranks differ. A row must not gain by an interval of another level. */
const RANKED_LEVEL = 0.95

/**
 * Ranks within each dataset version, metric and variant: 1 + the number of rows that are significantly
 * better, so rows without a difference share a rank (as Chatbot Arena ranks: Chiang et al. 2024,
 * arXiv:2403.04132). A row is better if its interval lies wholly above, or if its value is better and a
 * paired test over the items finds a difference. Every better row comes before, so a list that is cut short
 * has the same ranks.
 * @param rows - groups one after another, ranked rows first and best first within each
 * @param tests - those that the rows' publications made
 */
export function rankRows(rows: readonly ListedRow[], tests: readonly PairedTest[]): LeaderboardView[] {
  const wins = winsOf(tests)
  const groups: ListedRow[][] = []
  for (const row of rows) {
    const group = groups.at(-1)
    if (group !== undefined && isSameGroup(group[0]!, row)) group.push(row)
    else groups.push([row])
  }
  return groups.flatMap((group) => {
    const ranked = group.filter((row) => row.not_ranked === null && row.value !== null)
    const others = group.filter((row) => !ranked.includes(row))
    const views = ranked.map((row) => viewOf(row, ranked.filter((other) => isBetter(other, row, wins)).length + 1))
    return [...views.toSorted((a, b) => a.rank! - b.rank!), ...others.map((row) => viewOf(row, null))]
  })
}

/**
 * Pairs that differ. Holm's adjustment covers the tests that one row's publication made, so a pair counts the
 * same in a list that is cut short.
 */
function winsOf(tests: readonly PairedTest[]): ReadonlySet<string> {
  const wins = new Set<string>()
  for (const family of Map.groupBy(tests, ({ metric, own }) => keyOf(metric, own)).values()) {
    const adjusted = holm(family.map(({ p }) => p))
    family.forEach(({ metric, own, other }, index) => {
      if (adjusted[index]! <= 1 - RANKED_LEVEL) wins.add(keyOf(metric, own, other))
    })
  }
  return wins
}

/** Rows of a metric as one text, in any order. */
const keyOf = (metric: string, ...places: readonly LeaderboardPlace[]) =>
  JSON.stringify([metric, ...places.map(({ tenant, run, criterion }) => JSON.stringify([tenant, run, criterion])).toSorted()])

const placeOf = ({ tenant, run_id: run, criterion }: ListedRow): LeaderboardPlace => ({ tenant, run, criterion })

function isBetter(other: ListedRow, row: ListedRow, wins: ReadonlySet<string>): boolean {
  if (boundsOf(other).worst > boundsOf(row).best) return true
  const isAhead = row.direction === 'higher_is_better' ? other.value! > row.value! : other.value! < row.value!
  return isAhead && wins.size > 0 && wins.has(keyOf(row.metric, placeOf(other), placeOf(row)))
}

/**
 * The ends of a row's interval, larger is better. Without an interval of the level a row is better than none,
 * and its value alone must be beaten.
 */
function boundsOf({ value, low, high, level, direction }: ListedRow): { readonly worst: number; readonly best: number } {
  const sign = direction === 'higher_is_better' ? 1 : -1
  if (low === null || high === null || level !== RANKED_LEVEL) return { worst: -Infinity, best: sign * value! }
  return sign === 1 ? { worst: low, best: high } : { worst: -high, best: -low }
}

function viewOf(row: ListedRow, rank: number | null): LeaderboardView {
  const { tenant: _tenant, ...view } = row
  return { ...view, rank }
}

const isSameGroup = (a: ListedRow, b: ListedRow) =>
  a.dataset === b.dataset && a.dataset_digest === b.dataset_digest && a.metric === b.metric && a.variant === b.variant
