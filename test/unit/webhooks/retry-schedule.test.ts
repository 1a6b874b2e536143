import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_DELIVERY_ATTEMPTS, nextAttemptDelay } from '../../../src/webhooks/retry-schedule.ts'

test('without jitter it is the schedule of the specification', () => {
  const delays = Array.from({ length: MAX_DELIVERY_ATTEMPTS }, (_, index) => nextAttemptDelay(index + 1, () => 0))
  expect(delays).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, null])
})

test('jitter only ever waits longer, by less than a fifth', () => {
  const attempts = fc.integer({ min: 1, max: MAX_DELIVERY_ATTEMPTS - 1 })
  fc.assert(
    fc.property(attempts, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, random) => {
      const least = nextAttemptDelay(attempt, () => 0)!
      const delay = nextAttemptDelay(attempt, () => random)!
      return delay >= least && delay < least * 1.2 + 1e-9
    }),
  )
})
