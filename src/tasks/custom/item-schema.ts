/**
 * The JSON Schema (draft 2020-12) of a user's items. Bounded: a schema that could take long, or read another
 * address, is refused with the reason.
 * @module
 */
import { escapePointer } from '../../contracts/json-pointer.ts'
import { dereference, type OutputUnit, type Schema, Validator } from '@cfworker/json-schema'
import { invalidField } from '../../contracts/failure.ts'
import { isRecord } from '../../files/json.ts'
import { depthOf } from './limits.ts'

/** Most UTF-16 code units of a schema as JSON. */
const MOST_SCHEMA_CHARACTERS = 64 * 1024
const MOST_DEPTH = 32
/** Most subschemas once every `$ref` is followed. */
const MOST_SUBSCHEMAS = 500
/** Most elements of an array under `uniqueItems`, which compares all pairs. */
const MOST_UNIQUE = 1000
/** Most characters of a text under `pattern`, which may take quadratic time. */
const MOST_MATCHED = 10_000
const MOST_PATTERN = 200
/** Most steps of matching one item, estimated from above; about a second. */
const MOST_STEPS = 1e9
/** Steps of preparing one match, and of comparing one pair of elements. */
const STEPS_OF_MATCH = 200
const STEPS_OF_PAIR = 50
/** Steps of one value under one subschema. */
const STEPS_OF_VALUE = 50

export type ItemSchema = Readonly<Record<string, unknown>>

/** Checks an item. @returns the first fault, with its place in the item; undefined for a valid item */
export type CheckItem = (item: unknown) => { readonly pointer: string; readonly detail: string } | undefined

/** Keywords that hold one schema, a list, or schemas by name. */
const ONE = ['items', 'additionalItems', 'contains', 'not', 'if', 'then', 'else', 'propertyNames']
const ONE_OR_FALSE = ['additionalProperties', 'unevaluatedProperties', 'unevaluatedItems']
const LIST = ['allOf', 'anyOf', 'oneOf', 'prefixItems']
const NAMED = ['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions']
const DEFINITIONS = new Set(['$defs', 'definitions'])
const REFUSED: Readonly<Record<string, string>> = {
  $id: 'is not read: a schema is one document here; leave it out',
  $anchor: 'is not read; refer to #/$defs/… instead',
  $dynamicRef: 'is not read; use $ref',
  $recursiveRef: 'is not read; use $ref',
  // Draft 4's $id, and what the library writes into schemas: either would move a $ref.
  id: 'is not read: a schema is one document here; leave it out',
  __absolute_uri__: 'is not read; leave it out',
  __absolute_ref__: 'is not read; use $ref',
  __absolute_recursive_ref__: 'is not read; use $ref',
  dependencies: 'is of an older draft; use dependentRequired or dependentSchemas',
}

/**
 * Checks a schema.
 * @throws {Fault} `invalid` with the place in the schema
 */
export function checkItemSchema(schema: ItemSchema): void {
  const characters = JSON.stringify(schema).length
  if (characters > MOST_SCHEMA_CHARACTERS)
    throw invalidField('', `must have at most ${MOST_SCHEMA_CHARACTERS} characters as JSON, has ${characters}`)
  if (depthOf(schema, MOST_DEPTH) > MOST_DEPTH) throw invalidField('', `must be nested at most ${MOST_DEPTH} deep`)
  visit(schema, '', newVisit(schema))
  try {
    // The library writes into what it is given.
    new Validator(structuredClone(schema) as Schema, '2020-12').validate({})
  } catch (error) {
    throw invalidField('', `is not a JSON Schema: ${(error as Error).message}`)
  }
}

/** @param schema - one that {@link checkItemSchema} accepts */
export function itemChecker(schema: ItemSchema): CheckItem {
  // `format` is an annotation in draft 2020-12; the library's own tests of it may take long.
  const validator = new Validator(withoutFormat(schema) as Schema, '2020-12')
  const { unique, matches } = keywordsOf(schema)
  const work = newVisit(schema)
  visit(schema, '', work)
  return (item) => {
    const large = largeValue(item, unique, matches, '')
    if (large !== undefined) return large
    if (stepsOf(item, work) > MOST_STEPS)
      return { pointer: '', detail: 'could take long to check: shorten its texts and lists, or the patterns of the item_schema' }
    const { valid, errors } = validator.validate(item)
    return valid ? undefined : faultOf(errors)
  }
}

