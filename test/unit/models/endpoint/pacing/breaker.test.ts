/** The circuit breaker of an endpoint, on a given clock. */
import { describe, expect, test } from 'vitest'
import {
  breakerWait,
  MOST_PROBES,
  newBreaker,
  noteOutcome,
  noteTrial,
} from '../../../../../src/models/endpoint/pacing/breaker.ts'

const down = (items: readonly string[], failures: number) => {
  const breaker = newBreaker()
  for (let index = 0; index < failures; index++) noteOutcome(breaker, false, items[index % items.length]!, 0)
  return breaker
}
const ITEMS = ['a', 'b', 'c', 'd']

describe('it opens', () => {
  test('after twenty failures in a row of several items', () => {
    expect(breakerWait(down(ITEMS, 19), 0)).toBe(0)
    expect(breakerWait(down(ITEMS, 20), 0)).toBe(30_000)
  })

  test('not for one item that the endpoint cannot bear', () => {
    expect(breakerWait(down(['a', 'b'], 1000), 0)).toBe(0)
  })

  test('not while some requests succeed', () => {
    const breaker = newBreaker()
    for (let index = 0; index < 200; index++) noteOutcome(breaker, index % 10 === 0, ITEMS[index % 4]!, 0)
    expect(breakerWait(breaker, 0)).toBe(0)
  })
})

describe('once the pause is over', () => {
  test('one request tries, and its success closes it', () => {
    const breaker = down(ITEMS, 20)
    expect(breakerWait(breaker, 30_000)).toBe(0)
    noteTrial(breaker, 30_000)
    expect(breakerWait(breaker, 30_000)).toBeGreaterThan(0)
    noteOutcome(breaker, true, 'a', 31_000)
    expect(breakerWait(breaker, 31_000)).toBe(0)
  })

  test('a trial whose consumer died is forgotten', () => {
    const breaker = down(ITEMS, 20)
    noteTrial(breaker, 30_000)
    expect(breakerWait(breaker, 180_000)).toBe(0)
  })

  test('failed trials make longer pauses, and after the last the items are errored in the ordinary way', () => {
    const breaker = down(ITEMS, 20)
    const pauses: number[] = []
    let now = 0
    for (let trial = 0; trial < MOST_PROBES; trial++) {
      const pause = breakerWait(breaker, now)
      pauses.push(pause)
      now += pause
      noteTrial(breaker, now)
      noteOutcome(breaker, false, 'a', now)
    }
    expect(pauses).toEqual([30_000, 60_000, 120_000, 240_000, 300_000])
    expect(breakerWait(breaker, now)).toBe(0)
  })
})
