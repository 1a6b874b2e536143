/** Like linear-time.test.ts, with files of as many characters in many short texts. */
import { describe, expect, test } from 'vitest'
import { MOST_CHARACTERS } from '../../src/contracts/text-limits.ts'
import { manyOf, superlinear, TEXTS } from '../support/linear-time.ts'
import { OVER_FILES } from '../support/text-functions.ts'

describe('linear time, many short texts', () => {
  test.each(Object.keys(OVER_FILES))('%s', (name) => {
    const { file, read } = OVER_FILES[name]!
    const slow = TEXTS.flatMap(
      ([text, textOf]) =>
        superlinear({ name: `${name} of ${text}`, run: read, input: manyOf(textOf, file) }, 2 * MOST_CHARACTERS) ?? [],
    )
    expect(slow).toEqual([])
  })
})
