/**
 * The JSON Schema of a user's items: what is checked, and what is refused because it could take long.
 */
import { describe, expect, test } from 'vitest'
import { checkItemSchema, itemChecker } from '../../../../src/tasks/custom/item-schema.ts'

const refusalOf = (schema: object): string => {
  try {
    checkItemSchema(schema as Record<string, unknown>)
    return 'accepted'
  } catch (error) {
    return (error as Error).message
  }
}

describe('items', () => {
  test.each([
    ['a member of another type', { properties: { a: { type: 'string' } } }, { a: 1 }, '/a'],
    ['a missing member', { required: ['a'] }, {}, ''],
    ['a member that the schema closes out', { properties: {}, additionalProperties: false }, { b: 1 }, '/b'],
    [
      'an element deep inside',
      { $defs: { n: { type: 'number' } }, properties: { l: { items: { $ref: '#/$defs/n' } } } },
      { l: [1, 'x'] },
      '/l/1',
    ],
    ['a text against its pattern', { properties: { a: { pattern: '^[a-z]+$' } } }, { a: 'X' }, '/a'],
    ['a text too long for a pattern', { properties: { a: { pattern: '^a' } } }, { a: 'a'.repeat(10_001) }, '/a'],
    [
      'a list too long for uniqueItems',
      { properties: { a: { uniqueItems: true } } },
      { a: Array.from({ length: 1001 }, (_, i) => i) },
      '/a',
    ],
  ])('%s is found at its place', (_what, schema, item, pointer) => {
    checkItemSchema(schema)
    expect(itemChecker(schema)(item)?.pointer).toBe(pointer)
  })

  test('a valid item has no fault; format is an annotation, also beside a member called format', () => {
    const schema = { properties: { format: { type: 'string', format: 'email' }, n: { enum: [{ format: 'x' }] } } }
    checkItemSchema(schema)
    expect(itemChecker(schema)({ format: 'no address', n: { format: 'x' } })).toBeUndefined()
    expect(itemChecker(schema)({ format: 5 })?.pointer).toBe('/format')
  })
})

describe('schemas that are accepted', () => {
  test.each([
    ['a name that is a keyword', { properties: { id: {}, type: { $ref: '#/$defs/enum' } }, $defs: { enum: { type: 'string' } } }],
    ['a date', { pattern: '^\\d{4}-\\d{2}-\\d{2}$' }],
    ['a UUID', { pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' }],
    ['alternatives and an optional part', { pattern: '^#?([0-9a-f]{3}|[0-9a-f]{6}|none)$' }],
    ['an escaped name', { properties: { a: { $ref: '#/$defs/x~1%20y' } }, $defs: { 'x/ y': { type: ['string', 'null'] } } }],
  ])('%s', (_what, schema) => {
    expect(refusalOf(schema)).toBe('accepted')
    expect(itemChecker(schema as Record<string, unknown>)({ a: null })).toBeUndefined()
  })

  test('many slow patterns on a long text are refused by the item, before they are tried', () => {
    const schema = { properties: { a: { allOf: Array.from({ length: 400 }, (_, i) => ({ pattern: `^a*a*b${i}` })) } } }
    checkItemSchema(schema)
    const check = itemChecker(schema)
    expect(check({ a: 'a'.repeat(10_000) })?.detail).toContain('shorten its texts')
    expect(check({ a: 'a'.repeat(100) })?.detail).toContain('pattern')
  })

  test('uniqueItems many times over a long list is refused by the item', () => {
    const schema = { properties: { a: { allOf: Array.from({ length: 400 }, () => ({ uniqueItems: true })) } } }
    checkItemSchema(schema)
    expect(itemChecker(schema)({ a: Array.from({ length: 1000 }, (_, i) => i) })?.detail).toContain('shorten its texts and lists')
    expect(itemChecker(schema)({ a: [1, 2] })).toBeUndefined()
  })

  test('many values under many subschemas are refused by the item; many under a few are not', () => {
    const listOf = (count: number) => ({
      properties: { l: { items: { allOf: Array.from({ length: count }, () => ({ enum: [1] })) } } },
    })
    const item = { l: Array.from({ length: 100_000 }, () => 1) }
    expect(itemChecker(listOf(490))(item)?.detail).toContain('shorten its texts and lists')
    expect(itemChecker(listOf(5))(item)).toBeUndefined()
  })

  test('a check leaves the schema as it was', () => {
    const schema = Object.freeze({ properties: { a: Object.freeze({ $ref: '#/$defs/b' }) }, $defs: { b: {} } })
    checkItemSchema(schema)
    expect(Object.getOwnPropertyNames(schema)).toEqual(['properties', '$defs'])
  })
})

describe('schemas that are refused', () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`d${i}`, { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] }]),
  )
  test.each([
    ['another address', { $ref: 'https://example.com/schema.json' }, 'nothing is fetched'],
    ['a recursion', { properties: { child: { $ref: '#' } } }, 'refers to itself'],
    ['references that double twenty times', { $defs: { ...doubling, d20: {} }, $ref: '#/$defs/d0' }, 'more than 500 subschemas'],
    ['a missing definition', { $ref: '#/$defs/none' }, 'which the schema does not have'],
    ['a repeated group', { properties: { a: { pattern: '^(a+)+$' } } }, 'must not repeat a group'],
    ['a back reference', { properties: { a: { pattern: '^(a)\\1$' } } }, 'no back reference'],
    ['many repetitions', { properties: { a: { pattern: 'a*a*a*b' } } }, 'may take long'],
    ['a pattern that is none', { properties: { a: { pattern: '[' } } }, 'is not a pattern'],
    ['no schema', { properties: { a: 5 } }, 'must be a schema'],
    ['65 kB', { description: 'x'.repeat(70_000) }, 'at most 65536 characters'],
    ['deep nesting', Array.from({ length: 40 }).reduce<object>((inner) => ({ not: inner }), {}), 'nested at most 32 deep'],
    ['lists of schemas in items', { properties: { a: { items: [{ pattern: '(a*)*b' }] } } }, 'use prefixItems'],
    ['dependencies', { dependencies: { a: { pattern: '(a*)*b' } } }, 'use dependentRequired or dependentSchemas'],
    ['optional parts whose choices multiply', { pattern: `^${'a?'.repeat(32)}b$` }, 'may take long'],
    ['alternatives whose choices multiply', { pattern: `^${'(a|a)'.repeat(35)}b$` }, 'may take long'],
    ['bounded repetitions that multiply', { pattern: `^${'a{0,1000}'.repeat(9)}b$` }, 'may take long'],
    ['a reference with a bare percent sign', { $ref: '#/%' }, 'which the schema does not have'],
    ['a reference among values', { properties: { a: { $ref: '#/enum/0' } }, enum: [{ a: 1 }] }, 'does not have as a subschema'],
    ['a reference to a group of schemas', { properties: { a: { $ref: '#/$defs' } }, $defs: {} }, 'does not have as a subschema'],
    ['a reference of the library', { __absolute_ref__: '#' }, 'use $ref'],
    ['an enum that is not a list', { properties: { a: { enum: 5 } } }, '/properties/a/enum: must be a list of values'],
    ['required that is not a list', { properties: { a: { required: 5 } } }, 'must be a list of names'],
    ['an unknown type', { properties: { a: { type: 'text' } } }, 'must be one of null, boolean'],
    ['division by 0', { properties: { a: { multipleOf: 0 } } }, 'must be a number above 0'],
    ['an id', { $id: 'https://example.com' }, 'one document'],
  ])('%s', (_what, schema, reason) => {
    expect(refusalOf(schema)).toContain(reason)
  })
})
