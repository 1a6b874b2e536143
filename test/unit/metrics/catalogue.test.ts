import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { METRICS } from '../../../src/metrics/catalogue.ts'

test('names are unique, ranges are in order, every metric has a source', () => {
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length)
  for (const { variants, range, source } of METRICS) {
    expect(variants.length).toBeGreaterThan(0)
    expect(new Set(variants).size).toBe(variants.length)
    const [low, high] = range
    if (low !== null && high !== null) expect(low).toBeLessThan(high)
    expect(source.paper).not.toBe('')
  }
})

test('the conformance table names the code and commit of every metric that has official code', () => {
  const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')
  for (const { source } of METRICS) {
    const pins = source.code.match(/@[0-9a-f]{7}/g) ?? []
    for (const pin of pins) expect(page).toContain(pin)
  }
})
