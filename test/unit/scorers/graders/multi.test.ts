/** `multi`: formulas over the scores of graders. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readFormula } from '../../../../src/scorers/graders/multi/formula.ts'
import { graderSpec, SCORERS } from '../../../../src/scorers/registry.ts'

const VALUES = { a: 0.5, b: 3 }
const valueOf = (text: string) => readFormula(text, ['a', 'b'])(VALUES)

describe('a formula', () => {
  test.each([
    ['a', 0.5],
    ['.5 + 2.25', 2.75],
    ['1 - 2 - 3', -4],
    ['8 / 4 / 2', 1],
    ['2 + 3 * 4', 14],
    ['(2 + 3) * 4', 20],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['--b', 3],
    ['0.7 * a + 0.3 * b', 0.7 * 0.5 + 0.3 * 3],
    ['min(a, b, 1) + max(2)', 2.5],
    ['floor(a) + ceil(a) + abs(-a)', 1.5],
    ['sqrt(9) + exp(0) + log(1)', 4],
    [' a\n*\tb ', 1.5],
  ])('%j is %d', (text, value) => {
    expect(valueOf(text)).toBeCloseTo(value, 12)
  })

  test.each([
    ['1 / 0', Infinity],
    ['log(0 - 1)', NaN],
    ['sqrt(-1)', NaN],
  ])('%j has no finite value', (text, value) => {
    expect(valueOf(text)).toBe(value)
  })

  test.each([
    ['', 'must have a value at its end'],
    ['a +', 'must have a value at its end'],
    ['a b', 'must end before b'],
    ['(a', 'must have ) at its end'],
    ['a)', 'must end before )'],
    ['c', 'names c, and the graders are a, b'],
    ['eval(a)', 'calls eval, and the functions are min'],
    ['toString(a)', 'calls toString'],
    ['abs(a, b)', 'must give abs one value, gives 2'],
    ['min()', 'must have a value before )'],
    ['a; b', 'has a character that no formula has, at 1'],
    [`${'('.repeat(60)}a`, 'must not be nested more than 50 deep'],
    [`${'-'.repeat(60)}a`, 'must not be nested more than 50 deep'],
  ])('%.20j is refused', (text, sentence) => {
    expect(() => valueOf(text)).toThrow(sentence)
  })

  test('has the value of its parts, however they are nested', () => {
    interface Part {
      readonly text: string
      readonly value: number
    }
    const part = fc.letrec<{ all: Part }>((tie) => ({
      all: fc.oneof(
        { maxDepth: 5 },
        fc.nat(9).map((digit) => ({ text: String(digit), value: digit })),
        fc.tuple(tie('all'), fc.constantFrom('+', '-', '*'), tie('all')).map(([one, sign, other]) => ({
          text: `(${one.text} ${sign}${other.text})`,
          value: sign === '+' ? one.value + other.value : sign === '-' ? one.value - other.value : one.value * other.value,
        })),
        fc.tuple(tie('all'), tie('all')).map(([one, other]) => ({
          text: `min(${one.text},${other.text})`,
          value: Math.min(one.value, other.value),
        })),
      ),
    })).all
    fc.assert(fc.property(part, ({ text, value }) => Object.is(valueOf(text), value)))
  })
})

describe('the specification', () => {
  const exact = { type: 'string_check', name: 'exact', input: 'a', reference: 'b', operation: 'eq' }
  const multi = (change: object) => ({ type: 'multi', name: 'm', graders: { exact }, calculate_output: '2 * exact', ...change })
  const faults = (spec: unknown) =>
    (graderSpec.safeParse(spec).error?.issues ?? []).map(({ path, message }) => `/${path.join('/')}: ${message}`).join('\n')

  test('takes graders by name, or one under its own name', () => {
    expect(faults(multi({}))).toBe('')
    expect(graderSpec.parse(multi({ graders: exact }))).toMatchObject({ graders: { exact } })
  })

  test.each([
    [{ calculate_output: 'inexact' }, '/calculate_output: names inexact'],
    [{ graders: {} }, '/graders: must have 1 to 16 graders'],
    [{ graders: { 'not a name': exact } }, '/graders/not a name'],
    [{ graders: { exact: { ...exact, operation: 'near' } } }, '/graders/exact/operation'],
    [{ graders: { exact: { type: 'python', name: 'p', source: '' } } }, '/graders/exact/type: cannot be python'],
    [{ graders: { exact: multi({}) } }, '/graders/exact/type'],
    [{ graders: 'exact' }, '/graders'],
  ])('%.60j is refused', (change, fault) => {
    expect(faults(multi(change))).toContain(fault)
  })
})

test('a similarity needs no threshold where its reward is the score, as in the types of OpenAI’s package', () => {
  const grader = { type: 'text_similarity', name: 's', evaluation_metric: 'bleu', input: 'a', reference: 'b' }
  expect(graderSpec.parse(grader)).toMatchObject({ ...grader, pass_threshold: 1 })
  expect(graderSpec.parse({ type: 'multi', name: 'm', graders: { s: grader }, calculate_output: 's' })).toBeTruthy()
  expect(SCORERS.spec.safeParse(grader).error?.issues[0]?.path).toEqual(['pass_threshold'])
})
