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
  return ptbLines(captions).map((tokens) => tokens.filter((token) => !PUNCTUATION.has(token)).join(' '))
}

/**
 * The lexer's own lines: lower-case tokens joined by spaces, punctuation kept.
 * @param shortcuts - read the commonest words without the table; the tokens are the same.
 */
export function ptbTokenize(lines: readonly string[], { shortcuts = true } = {}): string[] {
  return ptbLines(lines, shortcuts).map((tokens) => tokens.join(' '))
}

function ptbLines(captions: readonly string[], shortcuts = true): string[][] {
  const text = captions
    .map((caption) => caption.replace(LINE_BREAK, ' '))
    .join('\n')
    .replace(ASTRAL, PRIVATE_USE)
  const lines: string[][] = []
  let line: string[] = []
  let at = 0
  while (at < text.length) {
    if (text.charCodeAt(at) === NEWLINE) {
      lines.push(line)
      line = []
      at++
    } else at = (shortcuts ? readPlainWord(text, at, line) : null) ?? readToken(text, at, line)
  }
  if (captions.length > 0) lines.push(line)
  return lines
}

const NEWLINE = 10
const SPACE = 32
const COMMA = 44
const PERIOD = 46

/**
 * Reads the commonest case without the table: ASCII letters before a blank, a comma and a space, or a period that ends the line.
 * @returns where it stopped, or null if this is not that case.
 */
function readPlainWord(text: string, from: number, line: string[]): number | null {
  let at = from
  while (isAsciiLetter(text.charCodeAt(at))) at++
  if (at === from) return text.charCodeAt(from) === SPACE ? from + 1 : null
  const after = text.charCodeAt(at)
  const beyond = text.charCodeAt(at + 1)
  const word = text.slice(from, at)
  if (after === SPACE || after === NEWLINE) {
    if (!isPlainWord(word)) return null
    line.push(word.toLowerCase())
    return at
  }
  const endsLine = Number.isNaN(beyond) || beyond === NEWLINE
  if ((after === COMMA && beyond === SPACE) || (after === PERIOD && endsLine && !isAbbreviation(word))) {
    if (!isPlainWord(word)) return null
    line.push(word.toLowerCase(), text[at]!)
    return at + 1
  }
  return null
}

/** Reads one token by the table, or drops one character that no rule knows. Returns where it stopped. */
function readToken(text: string, from: number, line: string[]): number {
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
  if (chosen.normalize !== null) line.push(chosen.normalize(chosen.doubled ? token : token.slice(0, end)).toLowerCase())
  return from + end
}

function isAsciiLetter(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90)
}
