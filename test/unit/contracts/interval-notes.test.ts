import { expect, expectTypeOf, it } from 'vitest'
import { INTERVAL_NOTES } from '../../../src/contracts/interval-notes.ts'
import type { IntervalNote } from '../../../src/statistics/interval.ts'

it('every note of the statistics has a sentence', () => {
  expectTypeOf<IntervalNote | 'optional_stopping'>().toEqualTypeOf<keyof typeof INTERVAL_NOTES>()
})

it('the page explains notes in the same words', async () => {
  const page = await import(new URL('../../../public/page/interval-notes.js', import.meta.url).href)
  expect(page.INTERVAL_NOTES).toEqual(INTERVAL_NOTES)
})
