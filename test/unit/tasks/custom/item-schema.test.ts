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
    ['a pattern that is none', { properties: { a: { pattern: '[' } } }, 'is no pattern'],
    ['no schema', { properties: { a: 5 } }, 'must be a schema'],
    ['65 kB', { description: 'x'.repeat(70_000) }, 'at most 65536 characters'],
    ['deep nesting', Array.from({ length: 40 }).reduce<object>((inner) => ({ not: inner }), {}), 'nested at most 32 deep'],
    ['an id', { $id: 'https://example.com' }, 'one document'],
  ])('%s', (_what, schema, reason) => {
    expect(refusalOf(schema)).toContain(reason)
  })
})
