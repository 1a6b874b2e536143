/**
 * Values that a JSON Schema of `/openapi.json` describes, drawn by fast-check, and values that it excludes.
 * @module
 */
import fc from 'fast-check'
import { anyText } from './any-text.ts'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type Schema = { readonly [name: string]: unknown }

/** Hard values for an API: by type, by place, by the storage behind it. */
export const ODD: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -0.0000001,
  2 ** 53,
  '',
  ' ',
  '0',
  'null',
  '__proto__',
  'constructor',
  "' OR '1'='1",
  '../../etc/passwd',
  '\u202e\u0000'.slice(0, 1),
  '\ufeff',
  '😀'.repeat(50),
  'x'.repeat(5000),
  'https://169.254.169.254/',
  'http://localhost:1/',
  '{{item.answers}}',
  '$.a',
  '2026-11-29',
  [],
  {},
  [[]],
  [null],
  { constructor: 1 },
  { '': '' },
  Array.from({ length: 70 }, (_, index) => index),
  { a: { b: { c: { d: { e: { f: { g: {} } } } } } } },
]

/** Draws values that `schema` allows; `refer` resolves `$ref`. Constraints beyond JSON Schema stay unmet. */
export function valuesOf(schema: Schema, refer: (reference: string) => Schema, depth = 0): fc.Arbitrary<Json> {
  const of = (inner: unknown) => valuesOf(inner as Schema, refer, depth + 1)
  if (typeof schema['$ref'] === 'string') return of(refer(schema['$ref']))
  if ('const' in schema) return fc.constant(schema['const'] as Json)
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as Json[]))
  const ways = (schema['oneOf'] ?? schema['anyOf']) as unknown[] | undefined
  if (ways !== undefined) return fc.oneof(...ways.map(of))
  const { type } = schema
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => of({ ...schema, type: one as string })))
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return integers(schema)
    case 'number':
      return fc.double({ min: (schema['minimum'] as number) ?? -1e6, max: (schema['maximum'] as number) ?? 1e6, noNaN: true })
    case 'string':
      return strings(schema)
    case 'array':
      return fc.array(of(schema['items'] ?? {}), {
        minLength: (schema['minItems'] as number) ?? 0,
        maxLength: Math.min((schema['maxItems'] as number) ?? 4, Math.max((schema['minItems'] as number) ?? 0, 4)),
      })
    case 'object':
      return objects(schema, of)
    default:
      return depth > 4 ? fc.constant(null) : fc.constantFrom(...ODD)
  }
}

function integers(schema: Schema): fc.Arbitrary<Json> {
  const least = (schema['minimum'] as number) ?? ((schema['exclusiveMinimum'] as number) ?? -1000) + 1
  const most = (schema['maximum'] as number) ?? Math.max(least, 5000)
  return fc.oneof(fc.integer({ min: least, max: Math.max(least, Math.min(most, least + 20)) }), fc.constantFrom(least, most))
}

/** `fc.webUrl` makes a table of all code points first, which takes seconds. */
const PATH = fc.string({ unit: fc.constantFrom(..."azAZ09-._~!$&'()*+,;=:@/?", '%20', '%C3%A9', '%2F'), maxLength: 30 })

function strings(schema: Schema): fc.Arbitrary<Json> {
  if (typeof schema['pattern'] === 'string') return fc.stringMatching(new RegExp(schema['pattern']))
  if (schema['format'] === 'uri') return fc.tuple(fc.domain(), PATH).map(([domain, path]) => `https://${domain}/${path}`)
  const minLength = (schema['minLength'] as number) ?? 0
  const maxLength = Math.max(minLength, Math.min((schema['maxLength'] as number) ?? 40, 40))
  return fc.oneof(fc.string({ minLength, maxLength }), anyText({ minLength, maxLength }))
}

function objects(schema: Schema, of: (inner: unknown) => fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  const properties = (schema['properties'] ?? {}) as Record<string, unknown>
  const more = schema['additionalProperties']
  const named = fc.record(Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, of(inner)])), {
    requiredKeys: (schema['required'] ?? []) as never[],
  }) as fc.Arbitrary<Json>
  if (typeof more !== 'object' || more === null) return named
  const others = fc.dictionary(fc.string({ maxLength: 10 }), of(more), { maxKeys: 3 })
  return fc.tuple(named, others).map(([a, b]) => ({ ...(b as object), ...(a as object) }) as Json)
}
