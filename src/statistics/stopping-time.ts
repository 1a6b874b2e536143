/**
 * The point at which a run may stop before its last item: looks at fixed prefixes of the dataset's hash
 * order, each judged by the confidence sequence of `without-replacement.ts`.
 *
 * τ depends on the items' outcomes and the plan alone, never on when or where items were scored. For a
 * comparison pass the paired differences with their range, e.g. [−1, 1]; an item that errored under either
 * system counts as errored.
 * @module
 */
import { withoutReplacementBounds } from './without-replacement.ts'
import type { Prefix } from './without-replacement.ts'
import type { Bounds } from './interval.ts'

/** Growth of the prefix between looks. */
const LOOK_GROWTH = 1.25

export type StoppingRule =
  /** Stop once (high − low)/2 ≤ halfWidth, in the unit of the values. */
  | { readonly kind: 'half_width'; readonly halfWidth: number }
  /** Stop once the bounds exclude this value, e.g. 0 for a difference. */
  | { readonly kind: 'excludes'; readonly value: number }

export interface Stop {
  /** Number of items in the report: the first τ. */
  readonly tau: number
  /** Bounds of the full dataset's mean at τ. */
  readonly bounds: Bounds
  /** False at the last item of a dataset whose rule was never met. */
  readonly isRuleMet: boolean
}

/**
 * The looks n_j = ⌈n₀ · 1.25^j⌉ below N, and N itself.
 * @param firstLook n₀ ≥ 1. @param populationSize N ≥ 1.
 * @throws {RangeError} for numbers that are not positive integers.
 */
export function lookSizes(firstLook: number, populationSize: number): number[] {
  for (const size of [firstLook, populationSize])
    if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`a look needs a positive number of items, not ${size}`)
  const looks: number[] = []
  // Products instead of powers: exact for the first twenty looks, and equal on all engines afterwards.
  for (let size = firstLook; Math.ceil(size) < populationSize; size *= LOOK_GROWTH) {
    if (Math.ceil(size) !== looks.at(-1)) looks.push(Math.ceil(size))
  }
  return [...looks, populationSize]
}

/**
 * The first look within the contiguous recorded prefix at which the rule is met.
 * @returns null if there is none yet. A complete prefix always stops.
 * @throws {RangeError} as {@link withoutReplacementBounds} and {@link lookSizes}.
 */
export function stoppingTime(
  prefix: Prefix,
  plan: { readonly firstLook: number; readonly level: number; readonly rule: StoppingRule },
): Stop | null {
  for (const tau of lookSizes(plan.firstLook, prefix.populationSize)) {
    if (tau > prefix.values.length) return null
    const bounds = withoutReplacementBounds(firstItems(prefix, tau), plan.level)
    const isRuleMet = meets(plan.rule, bounds)
    if (isRuleMet || tau === prefix.populationSize) return { tau, bounds, isRuleMet }
  }
  return null
}

function meets(rule: StoppingRule, { low, high }: Bounds): boolean {
  return rule.kind === 'half_width' ? high - low <= 2 * rule.halfWidth : low > rule.value || high < rule.value
}

function firstItems({ values, errored, populationSize, range }: Prefix, count: number): Prefix {
  const first = { values: Array.from({ length: count }, (_, i) => values[i]!), populationSize, range }
  return errored === undefined ? first : { ...first, errored: Array.from({ length: count }, (_, i) => errored[i]!) }
}
