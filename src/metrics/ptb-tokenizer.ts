/**
 * The tokenizer under all COCO caption metrics: `PTBTokenizer -preserveLines -lowerCase` of Stanford CoreNLP 3.4.1, and the
 * punctuation filter of tylin/coco-caption @3a9afb2 `ptbtokenizer.py`.
 * @module
 */
import { isAbbreviation, isPlainWord, TOKEN_RULES } from './ptb-rules.ts'

/**
 * What the filter drops, as it is written there. Tokens are lower case by then, so `-LRB-` and its like never match and brackets
 * survive as `-lrb-`.
 */
const PUNCTUATION = new Set([
  "''",
  "'",
  '``',
  '`',
  '-LRB-',
  '-RRB-',
  '-LCB-',
  '-RCB-',
  '.',
  '?',
  '!',
  ',',
  ':',
  '-',
  '--',
  '...',
  ';',
])

// oxlint-disable-next-line eslint/no-control-regex -- vertical tab and form feed are line breaks of the lexer
const LINE_BREAK = /\r\n|[\r\n\u2028\u2029\u000B\u000C]/g
/** Beyond the basic plane the lexer knows no token: both halves are dropped, and part what stands around them. */
const ASTRAL = /[\u{10000}-\u{10FFFF}]/gu
const PRIVATE_USE = '\uE000'

/**
 * Tokenises captions as one text, a caption a line, as the official code does: a final abbreviation can depend on how the next
 * caption begins (`piece of art.` keeps `art.` before a digit).
 *
 * Line breaks inside a caption become spaces. (Officially only `\n` does; another kind shifts all later captions by a line.)
 * @returns for each caption its lower-case tokens without punctuation, joined by spaces. A token may hold U+00A0 (`23 3/4`).
 */
export function tokenizeCaptions(captions: readonly string[]): string[] {
  return ptbLines(captions, PUNCTUATION)
}

/**
 * The lexer's own lines: lower-case tokens joined by spaces, punctuation kept.
 * @param shortcuts - read the commonest words without the table; the tokens are the same.
 */
export function ptbTokenize(lines: readonly string[], { shortcuts = true } = {}): string[] {
  return ptbLines(lines, new Set(), shortcuts)
}

function ptbLines(captions: readonly string[], dropped: ReadonlySet<string>, shortcuts = true): string[] {
  const text = captions
    .map((caption) => caption.replace(LINE_BREAK, ' '))
    .join('\n')
    .replace(ASTRAL, PRIVATE_USE)
  const lines: string[] = []
  let line = ''
  const push = (token: string) => {
    if (!dropped.has(token)) line = line === '' ? token : `${line} ${token}`
  }
  let at = 0
  while (at < text.length) {
    const unit = text.charCodeAt(at)
    if (unit === NEWLINE) {
      lines.push(line)
      line = ''
      at++
    } else if (shortcuts && unit === SPACE) at++
    else {
      const end = shortcuts ? endOfPlainWords(text, at) : at
      if (end > at) {
        push(text.slice(at, end).toLowerCase())
        at = end
        if (isMark(text.charCodeAt(at))) push(text[at++]!)
      } else at = readToken(text, at, push)
    }
  }
  if (captions.length > 0) lines.push(line)
  return lines
}

const NEWLINE = 10
const SPACE = 32
const COMMA = 44
const PERIOD = 46

/**
 * Where the commonest case ends, which needs no table: words of ASCII letters with a space between, each before a blank, or the last
 * before a comma and a space, or before a period that ends the line but for spaces.
 * @returns `from` if this is not that case.
 */
function endOfPlainWords(text: string, from: number): number {
  let end = from
  for (;;) {
    let at = end === from ? from : end + 1
    const start = at
    while (isAsciiLetter(text.charCodeAt(at))) at++
    if (at === start || !isPlainWord(text, start, at)) return end
    const after = text.charCodeAt(at)
    if (after === SPACE) end = at
    else if (after === NEWLINE) return at
    else {
      if (after === COMMA && text.charCodeAt(at + 1) === SPACE) return at
      return after === PERIOD && endsLine(text, at + 1) && !isAbbreviation(text.slice(start, at)) ? at : end
    }
  }
}

function endsLine(text: string, from: number): boolean {
  let at = from
  while (text.charCodeAt(at) === SPACE) at++
  return at === text.length || text.charCodeAt(at) === NEWLINE
}

function isMark(unit: number): boolean {
  return unit === COMMA || unit === PERIOD
}

/** Reads one token by the table, or drops one character that no rule knows. Returns where it stopped. */
function readToken(text: string, from: number, push: (token: string) => void): number {
  let longest = 0
  let token = ''
  let chosen = TOKEN_RULES[0]!
  for (const rule of TOKEN_RULES) {
    rule.pattern.lastIndex = from
    const match = rule.pattern.exec(text)
    if (match !== null && match[0].length > longest) {
      longest = match[0].length
      token = match[1]!
      chosen = rule
    }
  }
  if (longest === 0) return from + 1
  const end = token.length - chosen.giveBack
  if (chosen.normalize !== null) push(chosen.normalize(chosen.doubled ? token : token.slice(0, end)).toLowerCase())
  return from + end
}

function isAsciiLetter(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90)
}
