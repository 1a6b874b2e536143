/**
 * Decides a run's gate from its report, and for comparisons from the rows of both runs.
 * @module
 */
import { compareRuns } from '../comparisons/compare-runs.ts'
import type { RunScores } from '../comparisons/run-scores.ts'
import { detailsOf, Fault } from '../contracts/failure.ts'
import type { DecidedCondition, GateCondition, GateResult } from '../contracts/gate.ts'
import type { RunReader } from '../contracts/ports.ts'
import type { MetricValue, Report } from '../contracts/report.ts'
import type { RunRecord } from '../contracts/run.ts'
import { listedMetrics } from '../scorers/statistic.ts'
import { scorersOf } from './scorers-of-run.ts'

/** Changed items per criterion and direction: the gate is stored with the run. */
const LISTED = 5

type Condition<Type extends GateCondition['type']> = Extract<GateCondition, { type: Type }>

export interface GateDependencies {
  readonly runs: Pick<RunReader, 'findRun'>
  /** Rows of the run and of its baselines. */
  readonly scores: RunScores
}

/**
 * @param run - with the digest of its report
 * @returns null for a run without a gate
 */
export async function decideGate(dependencies: GateDependencies, run: RunRecord, report: Report): Promise<GateResult | null> {
  if (run.gate === null) return null
  const conditions: DecidedCondition[] = []
  for (const condition of run.gate) conditions.push(await decide(dependencies, condition, run, report))
  return { verdict: conditions.every(({ passed }) => passed === true) ? 'passed' : 'failed', conditions }
}

/** The gate of a run that has not decided it: it goes on, or ended without a report. */
export function undecidedGate({ gate, status, error }: RunRecord): GateResult | null {
  if (gate === null) return null
  const ended = status === 'in_progress' ? null : `the run is ${status}${error === null ? '' : `: ${error.message}`}`
  return {
    verdict: ended === null ? 'pending' : 'failed',
    conditions: gate.map((condition) => ({
      type: condition.type,
      condition: inWords(condition),
      passed: null,
      actual: null,
      detail: ended,
    })),
  }
}

function decide(
  dependencies: GateDependencies,
  condition: GateCondition,
  run: RunRecord,
  report: Report,
): DecidedCondition | Promise<DecidedCondition> {
  switch (condition.type) {
    case 'threshold':
      return decideThreshold(condition, run, report)
    case 'max_errored':
      return decideErrored(condition, report)
    case 'not_degraded':
      return decideNotDegraded(dependencies, condition, run)
  }
}

function decideThreshold(condition: Condition<'threshold'>, run: RunRecord, report: Report): DecidedCondition {
  const value = metricOf(condition, run, report)
  const actual = value && numberOf(condition.of, value)
  if (value === undefined || actual === null || actual === undefined)
    return decided(condition, false, null, 'the report has no such number: nothing was scored, or there is no interval')
  const { at_least: least, at_most: most } = condition
  const passed = least === undefined ? actual <= most! : actual >= least
  return decided(
    condition,
    passed,
    actual,
    `${value.metric} (${value.variant}) has ${condition.of} ${actual} on ${value.n} units`,
  )
}

function metricOf(
  { criterion, metric, variant }: Condition<'threshold'>,
  run: RunRecord,
  report: Report,
): MetricValue | undefined {
  const index = run.spec.criteria.findIndex(({ name }) => name === criterion)
  const { metrics = [], primary_metric: primary = '' } = report.criteria[index] ?? {}
  const wanted = metric ?? primary
  return metrics.find(
    (value) => value.metric === wanted && value.slice === undefined && (variant === undefined || value.variant === variant),
  )
}

function numberOf(of: Condition<'threshold'>['of'], { value, interval }: MetricValue): number | null {
  if (of === 'value') return value
  return interval && (of === 'lower_bound' ? interval.low : interval.high)
}

function decideErrored(condition: Condition<'max_errored'>, { counts: { errored, used } }: Report): DecidedCondition {
  const share = errored / used
  return decided(condition, share <= condition.at_most, share, `${errored} of ${used} items errored`)
}

