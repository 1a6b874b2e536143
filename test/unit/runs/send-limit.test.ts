/** Waves of a run that may need fewer items than it has. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RunSpec } from '../../../src/contracts/run.ts'
import { PILOT_ITEMS } from '../../../src/scorers/prediction-powered.ts'
import { looksOf } from '../../../src/scorers/items-used.ts'
import { layOut } from '../../../src/runs/plan.ts'
import { firstSendLimit, nextSendLimit } from '../../../src/runs/send-limit.ts'

const specOf = (count: number, rest: object) => ({ selection: { count }, ...rest }) as unknown as RunSpec
const stopping = (count: number, first: number) =>
  specOf(count, { stopping: { criterion: 'c', first_look: first, half_width: 0.1 } })

test('a run that uses its whole selection anyhow is sent at once', () => {
  expect(firstSendLimit(specOf(500, {}))).toBeNull()
  expect(firstSendLimit(specOf(500, { prediction_powered: { criterion: 'c' } }))).toBeNull()
})

test('a run with a target begins with its pilot', () => {
  expect(firstSendLimit(specOf(500, { prediction_powered: { criterion: 'c', target_half_width: 0.1 } }))).toBe(PILOT_ITEMS)
})

describe('a run with a rule', () => {
  test('ends its waves at looks, each with at least twice as many items except the last, until the end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 500 }), (count, first) => {
        const spec = stopping(count, first)
        const looks = new Set([...looksOf(spec), count])
        let end = firstSendLimit(spec) ?? count
        let waves = 1
        while (end < count) {
          expect(looks).toContain(end)
          const next = nextSendLimit(spec, end)
          expect(next).toBeGreaterThan(end)
          expect(next).toBeLessThanOrEqual(count)
          if (next < count) expect(next).toBeGreaterThanOrEqual(2 * end)
          // The looks are a quarter apart, rounded up, so at most little more than twice as many are asked.
          expect(next).toBeLessThanOrEqual(Math.ceil(2.5 * end) + 2)
          end = next
          waves++
        }
        expect(waves).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(count)))
      }),
    )
  })
})

test('a cut layout still partitions the selection, and nothing reaches across the cut', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 1, max: 400 }),
      fc.nat({ max: 3000 }),
      (count, size, cut) => {
        const shards = layOut(count, size, cut)
        let at = 0
        for (const { first, end } of shards) {
          expect(first).toBe(at)
          expect(end).toBeGreaterThan(first)
          expect(end - first).toBeLessThanOrEqual(size)
          expect(first < cut && cut < end).toBe(false)
          at = end
        }
        expect(at).toBe(count)
        expect(shards.length).toBeLessThanOrEqual(Math.ceil(count / size) + 1)
      },
    ),
    { numRuns: 50 },
  )
})