interface Visit {
  readonly root: ItemSchema
  /** References that are being followed. */
  readonly open: ReadonlySet<string>
  /** Whether the library finds a schema there; it does not look among values, such as those of `enum`. */
  readonly isPlace: (reference: string) => boolean
  readonly counted: {
    /** Subschemas that may follow. */
    left: number
    /** Every pattern, once per place that it is reached from. */
    readonly patterns: string[]
    /** How many subschemas have `uniqueItems`. */
    unique: number
  }
}

function newVisit(root: ItemSchema): Visit {
  let places: ReadonlyMap<string, unknown> | undefined
  return {
    root,
    open: new Set(),
    // The library drops an empty fragment.
    isPlace: (reference) => (places ??= placesOf(root)).has(new URL(reference === '#' ? '' : reference, BASE).href),
    counted: { left: MOST_SUBSCHEMAS, patterns: [], unique: 0 },
  }
}

const BASE = 'https://assay.invalid/schema'

function placesOf(root: ItemSchema): ReadonlyMap<string, unknown> {
  try {
    return new Map(Object.entries(dereference(structuredClone(root) as Schema, Object.create(null), new URL(BASE))))
  } catch (error) {
    throw invalidField('', `is not a JSON Schema: ${(error as Error).message}`)
  }
}

/** Steps of checking a value, estimated from above. */
function stepsOf(value: unknown, { counted: { left, patterns, unique } }: Visit): number {
  const subschemas = MOST_SUBSCHEMAS - left
  let steps = 0
  const text = (given: string) => {
    for (const pattern of patterns) steps += STEPS_OF_MATCH + stepsOfPattern(pattern, given.length)
  }
  const add = (part: unknown): void => {
    if (steps > MOST_STEPS) return
    steps += STEPS_OF_VALUE * subschemas
    if (typeof part === 'string') text(part)
    if (typeof part !== 'object' || part === null) return
    if (Array.isArray(part)) steps += (STEPS_OF_PAIR * unique * part.length ** 2) / 2
    else for (const name of Object.keys(part)) text(name)
    for (const member of Object.values(part)) add(member)
  }
  add(value)
  return steps
}

function visit(schema: unknown, pointer: string, state: Visit): void {
  if (typeof schema === 'boolean') return
  if (!isRecord(schema)) throw invalidField(pointer, 'must be a schema: an object or a boolean')
  const { counted } = state
  if (--counted.left < 0)
    throw invalidField(pointer, `the schema has more than ${MOST_SUBSCHEMAS} subschemas once every $ref is followed`)
  for (const [keyword, reason] of Object.entries(REFUSED))
    if (keyword in schema) throw invalidField(`${pointer}/${keyword}`, reason)
  checkValues(schema, pointer)
  if ('pattern' in schema) counted.patterns.push(checkPattern(schema['pattern'], `${pointer}/pattern`))
  if (isRecord(schema['patternProperties']))
    for (const name of Object.keys(schema['patternProperties']))
      counted.patterns.push(checkPattern(name, `${pointer}/patternProperties/${escapePointer(name)}`))
  if (schema['uniqueItems'] === true) counted.unique++
  for (const [part, place] of partsOf(schema, pointer)) visit(part, place, state)
  if ('$ref' in schema) follow(schema['$ref'], `${pointer}/$ref`, state)
}

function* partsOf(schema: Readonly<Record<string, unknown>>, pointer: string): Generator<readonly [unknown, string]> {
  for (const keyword of [...ONE, ...ONE_OR_FALSE]) if (keyword in schema) yield [schema[keyword], `${pointer}/${keyword}`]
  for (const keyword of LIST) {
    const list = schema[keyword]
    if (list === undefined) continue
    if (!Array.isArray(list)) throw invalidField(`${pointer}/${keyword}`, 'must be a list of schemas')
    for (const [index, part] of list.entries()) yield [part, `${pointer}/${keyword}/${index}`]
  }
  for (const keyword of NAMED) {
    const named = schema[keyword]
    if (named === undefined || (DEFINITIONS.has(keyword) && pointer !== '')) continue
    if (!isRecord(named)) throw invalidField(`${pointer}/${keyword}`, 'must be an object of schemas')
    for (const [name, part] of Object.entries(named)) yield [part, `${pointer}/${keyword}/${escapePointer(name)}`]
  }
}

