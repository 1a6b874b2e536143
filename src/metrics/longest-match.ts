/**
 * Finds the longest match of any of many patterns, in time linear in the text for every text.
 *
 * The patterns become one automaton over UTF-16 code units. Its states are sets of positions in the patterns,
 * created when a text first needs them (Aho, Lam, Sethi, Ullman, "Compilers", 2nd edition, 3.7 and 3.8.3). If
 * the automaton runs far ahead and fails, those positions are remembered, so that no later token runs there
 * in vain (Reps, "Maximal-munch tokenization in linear time", ACM TOPLAS 1998).
 * @module
 */
import { parsePattern, type PatternNode, type UnitSet } from './pattern-syntax.ts'

export interface LongestMatchRule {
  /** The token; in the syntax of {@link parsePattern}. */
  readonly token: string
  /**
   * Required continuation; it counts for the length of the match. Either all its matches have the same
   * length, or no unit that it can begin with occurs in a token of the rule: otherwise the token's end would
   * be ambiguous.
   */
  readonly before?: string
}

/**
 * Distance between remembered positions beyond the last match. So a unit is read about 2 × STRIDE times at
 * most.
 */
const STRIDE = 32
/**
 * Maximum number of states. Beyond it all are dropped and created anew: a bound of memory that captions never
 * reach.
 */
const MOST_STATES = 8192

const UNITS = 0x10000
const UNKNOWN = -1
const DEAD = 0
const START = 1

export class LongestMatch {
  /** Index of the rule of the last match. */
  rule = 0
  /** End of the last match's token, exclusive. */
  tokenEnd = 0
  /** Code units read in all, repeats included: the cost of a text. */
  unitsRead = 0

  readonly #lookaheads: readonly { readonly length: number }[]
  readonly #nfa: Nfa
  /** Class of each unit; units of one class are equivalent for all patterns. */
  readonly #classOf: Uint16Array
  readonly #classes: number
  /** Next state by state and class. */
  #next = new Int32Array(0)
  /** By state, the first rule whose match ends there, or -1. */
  #accepts: number[] = []
  /** By state, the rules whose token may end there before the continuation. */
  #tokenEnds: (readonly number[])[] = []
  #places: Int32Array[] = []
  readonly #stateOf = new Map<string, number>()
  /** `position / STRIDE * MOST_STATES + state`: nothing matches beyond. */
  readonly #barren = new Set<number>()
  #barrenUntil = 0
  /** Positions beyond the current match so far. */
  readonly #trail: number[] = []
  /** Incremented when all states are dropped. */
  #generation = 0

