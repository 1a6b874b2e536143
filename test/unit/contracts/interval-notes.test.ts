import { expectTypeOf, it } from 'vitest'
import type { INTERVAL_NOTES } from '../../../src/contracts/interval-notes.ts'
import type { IntervalNote } from '../../../src/statistics/interval.ts'

it('every note of the statistics has a sentence', () => {
  expectTypeOf<IntervalNote | 'optional_stopping'>().toEqualTypeOf<keyof typeof INTERVAL_NOTES>()
})
