/**
 * Like linear-time-short.test.ts, with texts twice as long as a dataset may hold, each with different
 * ends.
 */
import { describe, expect, test } from 'vitest'
import { MOST_CHARACTERS } from '../../src/contracts/text-limits.ts'
import { manyOf, superlinear, TEXTS } from '../support/linear-time.ts'
import { OVER_FILES, OVER_TEXT } from '../support/text-functions.ts'

const CHARACTERS = 2 * MOST_CHARACTERS

describe('linear time, long texts', () => {
  test.each(Object.keys(OVER_TEXT))('%s', (name) => {
    const run = OVER_TEXT[name]!
    const slow = TEXTS.flatMap(([text, input]) => superlinear({ name: `${name} of ${text}`, run, input }, CHARACTERS) ?? [])
    expect(slow).toEqual([])
  })

  test.each(Object.keys(OVER_FILES))('%s, many short texts', (name) => {
    const { file, read } = OVER_FILES[name]!
    const slow = TEXTS.flatMap(
      ([text, textOf]) => superlinear({ name: `${name} of ${text}`, run: read, input: manyOf(textOf, file) }, CHARACTERS) ?? [],
    )
    expect(slow).toEqual([])
  })
})