  /** @param sets - code-unit sets for `\p{name}`. @throws {SyntaxError} for an invalid pattern. */
  constructor(rules: readonly LongestMatchRule[], sets: Readonly<Record<string, UnitSet>> = {}) {
    const written = new Map<string, UnitSet>()
    const read = new Map<string, PatternNode>()
    const parse = (pattern: string): PatternNode => {
      const known = read.get(pattern)
      const node = known ?? parsePattern(pattern, sets, written)
      if (known === undefined) read.set(pattern, node)
      return node
    }
    const parsed = rules.map(({ token, before }) => ({
      token: parse(token),
      before: before === undefined ? undefined : parse(before),
    }))
    const { classOf, classes, classesOf } = partition(parsed.flatMap(({ token, before }) => [token, before]))
    this.#classOf = classOf
    this.#classes = classes
    this.#nfa = new Nfa(classesOf)
    this.#lookaheads = parsed.map(({ token, before }, rule) => {
      this.#nfa.addRule(rule, token, before)
      return { length: before === undefined ? 0 : lengthOf(before) }
    })
    this.#forget()
  }

  /** Number of states that the texts so far needed. */
  get states(): number {
    return this.#accepts.length
  }

  /** Call before another text: remembered positions belong to one text. */
  startText(): void {
    this.#barren.clear()
    this.#barrenUntil = 0
  }

  /**
   * Matches at one position; {@link rule} and {@link tokenEnd} hold the result. In a tie the first rule wins.
   * @param text - the same text between two calls of {@link startText}.
   * @returns whether any rule matches.
   */
  matchAt(text: string, from: number): boolean {
    if (from >= this.#barrenUntil && this.#barrenUntil > 0) this.startText()
    const classOf = this.#classOf
    const classes = this.#classes
    let state = START
    let matchEnd = -1
    let rule = -1
    let farthest = from + STRIDE
    const trail = this.#trail
    trail.length = 0
    let at = from
    while (at < text.length) {
      const unitClass = classOf[text.charCodeAt(at)]!
      let next = this.#next[state * classes + unitClass]!
      if (next === UNKNOWN) next = this.#step(state, unitClass)
      if (next === DEAD) break
      state = next
      at++
      const accepted = this.#accepts[state]!
      if (accepted >= 0) {
        rule = accepted
        matchEnd = at
        farthest = at + STRIDE
        if (trail.length > 0) trail.length = 0
      } else if (at >= farthest && at % STRIDE === 0) {
        const place = (at / STRIDE) * MOST_STATES + state
        if (this.#barren.has(place)) break
        trail.push(place)
        if (at >= this.#barrenUntil) this.#barrenUntil = at + 1
      }
    }
    this.unitsRead += at - from + 1
    for (const place of trail) this.#barren.add(place)
    if (rule < 0) return false
    this.rule = rule
    const { length } = this.#lookaheads[rule]!
    this.tokenEnd = length >= 0 ? matchEnd - length : this.#tokenEndOf(rule, text, from, matchEnd)
    return true
  }

  /** The token's end for a continuation without fixed length: follows the path again. */
  #tokenEndOf(rule: number, text: string, from: number, matchEnd: number): number {
    let state = START
    let end = from
    let at = from
    this.unitsRead += matchEnd - from
    while (at < matchEnd) {
      const unitClass = this.#classOf[text.charCodeAt(at)]!
      let next = this.#next[state * this.#classes + unitClass]!
      if (next === UNKNOWN) next = this.#step(state, unitClass)
      state = next
      at++
      if (this.#tokenEnds[state]!.includes(rule)) end = at
    }
    return end
  }

  #step(state: number, unitClass: number): number {
    const generation = this.#generation
    const next = this.#intern(this.#nfa.step(this.#places[state]!, unitClass))
    // Otherwise the state behind this position has been dropped.
    if (generation === this.#generation) this.#next[state * this.#classes + unitClass] = next
    return next
  }

  #intern(places: Int32Array): number {
    const key = places.join(',')
    const known = this.#stateOf.get(key)
    if (known !== undefined) return known
    if (this.#accepts.length >= MOST_STATES) {
      this.#forget()
      return this.#intern(places)
    }
    const state = this.#accepts.length
    const size = (state + 1) * this.#classes
    if (size > this.#next.length) {
      const grown = new Int32Array(Math.max(size, 2 * this.#next.length)).fill(UNKNOWN)
      grown.set(this.#next)
      this.#next = grown
    }
    this.#stateOf.set(key, state)
    this.#places.push(places)
    this.#accepts.push(this.#nfa.acceptedBy(places))
    this.#tokenEnds.push(this.#nfa.tokensEndingIn(places))
    return state
  }

  #forget(): void {
    this.#generation++
    this.#trail.length = 0
    this.#next = new Int32Array(0)
    this.#accepts = []
    this.#tokenEnds = []
    this.#places = []
    this.#stateOf.clear()
    this.startText()
    this.#intern(new Int32Array(0))
    this.#intern(this.#nfa.start())
  }
}

/**
 * Positions of the patterns and the transitions between them. Positions that consume nothing are passed
 * through.
 */
class Nfa {
  readonly #classesOf: ReadonlyMap<UnitSet, Uint8Array>
  /** Unit classes of a consuming position. */
  readonly #consumes: (Uint8Array | undefined)[] = []
  readonly #ways: number[][] = []
  /** The rule whose match ends at a position, or -1. */
  readonly #accepts: number[] = []
  /** The rule whose token ends at a position, or -1. */
  readonly #tokenEnds: number[] = []
  readonly #starts: number[] = []
  /** Cached result of {@link step} from a consuming position. */
  readonly #afterwards: (Int32Array | undefined)[] = []
  /** The last search that met each position. */
  #marks = new Float64Array(0)
  #mark = 0

  constructor(classesOf: ReadonlyMap<UnitSet, Uint8Array>) {
    this.#classesOf = classesOf
  }

  addRule(rule: number, token: PatternNode, before: PatternNode | undefined): void {
    const accept = this.#place()
    this.#accepts[accept] = rule
    if (before === undefined) {
      this.#starts.push(this.#enter(token, accept))
      return
    }
    const middle = this.#place()
    this.#ways[middle]!.push(this.#enter(before, accept))
    this.#tokenEnds[middle] = rule
    this.#starts.push(this.#enter(token, middle))
  }

  start(): Int32Array {
    return this.#closure(this.#starts)
  }

  step(places: Int32Array, unitClass: number): Int32Array {
    const from = places.filter((place) => this.#consumes[place]?.[unitClass] === 1)
    for (const place of from) this.#afterwards[place] ??= this.#closure(this.#ways[place]!)
    const mark = this.#nextMark()
    const marks = this.#marks
    const kept: number[] = []
    for (const place of from) {
      for (const reached of this.#afterwards[place]!) {
        if (marks[reached] === mark) continue
        marks[reached] = mark
        kept.push(reached)
      }
    }
    return Int32Array.from(kept).toSorted()
  }

  acceptedBy(places: Int32Array): number {
    let first = -1
    for (const place of places) {
      const rule = this.#accepts[place]!
      if (rule >= 0 && (first < 0 || rule < first)) first = rule
    }
    return first
  }

  tokensEndingIn(places: Int32Array): readonly number[] {
    const rules: number[] = []
    for (const place of places) if (this.#tokenEnds[place]! >= 0) rules.push(this.#tokenEnds[place]!)
    return rules
  }

  #place(): number {
    this.#consumes.push(undefined)
    this.#ways.push([])
    this.#accepts.push(-1)
    return this.#tokenEnds.push(-1) - 1
  }

  /** Creates the positions of a node that lead to `exit`. @returns its entry positions. */
  #enter(node: PatternNode, exit: number): number {
    switch (node.kind) {
      case 'units': {
        const place = this.#place()
        this.#consumes[place] = this.#classesOf.get(node.set)!
        this.#ways[place]!.push(exit)
        return place
      }
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.#enter(part, after), exit)
      case 'choice': {
        const place = this.#place()
        for (const part of node.parts) this.#ways[place]!.push(this.#enter(part, exit))
        return place
      }
      case 'repeat': {
        let entry = exit
        if (node.most === Infinity) {
          const loop = this.#place()
          this.#ways[loop]!.push(exit, this.#enter(node.part, loop))
          entry = loop
        } else
          for (let count = node.least; count < node.most; count++) {
            const optional = this.#place()
            this.#ways[optional]!.push(exit, this.#enter(node.part, entry))
            entry = optional
          }
        for (let count = 0; count < node.least; count++) entry = this.#enter(node.part, entry)
        return entry
      }
    }
  }

  /** Positions reachable without a unit that consume, end or accept. */
  #closure(from: readonly number[]): Int32Array {
    const mark = this.#nextMark()
    const marks = this.#marks
    const waiting = [...from]
    const kept: number[] = []
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      if (marks[place] === mark) continue
      marks[place] = mark
      const consumes = this.#consumes[place] !== undefined
      if (consumes || this.#accepts[place]! >= 0 || this.#tokenEnds[place]! >= 0) kept.push(place)
      if (!consumes) for (const way of this.#ways[place]!) waiting.push(way)
    }
    return Int32Array.from(kept).toSorted()
  }

  #nextMark(): number {
    if (this.#marks.length < this.#ways.length) this.#marks = new Float64Array(this.#ways.length)
    return ++this.#mark
  }
}

/** Units that belong to the same sets are one class. */
function partition(nodes: readonly (PatternNode | undefined)[]): {
  classOf: Uint16Array
  classes: number
  classesOf: Map<UnitSet, Uint8Array>
} {
  const sets = new Set<UnitSet>()
  const collect = (node: PatternNode | undefined): void => {
    if (node === undefined) return
    if (node.kind === 'units') sets.add(node.set)
    else if (node.kind === 'repeat') collect(node.part)
    else node.parts.forEach(collect)
  }
  nodes.forEach(collect)

  // Spans of units without an edge of any set inside.
  const edges = new Set([0, UNITS])
  for (const set of sets)
    for (const [first, last] of set) {
      edges.add(first)
      edges.add(last + 1)
    }
  const starts = Uint32Array.from(edges).toSorted()
  const spans = starts.length - 1
  const spanAt = new Map<number, number>()
  for (let span = 0; span <= spans; span++) spanAt.set(starts[span]!, span)
  /** First and last span of each set, repeated; the last ones exclusive. */
  const spansOf = new Map<UnitSet, number[]>()
  for (const set of sets) {
    const own: number[] = []
    for (const [first, last] of set) own.push(spanAt.get(first)!, spanAt.get(last + 1)!)
    spansOf.set(set, own)
  }

  const classOfSpan = new Uint32Array(spans)
  let classes = 1
  for (const own of spansOf.values()) {
    const parted = new Map<number, number>()
    for (let range = 0; range < own.length; range += 2)
      for (let span = own[range]!; span < own[range + 1]!; span++) {
        const old = classOfSpan[span]!
        let part = parted.get(old)
        if (part === undefined) parted.set(old, (part = classes++))
        classOfSpan[span] = part
      }
  }
  const numbers = new Map([...new Set(classOfSpan)].map((old, index) => [old, index]))
  const classOf = new Uint16Array(UNITS)
  for (let span = 0; span < spans; span++) {
    classOfSpan[span] = numbers.get(classOfSpan[span]!)!
    classOf.fill(classOfSpan[span]!, starts[span], starts[span + 1])
  }
  const classesOf = new Map<UnitSet, Uint8Array>()
  for (const [set, own] of spansOf) {
    const member = new Uint8Array(numbers.size)
    for (let range = 0; range < own.length; range += 2)
      for (let span = own[range]!; span < own[range + 1]!; span++) member[classOfSpan[span]!] = 1
    classesOf.set(set, member)
  }
  return { classOf, classes: numbers.size, classesOf }
}

/** Common length of all matches of a node, or -1 if they differ. */
function lengthOf(node: PatternNode): number {
  switch (node.kind) {
    case 'units':
      return 1
    case 'sequence':
      return node.parts.map(lengthOf).reduce((sum, length) => (sum < 0 || length < 0 ? -1 : sum + length), 0)
    case 'choice': {
      const lengths = new Set(node.parts.map(lengthOf))
      return lengths.size === 1 ? [...lengths][0]! : -1
    }
    case 'repeat': {
      const length = lengthOf(node.part)
      return node.least === node.most && length >= 0 ? node.least * length : -1
    }
  }
}
