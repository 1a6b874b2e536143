import { expect, test } from 'vitest'
import { readArguments, UsageError } from '../../../src/cli/arguments.ts'

const rules = { options: { a: true, 'long-one': false }, flags: ['flag'], positionals: 1 }
const read = (...argv: string[]) => readArguments(rules, argv, 'metrics x --a A')

test('values, flags and plain arguments, in any order', () => {
  const { values, flags, positionals } = read('--flag', 'plain', '--a', '1', '--long-one=x=y')
  expect(Object.fromEntries(values)).toEqual({ a: '1', 'long-one': 'x=y' })
  expect([...flags]).toEqual(['flag'])
  expect(positionals).toEqual(['plain'])
})

test('a value that begins with a dash is given after an equals sign', () => {
  expect(read('--a=-5').values.get('a')).toBe('-5')
})

test.each([
  ['an unknown option', ['--a', '1', '--b', '2'], 'unknown option --b; usage: assay metrics x --a A'],
  ['a missing option', [], 'missing --a; usage: assay metrics x --a A'],
  ['a repeated option', ['--a', '1', '--a', '2'], '--a is given twice'],
  ['an option without a value', ['--a'], '--a needs a value'],
  ['an empty value', ['--a='], '--a needs a value'],
  ['a value that looks like an option', ['--a', '--flag'], '--a needs a value; write one that begins with a dash as --a=-…'],
  ['a flag with a value', ['--a', '1', '--flag=yes'], '--flag takes no value'],
  ['too many plain arguments', ['--a', '1', 'x', 'y'], 'unexpected argument "y"; usage: assay metrics x --a A'],
])('%s is refused', (_, argv, message) => {
  expect(() => read(...argv)).toThrow(new UsageError(message))
})
