/**
 * The regular expressions of `tokenizer.json`, which the reference runs with Oniguruma, as JavaScript's.
 *
 * The contents of `\s`, `\p{L}` and `\p{N}` differ (the latter two by Unicode version), so they become
 * explicit ranges of Oniguruma's. Constructs that may differ in meaning are refused by name.
 * @module
 */
import { codePointRanges } from './code-point-set.ts'
import { LETTER, NUMBER } from './reference-unicode.ts'
import { WHITE_SPACE_RANGES } from './white-space.ts'

type Ranges = readonly (readonly [number, number])[]

const LAST_CODE_POINT = 0x10ffff
const CONTROL_ESCAPES: Readonly<Record<string, number>> = { t: 0x09, n: 0x0a, v: 0x0b, f: 0x0c, r: 0x0d }
/** Groups with the same meaning in both. */
const GROUP = /^\((?:\?(?:[:=!]|<[=!]))?/u
const BOUNDED_QUANTIFIER = /^\{\d+(?:,\d*)?\}/u
const NAMED_CLASS = /^\\(?:([sS])|([pP])\{(\^?)(L|N|Letter|Number)\})/u

/**
 * @param pattern in Oniguruma's syntax
 * @returns a global RegExp that matches the same substrings
 * @throws {Error} naming the part of the pattern that is not translated
 */
export function referenceRegex(pattern: string): RegExp {
  const characters = [...pattern]
  let source = ''
  let at = 0

  const rest = (): string => characters.slice(at).join('')
  const refuse = (what: string): never => {
    throw new Error(`tokenizer: the regular expression ${JSON.stringify(pattern)} has ${what}, which is not supported`)
  }
  const take = (text: string): string => {
    at += [...text].length
    return text
  }

  /** After a backslash that begins no class: one code point. */
  function escapedLiteral(): number {
    const escaped = characters[at + 1]
    if (escaped === undefined) return refuse('a lone backslash')
    const control = CONTROL_ESCAPES[escaped]
    if (control === undefined && /[\p{L}\p{N}]/u.test(escaped)) return refuse(`\\${escaped}`)
    at += 2
    return control ?? escaped.codePointAt(0)!
  }

  function bracketLiteral(): number {
    if (characters[at] === '\\') return escapedLiteral()
    return characters[at++]!.codePointAt(0)!
  }

  function bracket(): string {
    let body = '['
    at++
    if (characters[at] === '^') {
      body += '^'
      at++
    }
    const first = at
    while (characters[at] !== ']' || at === first) {
      if (at >= characters.length) refuse('an unclosed bracket')
      if (characters[at] === '[' || (characters[at] === '&' && characters[at + 1] === '&') || characters[at] === ']') {
        refuse('a set inside a bracket')
      }
      const named = NAMED_CLASS.exec(rest())
      if (named) {
        take(named[0])
        body += rangesSource(classOf(named))
        continue
      }
      const from = bracketLiteral()
      body += literal(from)
      if (characters[at] !== '-' || characters[at + 1] === ']') continue
      at++
      if (characters[at] === '[' || NAMED_CLASS.test(rest())) refuse('a range that ends in a set')
      body += `-${literal(bracketLiteral())}`
    }
    at++
    return `${body}]`
  }

  while (at < characters.length) {
    const character = characters[at]!
    if (character === '\\') {
      const named = NAMED_CLASS.exec(rest())
      if (named) {
        take(named[0])
        source += `[${rangesSource(classOf(named))}]`
      } else source += literal(escapedLiteral())
    } else if (character === '[') source += bracket()
    else if (character === '(') {
      const opening = GROUP.exec(rest())![0]
      if (opening === '(' && characters[at + 1] === '?') refuse(characters.slice(at, at + 4).join(''))
      source += take(opening)
    } else if (character === '{') {
      const quantifier = BOUNDED_QUANTIFIER.exec(rest())?.[0] ?? refuse('a brace that is not a quantifier')
      // In Ruby's syntax {n}? is "n times or not at all" and {n}+ repeats.
      source += take(quantifier)
      if (characters[at] === '?' || characters[at] === '+') refuse(`${quantifier}${characters[at]}`)
    } else if ('*+?'.includes(character)) {
      source += character
      at++
      if (characters[at] === '+') refuse('a possessive quantifier')
    } else if ('.^$'.includes(character)) refuse(`a bare ${character}`)
    else if ('|)'.includes(character)) {
      source += character
      at++
    } else {
      source += literal(character.codePointAt(0)!)
      at++
    }
  }
  try {
    return new RegExp(source, 'gu')
  } catch {
    return refuse('a syntax error')
  }
}

/** Matches exactly this text. */
export function literalRegex(text: string): RegExp {
  return new RegExp(Array.from(text, (character) => literal(character.codePointAt(0)!)).join(''), 'gu')
}

function classOf([, space, property, caret, name]: RegExpExecArray): Ranges {
  if (space) return space === 's' ? WHITE_SPACE_RANGES : complement(WHITE_SPACE_RANGES)
  const ranges = codePointRanges(name!.startsWith('L') ? LETTER : NUMBER)
  return (property === 'P') === (caret === '^') ? ranges : complement(ranges)
}

function complement(ranges: Ranges): [number, number][] {
  const outside: [number, number][] = []
  let next = 0
  for (const [first, last] of ranges) {
    if (first > next) outside.push([next, first - 1])
    next = last + 1
  }
  if (next <= LAST_CODE_POINT) outside.push([next, LAST_CODE_POINT])
  return outside
}

function rangesSource(ranges: Ranges): string {
  return ranges.map(([first, last]) => (first === last ? literal(first) : `${literal(first)}-${literal(last)}`)).join('')
}

function literal(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`
}
