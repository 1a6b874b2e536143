import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LongestMatch } from '../../../src/metrics/longest-match.ts'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'
import { parsePattern } from '../../../src/metrics/pattern-syntax.ts'

/** The definition: the last end at which some rule matches, the first such rule, and its longest token. */
function byDefinition(
  rules: readonly { token: string; before?: string }[],
  text: string,
  from: number,
): [number, number] | undefined {
  for (let end = text.length; end > from; end--)
    for (const [rule, { token, before = '' }] of rules.entries()) {
      if (!new RegExp(`^(?:${token})(?:${before})$`).test(text.slice(from, end))) continue
      for (let tokenEnd = end; tokenEnd >= from; tokenEnd--)
        if (
          new RegExp(`^(?:${token})$`).test(text.slice(from, tokenEnd)) &&
          new RegExp(`^(?:${before})$`).test(text.slice(tokenEnd, end))
        )
          return [rule, tokenEnd]
    }
  return undefined
}

describe('the longest match', () => {
  const rules = [
    { token: 'a(?:b|c)*d' },
    { token: '[ab]+', before: 'c+(?:d|dd)' },
    { token: 'ab|abc' },
    { token: '[^cd]{2,3}' },
    { token: '"[^"]*"' },
    { token: 'c{2}', before: 'd' },
    { token: '(?:a|"b)?c' },
  ]

  test('equals the definition', () => {
    const automaton = new LongestMatch(rules)
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd', '"', 'e'), { maxLength: 14 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (drawn) => {
        automaton.startText()
        for (let from = 0; from < drawn.length; from++) {
          const found = automaton.matchAt(drawn, from) ? [automaton.rule, automaton.tokenEnd] : undefined
          expect([drawn, from, found]).toEqual([drawn, from, byDefinition(rules, drawn, from)])
        }
      }),
      { numRuns: 300 },
    )
  })

  test('is the same after earlier tokens ran far ahead in vain', () => {
    const automaton = new LongestMatch([{ token: 'a' }, { token: 'a[ab]*c' }, { token: 'b' }, { token: 'b[ab]*cc' }])
    const run = 'ab'.repeat(200)
    const text = `${run}d${run}c${run}d`
    let at = 0
    const ends: number[] = []
    automaton.startText()
    while (at < text.length) {
      at = automaton.matchAt(text, at) ? automaton.tokenEnd : at + 1
      ends.push(at)
    }
    // One unit each up to the first d, then one token up to the c, then one unit each.
    expect(ends).toEqual([
      ...Array.from({ length: 401 }, (_, index) => index + 1),
      802,
      ...Array.from({ length: 401 }, (_, index) => index + 803),
    ])
    expect(automaton.unitsRead).toBeLessThan(80 * text.length)
  })

  test('is the same after the states have been dropped', () => {
    // Every subset of the last 14 positions is a state of its own.
    const rule = { token: '[ab]*a[ab]{14}' }
    const automaton = new LongestMatch([rule])
    const random = new CounterRandom(0, 'test/longest-match')
    const text = Array.from({ length: 40_000 }, () => (random.below(2) === 0 ? 'a' : 'b')).join('')
    expect(new Set(Array.from(text, (_, at) => text.slice(at, at + 14))).size).toBeGreaterThan(8192)
    automaton.startText()
    expect(automaton.matchAt(text, 0)).toBe(true)
    expect(automaton.tokenEnd).toBe(new RegExp(rule.token).exec(text)![0].length)
    expect(automaton.states).toBeLessThanOrEqual(8192)
  })
})

describe('pattern syntax', () => {
  test.each(['a(b)', 'a)', '(?:a', '[a', 'a{', '*', 'a.b', '\\q', '\\u12', '\\p{none}', '[b-a]', '^a', 'a$', '\\'])(
    '%j is refused',
    (source) => {
      expect(() => parsePattern(source)).toThrow(SyntaxError)
    },
  )
})
