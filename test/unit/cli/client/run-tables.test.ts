/** A run as CSV and JUnit XML, and the status that a pipeline sees. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exitStatus } from '../../../../src/cli/client/eval.ts'
import type { RunObject } from '../../../../src/cli/client/follow-run.ts'
import { comparisonText, runCsv, runJunit, runText } from '../../../../src/cli/client/run-tables.ts'
import { formatCsv } from '../../../../src/cli/table.ts'
import { createComparison } from '../../../../src/http/routes/comparisons/operations.ts'
import { getRun } from '../../../../src/http/routes/runs/operations.ts'

const completed = getRun.answers[200].example as RunObject
const comparison = createComparison.answers[201].example

const gated = (passed: boolean, detail = 'R@1 has value 0.2'): RunObject => ({
  ...completed,
  gate: {
    verdict: passed ? 'passed' : 'failed',
    conditions: [{ type: 'threshold', condition: 'value of retrieval / R@1 ≥ 0.3', passed, actual: 0.2, detail }],
  },
})

test('exit status: 0 only for a completed run whose gate passed', () => {
  expect(exitStatus(completed)).toBe(0)
  expect(exitStatus(gated(true))).toBe(0)
  expect(exitStatus(gated(false))).toBe(1)
  expect(exitStatus({ ...completed, status: 'failed' })).toBe(1)
  expect(exitStatus({ ...completed, status: 'canceled' })).toBe(1)
})

describe('JUnit XML', () => {
  test('has a case per condition, and a failure with its reason', () => {
    expect(runJunit(gated(false))).toContain('tests="2" failures="1"')
    expect(runJunit(gated(false))).toContain('<failure message="R@1 has value 0.2"/>')
    expect(runJunit(gated(true))).toContain('tests="2" failures="0"')
    expect(runJunit({ ...completed, status: 'failed', error: { code: 'x', message: 'too many' } })).toContain(
      'the run is failed: too many',
    )
  })

  test('stays well formed whatever a name holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const xml = runJunit({ ...gated(false, text), name: text })
        const outside = xml
          .replaceAll(/"[^"]*"/g, '""')
          .replaceAll(/<\/?[a-z]+( [a-z]+="")*\/?>/g, '')
          .replace('<?xml version="" encoding=""?>', '')
        expect(outside.trim()).toBe('')
        // The characters of XML 1.0, section 2.2.
        expect(xml).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u)
        expect(xml.replaceAll(/&(amp|lt|gt|quot|apos);/g, '')).not.toContain('&')
      }),
    )
  })
})

test('CSV has full precision, quotes by RFC 4180, and no formulas', () => {
  const [head, first] = runCsv(completed).split('\r\n')
  expect(head).toBe('criterion,metric,variant,slice,value,low,high,n,errored,unscored,missing')
  expect(first!.split(',')).toHaveLength(11)
  const columns = [{ title: 'a', cell: (row: string) => row }]
  const cell = (text: string) => formatCsv(columns, [text]).split('\r\n').slice(1).join('\r\n').slice(0, -2)
  expect(cell('a "b", c')).toBe('"a ""b"", c"')
  expect(cell('=1+1')).toBe("'=1+1")
  expect(cell('-0.5')).toBe('-0.5')
  expect(cell('two\nlines')).toBe('"two\nlines"')
})

test('text: metrics with intervals and counts, the gate, and a comparison with its verdict', () => {
  const text = runText(gated(false))
  for (const { metric } of completed.report!.criteria[0]!.metrics) expect(text).toContain(metric)
  expect(text).toMatch(/n +errored +unscored +missing/)
  expect(text).toContain('gate failed\n  FAILS  value of retrieval / R@1 ≥ 0.3 (R@1 has value 0.2)')
  expect(comparisonText(comparison as Parameters<typeof comparisonText>[0])).toMatch(/0\.0211 … 0\.2142 .* improved/)
})
