/** The fault dial, and the limit of requests per minute. */
import { expect, test } from 'vitest'
import { draw, NO_FAULTS, turned } from '../../../endpoint/dial.ts'
import { createLimiter } from '../../../endpoint/limiter.ts'

test('faults are drawn at their shares, each attempt anew, and the same for the same request', () => {
  const dial = turned(NO_FAULTS, { faults: { server_error: 0.2, cut: 0.1 }, latency_ms: [10, 20] })
  const drawn = Array.from({ length: 5000 }, (_, index) => draw(dial, `request ${index}`, 0))
  const share = (fault: string | null) => drawn.filter((each) => each.fault === fault).length / drawn.length
  // Five standard deviations of a binomial share.
  expect(Math.abs(share('server_error') - 0.2)).toBeLessThan(0.03)
  expect(Math.abs(share('cut') - 0.1)).toBeLessThan(0.03)
  expect(share('dropped')).toBe(0)
  expect(drawn.every(({ latencyMilliseconds: each }) => each >= 10 && each < 20)).toBe(true)
  expect(draw(dial, 'request 0', 0)).toEqual(drawn[0])
  expect(draw(dial, 'request 0', 1)).not.toEqual(drawn[0])
  expect(draw(turned(dial, { seed: 2 }), 'request 0', 0)).not.toEqual(drawn[0])
})

test('shares above 1 are refused, and members left out keep their value', () => {
  expect(() => turned(NO_FAULTS, { faults: { cut: 0.7, dropped: 0.4 } })).toThrow('more than 1')
  expect(turned(turned(NO_FAULTS, { seed: 9 }), { faults: { cut: 1 } })).toMatchObject({ seed: 9, faults: { cut: 1 } })
})

test('the limiter passes as many requests as it says, and says when the next one is free', () => {
  let now = 0
  const limiter = createLimiter(() => now)
  expect(limiter.take(120)).toEqual({ taken: true, remaining: 1 })
  expect(limiter.take(120)).toEqual({ taken: true, remaining: 0 })
  expect(limiter.take(120)).toEqual({ taken: false, waitMilliseconds: 500 })
  now = 500
  expect(limiter.take(120)).toMatchObject({ taken: true })
  let passed = 0
  for (now = 10_000; now < 70_000; now += 10) if (limiter.take(120).taken) passed++
  expect(passed).toBeGreaterThanOrEqual(120)
  expect(passed).toBeLessThanOrEqual(122)
})
