/**
 * A fixed share of what `npm run bench -- fuzz` sends: no answer is a fault of ours, and each is documented.
 * @module
 */
import { expect, test } from 'vitest'
import { fuzz } from '../support/api-fuzzer.ts'
import { startAssay } from './harness.ts'

test('fuzzed requests are answered as documented, and never with a 5xx', async () => {
  const assay = await startAssay({ allowLoopback: true, scheduleEvery: 1000, bindings: { ANONYMOUS_DAILY_BUDGET: '1000000' } })
  try {
    const { faults, statuses, succeeded, requests } = await fuzz({
      url: assay.url,
      key: assay.key.key,
      seed: 1,
      first: 0,
      count: 800,
    })
    expect(faults).toEqual([])
    expect(requests).toBe(800)
    // Requests that are always refused test little.
    expect((statuses['200'] ?? 0) + (statuses['201'] ?? 0)).toBeGreaterThan(200)
    expect(succeeded.length).toBeGreaterThan(30)
    expect(assay.output()).not.toContain('unhandled')
  } finally {
    await assay.stop()
  }
})
