/**
 * Messages for zod's issues: sentences with the field and the remedy.
 * @module
 */
import type { z } from 'zod'
import type { FieldError } from './failure.ts'

export type Issue = z.core.$ZodIssue

/** @param place - names a path: a JSON pointer in a body, a name in a form or query */
export function fieldErrorsOf(issues: readonly Issue[], place: (path: readonly PropertyKey[]) => string): FieldError[] {
  return issues.flatMap((issue) => expand(issue, place))
}

function expand(issue: Issue, place: (path: readonly PropertyKey[]) => string): FieldError[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ pointer: place([...issue.path, key]), detail: 'is not a known field; remove it' }))
  // The union's alternative that matched furthest is the most informative.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const furthest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0]!
    if (depth(furthest) > 0) return furthest.flatMap((inner) => expand(within(issue, inner), place))
    const ways = furthest.length > 0 ? issue.errors.flatMap((errors) => errors.map(({ message }) => message)) : []
    return [{ pointer: place(issue.path), detail: [...new Set(ways)].join('; or ') || issue.message }]
  }
  if (issue.code === 'invalid_key') return issue.issues.flatMap((inner) => expand({ ...inner, path: issue.path } as Issue, place))
  return [{ pointer: place(issue.path), detail: issue.message }]
}

const within = (outer: Issue, inner: Issue) => ({ ...inner, path: [...outer.path, ...inner.path] }) as Issue

const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map(({ path }) => path.length))

/** zod's error map. Messages of a schema have precedence. */
export function sentenceOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing'
      return `must be ${EXPECTED[issue.expected] ?? issue.expected}, is ${kindOf(issue.input)}`
    case 'invalid_value':
      return issue.input === undefined ? `is missing; must be ${oneOf(issue.values)}` : `must be ${oneOf(issue.values)}`
    case 'invalid_union':
      return issue.note === undefined ? undefined : `must be ${oneOf(issue.options as unknown[])}`
    case 'too_small':
      return `must ${atLeast(issue.origin, Number(issue.minimum), issue.inclusive !== false)}`
    case 'too_big':
      return `must ${atMost(issue.origin, Number(issue.maximum), issue.inclusive !== false)}`
    case 'invalid_format':
      if (issue.format === 'url') return 'must be an absolute URL, such as https://gpu.example.com/v1'
      if (issue.format === 'date') return 'must be a day that there is, as YYYY-MM-DD'
      return `must match ${'pattern' in issue ? issue.pattern : issue.format}`
    default:
      return undefined
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  array: 'an array',
  tuple: 'an array',
  object: 'an object',
  record: 'an object',
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (Number.isNaN(value)) return 'none'
  if (typeof value === 'number') return Number.isFinite(value) ? `the number ${value}` : 'a number too large to hold'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function oneOf(values: readonly unknown[]): string {
  const [first, ...others] = values.map((value) => JSON.stringify(value))
  return others.length === 0 ? first! : `one of ${[first, ...others].join(', ')}`
}

function atLeast(origin: string, minimum: number, inclusive: boolean): string {
  if (origin === 'string') return minimum === 1 ? 'not be empty' : `have at least ${minimum} characters`
  if (origin === 'array') return `have at least ${minimum} ${minimum === 1 ? 'entry' : 'entries'}`
  return inclusive ? `be at least ${minimum}` : `be more than ${minimum}`
}

function atMost(origin: string, maximum: number, inclusive: boolean): string {
  if (origin === 'string') return `have at most ${maximum} characters`
  if (origin === 'array') return `have at most ${maximum} entries`
  return inclusive ? `be at most ${maximum}` : `be less than ${maximum}`
}
