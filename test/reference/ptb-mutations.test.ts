/** Removes every rule of the tokenizer's table in turn, or its effect: a committed line must show it. */
import { expect, test } from 'vitest'
import { lexerOf, TOKEN_RULES, type TokenRule } from '../../src/metrics/ptb-rules.ts'
import { ptbTokenize } from '../../src/metrics/ptb-tokenizer.ts'
import { linesOfContext } from '../golden/ptb-tokenizer/code-points.ts'
import { made } from '../unit/metrics/golden.ts'

const kinds: { kinds: { texts: { captions: string[] }[] }[] } = made.json('ptb-tokenizer/kinds.json')
const lines: { kind: string; raw: string }[] = made.json('ptb-tokenizer/lines.json')
/** Texts of the golden files; of the code units, the texts of one context. */
const texts: readonly (readonly string[])[] = [
  ...kinds.kinds.flatMap((kind) => kind.texts.map(({ captions }) => captions)),
  ...[...Map.groupBy(lines, ({ kind }) => kind).values()].map((own) => own.map(({ raw }) => raw)),
  linesOfContext('1*'),
]
const right = texts.map((text) => ptbTokenize(text))

/** Whether any golden text has a different result. */
function isSeen(rules: readonly TokenRule[]): boolean {
  const lexer = lexerOf(rules)
  return texts.some((text, index) =>
    ptbTokenize(text, { lexer, shortcuts: false }).some((line, at) => line !== right[index]![at]),
  )
}

const named = (rule: TokenRule, index: number) =>
  `${index}: ${rule.token.slice(0, 60)}${rule.before ? ` before ${rule.before.slice(0, 20)}` : ''}`

function unseen(mutate: (rule: TokenRule, index: number) => readonly TokenRule[] | undefined): string[] {
  return TOKEN_RULES.flatMap((rule, index) => {
    const mutated = mutate(rule, index)
    if (mutated === undefined) return []
    const rules = [...TOKEN_RULES.slice(0, index), ...mutated, ...TOKEN_RULES.slice(index + 1)]
    return isSeen(rules) ? [] : [named(rule, index)]
  })
}

test('the table itself gives the golden lines', () => {
  expect(isSeen(TOKEN_RULES)).toBe(false)
})

test('a rule is taken out', () => {
  expect(unseen(() => [])).toEqual([])
})

test('a rule does not look ahead', () => {
  expect(unseen(({ before, ...rule }) => (before === undefined ? undefined : [rule]))).toEqual([])
})

test('a rule does not rewrite its token', () => {
  expect(
    unseen((rule) =>
      rule.normalize?.('\u00AD&amp;"() -') !== '\u00AD&amp;"() -' ? [{ ...rule, normalize: (token) => token }] : undefined,
    ),
  ).toEqual([])
})

test('a rule gives nothing back', () => {
  expect(unseen((rule) => (rule.giveBack === 0 ? undefined : [{ ...rule, giveBack: 0 }]))).toEqual([])
})

test('a rule does not double what it gives back', () => {
  expect(unseen((rule) => (rule.doubled ? [{ ...rule, doubled: false }] : undefined))).toEqual([])
})