const TYPES = new Set(['null', 'boolean', 'object', 'array', 'number', 'string', 'integer'])
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((entry) => typeof entry === 'string')
const isNumber = (value: unknown): boolean => typeof value === 'number'
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0
const all = (keywords: readonly string[], fits: (value: unknown) => boolean, wanted: string) =>
  keywords.map((keyword) => [keyword, fits, wanted] as const)

/** Keywords whose values the library reads without a check. */
const VALUES = [
  ...all(['required'], isTexts, 'a list of names'),
  ...all(['enum'], Array.isArray, 'a list of values'),
  ...all(
    ['type'],
    (value) => [value].flat().every((name) => TYPES.has(name as string)),
    `one of ${[...TYPES].join(', ')}, or a list of these`,
  ),
  ...all(['dependentRequired'], (value) => isRecord(value) && Object.values(value).every(isTexts), 'an object of lists of names'),
  ...all(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'], isNumber, 'a number'),
  ...all(['multipleOf'], (value) => isNumber(value) && (value as number) > 0, 'a number above 0'),
  ...all(
    ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties', 'minContains', 'maxContains'],
    isCount,
    'an integer of at least 0',
  ),
  ...all(['uniqueItems'], (value) => typeof value === 'boolean', 'true or false'),
]

function checkValues(schema: Readonly<Record<string, unknown>>, pointer: string): void {
  for (const [keyword, fits, wanted] of VALUES)
    if (keyword in schema && !fits(schema[keyword])) throw invalidField(`${pointer}/${keyword}`, `must be ${wanted}`)
  if (Array.isArray(schema['items']))
    throw invalidField(`${pointer}/items`, 'must be a schema; for a list of schemas use prefixItems')
}

function follow(reference: unknown, pointer: string, state: Visit): void {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference))
    throw invalidField(pointer, 'must refer to a part of this schema, such as #/$defs/answer; nothing is fetched')
  if (state.open.has(reference)) throw invalidField(pointer, 'refers to itself, and a schema of bounded size does not')
  const target = targetOf(state.root, reference)
  if (target === undefined || !state.isPlace(reference))
    throw invalidField(pointer, `refers to ${reference}, which the schema does not have as a subschema`)
  visit(target, pointer, { ...state, open: new Set([...state.open, reference]) })
}

function targetOf(root: ItemSchema, reference: string): unknown {
  let target: unknown = root
  for (const encoded of reference.slice(1).split('/').slice(1)) {
    const name = nameOf(encoded)
    if (name === undefined) return undefined
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name)) return undefined
    target = Reflect.get(target, name)
  }
  return target
}

/** A name in a pointer; undefined for a percent sign that encodes nothing. */
function nameOf(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return undefined
  }
}

/** Escapes and classes are one character each. */
const plainOf = (pattern: string): string => pattern.replaceAll(/\\[^]/g, 'x').replaceAll(/\[[^\]]*\]/g, 'x')

/**
 * Ways to match the pattern with a text, from above: choices multiply, as `^a?a?a?b` tries eight. A lazy `?`
 * and `(?:` choose nothing.
 */
function stepsOfPattern(pattern: string, length: number): number {
  const plain = plainOf(pattern)
    .replaceAll(/\(\?[a-z-]*:/g, '(')
    .replaceAll(/([*+?}])\?/g, '$1')
  let steps = plain.startsWith('^') && !plain.includes('|') ? 1 : length + 1
  for (const [choice, least, most] of plain.matchAll(/[*+?]|\{(\d+)(?:,(\d*))?\}/g)) {
    if (choice === '?') steps *= 2
    else steps *= Math.min(least === undefined || most === '' ? Infinity : Number(most ?? least), length) + 1
  }
  for (const alternatives of plain.matchAll(/\|/g)) steps *= 1 + alternatives[0].length
  return steps
}

