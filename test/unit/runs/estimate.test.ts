/** The estimate of a run before it starts, and the refusal of a run that could exceed its budget. */
import { describe, expect, test } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import { estimateRun, requireWithinBudget } from '../../../src/runs/estimate.ts'

const CALLS = {
  requestsPerItem: 1,
  maxAttempts: 5,
  images: 1,
  maxCompletionTokens: 16,
  price: { input_per_million: 2, output_per_million: 10, per_image: 0.001 },
} as const

/** 2,000 assumed prompt tokens, 16 of the answer, one picture. */
const EACH = (2 * 2000 + 10 * 16) / 1e6 + 0.001

const refusal = (work: () => void) => {
  try {
    work()
    return null
  } catch (error) {
    return error instanceof Fault && error.failure.kind === 'unprocessable' ? error.failure.errors![0]! : Promise.reject(error)
  }
}

test('counts requests with and without retries, at the most that each may cost', () => {
  const estimate = estimateRun(200, CALLS)
  expect(estimate).toMatchObject({ items: 200, requests: { least: 200, worst_case: 1000 }, prompt_tokens_per_request: 2000 })
  expect(estimate.cost_usd!.least).toBeCloseTo(200 * EACH, 9)
  expect(estimate.cost_usd!.worst_case).toBeCloseTo(1000 * EACH, 9)
})

test('a model without calls costs nothing, and an endpoint without a price an unknown sum', () => {
  expect(estimateRun(200, undefined)).toMatchObject({
    requests: { least: 0, worst_case: 0 },
    cost_usd: { least: 0, worst_case: 0 },
  })
  expect(estimateRun(200, { ...CALLS, price: null }).cost_usd).toBeNull()
})

describe('a budget', () => {
  const none = { maxRequests: null, maxCostNano: null }
  test.each([
    ['no limit', none, CALLS, null],
    ['exactly the worst case', { ...none, maxRequests: 1000 }, CALLS, null],
    ['one request less', { ...none, maxRequests: 999 }, CALLS, '/budget/max_requests'],
    ['enough money', { ...none, maxCostNano: 5.2e9 }, CALLS, null],
    ['less money', { ...none, maxCostNano: 5.1e9 }, CALLS, '/budget/max_cost_usd'],
    ['money without a price', { ...none, maxCostNano: 9e9 }, { ...CALLS, price: null }, '/budget/max_cost_usd'],
    [
      'money without a longest answer',
      { ...none, maxCostNano: 9e9 },
      { ...CALLS, maxCompletionTokens: null },
      '/budget/max_cost_usd',
    ],
  ] as const)('of %s', async (_, budget, calls, pointer) => {
    const refused = await refusal(() => requireWithinBudget(estimateRun(200, calls), budget))
    expect(refused?.pointer ?? null).toBe(pointer)
  })

  test('that is too small is refused with the estimate', async () => {
    const refused = await refusal(() => requireWithinBudget(estimateRun(200, CALLS), { ...none, maxRequests: 300 }))
    expect(refused?.detail).toContain('1000 requests (200 items, every attempt), 200 if each succeeds at once')
  })
})
