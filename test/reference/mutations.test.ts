/**
 * Breaks each quirk of the official programs in turn: a committed golden set must notice.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, test } from 'vitest'
import type { Outcome } from './mutants.ts'

const BOUND = 1e-9
const answer = execFileSync(process.execPath, [join(import.meta.dirname, 'mutants.ts')], { encoding: 'utf8' })
const { intact, outcomes } = JSON.parse(answer) as { intact: Record<string, number | null>; outcomes: Outcome[] }

test('the sources as they are agree with every golden set made here', () => {
  expect(Object.entries(intact).filter(([, difference]) => difference === null || difference > BOUND)).toEqual([])
})

describe('a golden set notices', () => {
  test.each(outcomes)('$name', ({ found, difference }) => {
    expect(found, 'occurrences of the text to replace').toBe(1)
    // null: it throws, or a word differs.
    expect(difference === null || difference > BOUND).toBe(true)
  })
})