async function decideNotDegraded(
  { runs, scores }: GateDependencies,
  condition: Condition<'not_degraded'>,
  run: RunRecord,
): Promise<DecidedCondition> {
  const baseline = await runs.findRun(run.tenant, condition.baseline)
  if (baseline === null) return decided(condition, false, null, `the baseline ${condition.baseline} was deleted`)
  const { criteria, level, margin } = condition
  let comparison
  try {
    comparison = await compareRuns(scores, {
      baseline,
      treatments: [run],
      criteria,
      level,
      margin,
      seed: run.spec.seed,
      listed: LISTED,
    })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return decided(condition, false, null, detailsOf(error.failure))
  }
  const judged = comparison.results.filter(({ primary }) => primary)
  const findings = judged.map((result) => ({
    result,
    passed: margin === undefined ? notFoundWorse(result) : excludesLoss(result, margin),
  }))
  const worst = findings.find(({ passed }) => !passed) ?? findings[0]
  const detail = judged.map((result) => {
    const { criterion, metric, difference, adjusted_p: p, verdict } = result
    const differs = difference === null ? 'has no difference' : `differs by ${difference}`
    const possible = margin === undefined ? '' : `, ${possibleLoss(result)}`
    return `${criterion}: ${metric} ${differs}${possible}, adjusted p ${p}, ${verdict}`
  })
  const passed = findings.length > 0 && findings.every((finding) => finding.passed)
  const reason = detail.join('; ') || 'no criterion of these runs has a paired test'
  return { ...decided(condition, passed, worst?.result.difference ?? null, reason), results: judged }
}

type Judged = Awaited<ReturnType<typeof compareRuns>>['results'][number]

const notFoundWorse = ({ verdict }: Judged) => verdict !== 'degraded'

/** Whether the one-sided bound of the difference excludes a loss of the margin. */
function excludesLoss(result: Judged, margin: number): boolean {
  const loss = largestLoss(result)
  return loss !== null && loss < margin
}

function possibleLoss(result: Judged): string {
  const loss = largestLoss(result)
  if (loss === null) return 'no bound of its loss is known'
  return loss <= 0 ? 'a loss is excluded' : `a loss up to ${Number(loss.toPrecision(3))} remains possible`
}

/** The largest loss that the items leave possible; below 0 it is a gain. */
function largestLoss({ equivalence_interval: interval, direction }: Judged): number | null {
  if (interval === null) return null
  return direction === 'higher_is_better' ? -interval.low : interval.high
}

function decided(condition: GateCondition, passed: boolean, actual: number | null, detail: string): DecidedCondition {
  return { type: condition.type, condition: inWords(condition), passed, actual, detail }
}

function inWords(condition: GateCondition): string {
  switch (condition.type) {
    case 'threshold': {
      const { criterion, metric, variant, of, at_least: least, at_most: most } = condition
      const name = [criterion, metric ?? 'primary metric', variant].filter((part) => part !== undefined).join(' / ')
      return `${of} of ${name} ${least === undefined ? `≤ ${most}` : `≥ ${least}`}`
    }
    case 'max_errored':
      return `share of errored items ≤ ${condition.at_most}`
    case 'not_degraded':
      return `not degraded against ${condition.baseline}${condition.margin === undefined ? '' : ` by ${condition.margin}`}`
  }
}

/**
 * Why a run could never decide a gate, with the place of the condition; null if it could.
 * @param run - as planned
 */
export function undecidable(
  gate: readonly GateCondition[],
  run: Pick<RunRecord, 'spec'>,
): { readonly pointer: string; readonly detail: string } | null {
  const scorers = scorersOf(run)
  for (const [index, condition] of gate.entries()) {
    if (condition.type !== 'threshold') continue
    const scorer = scorers.find(({ name }) => name === condition.criterion)
    const names = scorers.map(({ name }) => JSON.stringify(name)).join(', ')
    if (scorer === undefined)
      return { pointer: `/gate/${index}/criterion`, detail: `the eval has no criterion of this name; it has ${names}` }
    const wanted = condition.metric ?? listedMetrics(scorer.statistics)[0]
    const metrics = scorer.statistics.filter(({ metric }) => metric === wanted)
    if (metrics.length === 0) {
      const known = [...new Set(scorer.statistics.map(({ metric }) => metric))].join(', ')
      return { pointer: `/gate/${index}/metric`, detail: `criterion ${scorer.type} has no such metric; it has ${known}` }
    }
    const { variant } = condition
    if (variant !== undefined && !metrics.some((one) => one.variant === variant))
      return {
        pointer: `/gate/${index}/variant`,
        detail: `${wanted} has no such variant; it has ${metrics.map((one) => one.variant).join(', ')}`,
      }
  }
  return null
}
