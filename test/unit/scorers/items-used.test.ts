import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RunSpec, StoppingSpec } from '../../../src/contracts/run.ts'
import type { SampleRow } from '../../../src/contracts/sample-row.ts'
import { earlyStop as stopOf, looksOf } from '../../../src/scorers/items-used.ts'
import { SCORERS } from '../../../src/scorers/registry.ts'

function specOf(count: number, stopping: StoppingSpec | undefined, items = count): RunSpec {
  return {
    schema: 'assay.run-spec/1',
    dataset: { digest: 'd', task: 'vqa', items },
    selection: { count },
    criteria: [
      { type: 'vqa_accuracy', name: 'other', scorer: 'vqa-2021', pass_threshold: 0.5 },
      { type: 'vqa_accuracy', name: 'vqa', scorer: 'vqa-2021', pass_threshold: 0.5 },
    ],
    subject: { type: 'results', name: 'r', results_digest: '' },
    seed: 0,
    level: 0.95,
    ...(stopping === undefined ? {} : { stopping }),
  }
}

const rowsOf = (values: readonly (number | null)[]): SampleRow[] =>
  values.map((value, ordinal) => ({
    ordinal,
    cluster: ordinal,
    outcomes: [
      { status: 'scored', stats: [0] },
      value === null ? { status: 'errored', stats: [0] } : { status: 'scored', stats: [value] },
    ],
  }))

const earlyStop = (spec: RunSpec, rows: readonly SampleRow[]) => stopOf(spec, SCORERS.bindAll(spec.criteria), rows)

const stopping = { criterion: 'vqa', first_look: 50, half_width: 0.1 }

describe('early stopping', () => {
  it('never stops a run without a rule', () => {
    expect(earlyStop(specOf(100, undefined), rowsOf(Array(100).fill(1)))).toBeNull()
    expect(looksOf(specOf(100, undefined))).toEqual([])
  })

  it('finds the same look however much more was scored', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 0.3, 0.6, 0.9, 1, null), { minLength: 400, maxLength: 400 }),
        fc.nat(399),
        (values, more) => {
          const spec = specOf(400, stopping)
          const whole = earlyStop(spec, rowsOf(values))!
          const longer = Math.min(400, whole.tau + more)
          expect(earlyStop(spec, rowsOf(values.slice(0, longer)))).toEqual(whole)
          if (whole.tau > 50) expect(earlyStop(spec, rowsOf(values.slice(0, whole.tau - 1)))).toBeNull()
          expect([...looksOf(spec)]).toContain(whole.tau)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('judges the named criterion, and takes an errored item as both the worst and the best', () => {
    const spec = specOf(2000, { ...stopping, half_width: 0.15 })
    const even = earlyStop(spec, rowsOf(Array(2000).fill(1)))!
    expect(even.isRuleMet).toBe(true)
    expect(even.tau).toBeLessThan(500)
    const half = earlyStop(spec, rowsOf(Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? null : 1))))!
    expect(half).toMatchObject({ tau: 2000, isRuleMet: false })
  })

  it('ends a selection shorter than its dataset at its own end', () => {
    const spec = specOf(60, stopping, 5000)
    expect(earlyStop(spec, rowsOf(Array.from({ length: 60 }, (_, i) => i % 2)))).toMatchObject({ tau: 60, isRuleMet: false })
    expect(earlyStop(spec, rowsOf(Array.from({ length: 59 }, (_, i) => i % 2)))).toBeNull()
  })
})
