/**
 * Like linear-time-short.test.ts, with texts twice as long as a dataset may hold, each with different
 * ends.
 */
import { describe, expect, test } from 'vitest'
import { MOST_CHARACTERS } from '../../src/contracts/text-limits.ts'
import { superlinear, TEXTS } from '../support/linear-time.ts'
import { OVER_TEXT } from '../support/text-functions.ts'

describe('linear time, long texts', () => {
  test.each(Object.keys(OVER_TEXT))('%s', (name) => {
    const run = OVER_TEXT[name]!
    const slow = TEXTS.flatMap(
      ([text, input]) => superlinear({ name: `${name} of ${text}`, run, input }, 2 * MOST_CHARACTERS) ?? [],
    )
    expect(slow).toEqual([])
  })
})
