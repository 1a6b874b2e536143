/**
 * Parses the regular part of regular expressions into a tree: literals, classes, groups, choices,
 * repetitions. Syntax of ECMAScript without flags, over UTF-16 code units; `\p{name}` is a set given by the
 * caller.
 * @module
 */

/** Inclusive ranges of UTF-16 code units, ascending and disjoint. */
export type UnitSet = readonly (readonly [first: number, last: number])[]

export type PatternNode =
  | { readonly kind: 'units'; readonly set: UnitSet }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly least: number; readonly most: number }

const LAST_UNIT = 0xffff
const CONTROLS: Readonly<Record<string, number>> = { '0': 0, t: 9, n: 10, v: 11, f: 12, r: 13 }

/**
 * @param written - cache of sets by their source; pass the same map for all patterns of one automaton.
 * @throws {SyntaxError} with the position, for anything beyond the syntax above.
 */
export function parsePattern(
  source: string,
  sets: Readonly<Record<string, UnitSet>> = {},
  written: Map<string, UnitSet> = new Map(),
): PatternNode {
  let at = 0
  const fail = (why: string): never => {
    throw new SyntaxError(`pattern ${JSON.stringify(source)}, place ${at}: ${why}`)
  }
  const node = choice()
  if (at < source.length) fail('unmatched )')
  return node

  function choice(): PatternNode {
    const parts = [sequence()]
    while (source[at] === '|') {
      at++
      parts.push(sequence())
    }
    return choiceOf(parts)
  }

  function sequence(): PatternNode {
    const parts: PatternNode[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(repeated(atom()))
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts }
  }

  function atom(): PatternNode {
    const sign = source[at]!
    if (sign === '(') {
      if (!source.startsWith('(?:', at)) fail('only groups (?:…)')
      at += 3
      const inner = choice()
      if (source[at++] !== ')') fail('unclosed group')
      return inner
    }
    if (sign === '[') return { kind: 'units', set: unitClass() }
    if ('*+?{}])^$.'.includes(sign)) fail(`${sign} has to be escaped`)
    return { kind: 'units', set: unitsOrSet() }
  }

  function repeated(part: PatternNode): PatternNode {
    const sign = source[at]
    if (sign === '*' || sign === '+' || sign === '?') {
      at++
      return { kind: 'repeat', part, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Infinity }
    }
    if (sign !== '{') return part
    const counts = /^\{(\d+)(?:(,)(\d*))?\}/.exec(source.slice(at, at + 12))
    if (counts === null) return fail('a count is {n}, {n,} or {n,m}')
    at += counts[0].length
    const least = Number(counts[1])
    const most = counts[2] === undefined ? least : counts[3] === '' ? Infinity : Number(counts[3])
    return { kind: 'repeat', part, least, most }
  }

  function unitClass(): UnitSet {
    const from = at++
    const isNegated = source[at] === '^'
    if (isNegated) at++
    const end = endOfClass()
    const key = source.slice(from, end + 1)
    const known = written.get(key)
    if (known !== undefined) {
      at = end + 1
      return known
    }
    const ranges: (readonly [number, number])[] = []
    while (at < end) {
      const first = unitsOrSet()
      const isRange = source[at] === '-' && at + 1 < end && first.length === 1 && first[0]![0] === first[0]![1]
      if (!isRange) ranges.push(...first)
      else {
        at++
        const last = unitsOrSet()
        if (last.length !== 1 || last[0]![1] < first[0]![0]) fail('the range ends before it starts')
        ranges.push([first[0]![0], last[0]![1]])
      }
    }
    at++
    const set = isNegated ? complement(merged(ranges)) : merged(ranges)
    written.set(key, set)
    return set
  }

  function endOfClass(): number {
    let end = at
    while (source[end] !== ']') {
      if (end >= source.length) fail('unclosed class')
      end += source[end] === '\\' ? 2 : 1
    }
    return end
  }

  function one(unit: number): UnitSet {
    const key = String.fromCharCode(unit)
    const known = written.get(key)
    if (known !== undefined) return known
    const set: UnitSet = [[unit, unit]]
    written.set(key, set)
    return set
  }

  function unitsOrSet(): UnitSet {
    if (source[at] !== '\\') return one(source.charCodeAt(at++))
    const sign = source[at + 1]
    at += 2
    if (sign === undefined) return fail('nothing after \\')
    if (sign === 'u' || sign === 'x') {
      const count = sign === 'u' ? 4 : 2
      const digits = source.slice(at, at + count)
      if (digits.length < count || !/^[0-9A-Fa-f]+$/.test(digits)) fail(`\\${sign} without its digits`)
      at += digits.length
      return one(Number.parseInt(digits, 16))
    }
    if (sign === 'p') {
      const end = source.indexOf('}', at)
      const set = sets[source.slice(at + 1, end)]
      if (set === undefined) return fail('no such set')
      at = end + 1
      return set
    }
    const control = CONTROLS[sign]
    if (control === undefined && /[A-Za-z0-9]/.test(sign)) fail(`\\${sign} is not known`)
    return one(control ?? sign.charCodeAt(0))
  }
}

/** Factors out the common beginning of alternatives, which saves the automaton a transition each. */
function choiceOf(parts: readonly PatternNode[]): PatternNode {
  if (parts.length === 1) return parts[0]!
  const byFirst = Map.groupBy(parts, (part) => firstOf(part) ?? part)
  if (byFirst.size === parts.length) return { kind: 'choice', parts }
  const grouped = Array.from(byFirst.values(), (own): PatternNode => {
    if (own.length === 1) return own[0]!
    const first = firstOf(own[0]!)!
    return { kind: 'sequence', parts: [{ kind: 'units', set: first }, choiceOf(own.map(restOf))] }
  })
  return grouped.length === 1 ? grouped[0]! : { kind: 'choice', parts: grouped }
}

function firstOf(node: PatternNode): UnitSet | undefined {
  if (node.kind === 'units') return node.set
  return node.kind === 'sequence' && node.parts[0]?.kind === 'units' ? node.parts[0].set : undefined
}

function restOf(node: PatternNode): PatternNode {
  const parts = node.kind === 'sequence' ? node.parts.slice(1) : []
  return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts }
}

function merged(ranges: readonly (readonly [number, number])[]): UnitSet {
  const result: [number, number][] = []
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = result.at(-1)
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else result.push([first, last])
  }
  return result
}

function complement(set: UnitSet): UnitSet {
  const result: [number, number][] = []
  let from = 0
  for (const [first, last] of set) {
    if (first > from) result.push([from, first - 1])
    from = last + 1
  }
  if (from <= LAST_UNIT) result.push([from, LAST_UNIT])
  return result
}