/**
 * A pattern is tried by backtracking. One that begins at the start, and repeats without limit at most twice
 * and never within a repeated group, takes quadratic time at most.
 */
function checkPattern(pattern: unknown, pointer: string): string {
  if (typeof pattern !== 'string') throw invalidField(pointer, 'must be a string')
  if (pattern.length > MOST_PATTERN) throw invalidField(pointer, `must have at most ${MOST_PATTERN} characters`)
  const problem = patternProblem(pattern)
  if (problem !== undefined) throw invalidField(pointer, `is not a pattern: ${problem}`)
  const plain = plainOf(pattern)
  if (/\\[1-9k]|\(\?[=!<]/.test(pattern)) throw invalidField(pointer, 'must have no look-around and no back reference')
  if (/\)([*+]|\{\d+,?\d*\})/.test(plain)) throw invalidField(pointer, 'must not repeat a group, which may take very long')
  const unbounded = plain.match(/[*+]|\{\d+,\}/g)?.length ?? 0
  if (unbounded > (plain.startsWith('^') ? 2 : 1))
    throw invalidField(pointer, 'may take long: begin it with ^ and use * or + at most twice')
  if (plain.match(/\{(\d+),?(\d*)\}/g)?.some((count) => count.match(/\d+/g)!.some((digits) => Number(digits) > 1000)))
    throw invalidField(pointer, 'must repeat at most 1000 times')
  if (stepsOfPattern(pattern, MOST_PATTERN) > MOST_STEPS)
    throw invalidField(
      pointer,
      'may take long, since choices multiply: use fewer of ? and | and {n,m}; lists of values are an enum',
    )
  return pattern
}

function patternProblem(pattern: string): string | undefined {
  try {
    RegExp(pattern, 'u')
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Only where `format` is a keyword, not a member's name. */
function withoutFormat(schema: unknown, isNamed = false): unknown {
  if (Array.isArray(schema)) return schema.map((part) => withoutFormat(part))
  if (!isRecord(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => isNamed || keyword !== 'format')
      .map(([keyword, value]) =>
        !isNamed && (keyword === 'const' || keyword === 'enum' || keyword === 'default' || keyword === 'examples')
          ? [keyword, value]
          : [keyword, withoutFormat(value, !isNamed && NAMED.includes(keyword))],
      ),
  )
}

function keywordsOf(schema: ItemSchema): { readonly unique: boolean; readonly matches: boolean } {
  const text = JSON.stringify(schema)
  return { unique: text.includes('"uniqueItems"'), matches: /"pattern(Properties)?"/.test(text) }
}

function largeValue(value: unknown, unique: boolean, matches: boolean, pointer: string): ReturnType<CheckItem> {
  if (!unique && !matches) return undefined
  if (matches && typeof value === 'string' && value.length > MOST_MATCHED)
    return { pointer, detail: `must have at most ${MOST_MATCHED} characters, since the schema has a pattern` }
  if (typeof value !== 'object' || value === null) return undefined
  if (unique && Array.isArray(value) && value.length > MOST_UNIQUE)
    return { pointer, detail: `must have at most ${MOST_UNIQUE} elements, since the schema has uniqueItems` }
  for (const [name, member] of Object.entries(value)) {
    const found = largeValue(member, unique, matches, `${pointer}/${escapePointer(name)}`)
    if (found !== undefined) return found
  }
  return undefined
}

/** The innermost fault: the library reports the outer ones first. */
function faultOf(errors: readonly OutputUnit[]): { pointer: string; detail: string } {
  const innermost = errors.reduce((deepest, error) =>
    error.instanceLocation.length >= deepest.instanceLocation.length ? error : deepest,
  )
  return { pointer: innermost.instanceLocation.replace(/^#/, ''), detail: sentence(innermost.error) }
}

const sentence = (error: string): string => `does not fit the item_schema: ${error.replace(/\.$/, '').slice(0, 300)}`
