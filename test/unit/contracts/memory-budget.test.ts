/** Fit of models: larger models never need less, and towers in other Workers are not counted here. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryDemandOf, overBudget, MODEL_BUDGET, towerBytes } from '../../../src/contracts/memory-budget.ts'

const tower = fc.record({
  bytes: fc.nat({ max: 1e8 }),
  external_data: fc.option(
    fc.array(fc.record({ bytes: fc.nat({ max: 1e8 }), path: fc.constant('w'), file: fc.constant('w'), sha256: fc.constant('') })),
    { nil: undefined },
  ),
  resident_bytes: fc.option(fc.nat({ max: 1e8 }), { nil: undefined }),
})
const manifest = (vision: unknown, text: unknown, rest: object = {}) =>
  ({ vision, text, ...rest }) as Parameters<typeof memoryDemandOf>[0]
const places = fc.constantFrom('isolate', 'worker')

test('a tower is never less than its weights, nor than what was measured', () => {
  fc.assert(
    fc.property(tower, (spec) => {
      const need = towerBytes(spec)
      expect(need).toBeGreaterThanOrEqual(spec.resident_bytes ?? 0)
      expect(need).toBeGreaterThanOrEqual((spec.external_data ?? []).reduce((sum, { bytes }) => sum + bytes, spec.bytes))
    }),
  )
})

test('wherever the halves are, nothing is counted twice and nothing is lost', () => {
  fc.assert(
    fc.property(tower, tower, places, places, fc.nat({ max: 1e7 }), (vision, text, visionAt, textAt, tokenizer) => {
      const whole = memoryDemandOf(manifest(vision, text), tokenizer)
      const apart = memoryDemandOf(manifest(vision, text, { placement: { vision: visionAt, text: textAt } }), tokenizer)
      expect(apart.answering + apart.vision + apart.text).toBe(whole.answering)
      expect(apart.vision).toBe(visionAt === 'worker' ? towerBytes(vision) : 0)
      expect(apart.text).toBe(textAt === 'worker' ? towerBytes(text) : 0)
    }),
  )
})

test('embedded texts take the place of text tower and tokenizer', () => {
  const vision = { bytes: 1000, resident_bytes: 5e6 }
  const need = memoryDemandOf(manifest(vision, { bytes: 90e6 }, { text_vectors: { bytes: 2e6 } }), 8e6)
  expect(need).toEqual({ answering: 7e6, vision: 0, text: 0 })
})

test('each Worker that has too little is named, with both numbers', () => {
  expect(overBudget({ answering: MODEL_BUDGET.answering, vision: MODEL_BUDGET.tower, text: MODEL_BUDGET.tower })).toEqual([])
  expect(overBudget({ answering: MODEL_BUDGET.answering + 1e6, vision: 0, text: MODEL_BUDGET.tower + 1e6 })).toEqual([
    `the Worker that answers would need ${(MODEL_BUDGET.answering / 1e6 + 1).toFixed(1)} MB for it and has ${(MODEL_BUDGET.answering / 1e6).toFixed(1)} MB of its 128.0 MB`,
    `the text Worker would need ${(MODEL_BUDGET.tower / 1e6 + 1).toFixed(1)} MB for it and has ${(MODEL_BUDGET.tower / 1e6).toFixed(1)} MB of its 128.0 MB`,
  ])
})
