import { expect, test } from 'vitest'
import { retryAfterMilliseconds } from '../../../src/egress/retry-after.ts'

const NOW = Date.parse('2026-11-24T08:00:00Z')

test.each<[Record<string, string>, number | undefined]>([
  [{}, undefined],
  [{ 'retry-after': '3' }, 3000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': ' 1.5 ' }, 1500],
  [{ 'retry-after': 'Tue, 24 Nov 2026 08:01:30 GMT' }, 90_000],
  [{ 'retry-after': 'Tuesday, 24-Nov-26 08:00:05 GMT' }, 5000],
  [{ 'retry-after': 'Tue, 24 Nov 2026 07:00:00 GMT' }, 0],
  [{ 'retry-after-ms': '250' }, 250],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9000],
  [{ 'retry-after': '-5' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '1e9' }, undefined],
  [{ 'retry-after': 'Someday GMT' }, undefined],
])('%j asks for %s ms', (headers, expected) => {
  expect(retryAfterMilliseconds(new Headers(headers), NOW)).toBe(expected)
})
