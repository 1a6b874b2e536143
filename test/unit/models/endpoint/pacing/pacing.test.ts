/** The pace of requests against limiters of N a minute, on a simulated clock. */
import { describe, expect, test } from 'vitest'
import { LIMITERS, type Simulation, simulate } from './simulation.ts'

const UNKNOWN = { requestsPerMinute: null, tokensPerMinute: null }
const MINUTES = 60

/** Within reach of so many consumers: a response takes half a second. */
const CASES = [
  [1, 60],
  [4, 60],
  [16, 60],
  [16, 600],
] as const

const run = (wish: Partial<Simulation> & Pick<Simulation, 'limiter' | 'consumers'>) =>
  simulate({ minutes: MINUTES, configured: UNKNOWN, saysWhen: true, seed: 7, latency: 500, ...wish })

describe.each(Object.entries(LIMITERS))('against %s', (_name, limiterOf) => {
  test.each(CASES)(
    '%i consumers of a limit of %i a minute use 90 %% of it, with at most 1 %% of refusals',
    (consumers, limit) => {
      const known = { requestsPerMinute: limit, tokensPerMinute: null }
      const ways: Record<string, Partial<Simulation>> = {
        configured: { configured: known },
        headers: { headers: known },
        'refusals that say when': {},
        'refusals alone': { saysWhen: false },
      }
      for (const [way, wish] of Object.entries(ways)) {
        const { accepted, refused } = run({ ...wish, limiter: limiterOf(limit), consumers })
        expect(accepted / (MINUTES * limit), `${way}: share of the limit`).toBeGreaterThanOrEqual(0.9)
        expect(refused / (accepted + refused), `${way}: share of refusals`).toBeLessThanOrEqual(0.01)
      }
    },
  )
})
