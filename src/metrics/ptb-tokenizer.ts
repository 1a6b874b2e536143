/**
 * The tokenizer of all COCO caption metrics: `PTBTokenizer -preserveLines -lowerCase` of Stanford CoreNLP
 * 3.4.1, and the punctuation filter of tylin/coco-caption @3a9afb2 `ptbtokenizer.py`.
 * @module
 */
import { javaLowerCase } from './java-lower-case.ts'
import { isAbbreviation, isPlainWord, type Lexer, ptbLexer } from './ptb-rules.ts'
import { isWhitespace } from './python-semantics.ts'

/**
 * The filter's list in its original spelling. Tokens are lower case by then, so `-LRB-` never matches, and
 * brackets survive as `-lrb-`.
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
/**
 * Tokenizes captions as one text, one caption per line, like the official code: a final abbreviation can
 * depend on the beginning of the next caption (`piece of art.` keeps `art.` before a digit).
 *
 * Line breaks inside a caption become spaces. (Officially only `\n` does; others shift all later captions by
 * a line.)
 * @returns per caption, its lower-case tokens without punctuation, joined by spaces. A token may contain
 *   U+00A0 (`23 3/4`).
 */
export function tokenizeCaptions(captions: readonly string[]): string[] {
  return ptbLines(captions, PUNCTUATION)
}

/**
 * The lexer's own lines: lower-case tokens joined by spaces, with punctuation.
 * @param options.shortcuts - reads the commonest words without the table; the tokens are the same.
 * @param options.lexer - for tests: another table.
 */
export function ptbTokenize(
  lines: readonly string[],
  { shortcuts = true, lexer = ptbLexer() }: { readonly shortcuts?: boolean; readonly lexer?: Lexer } = {},
): string[] {
  return ptbLines(lines, new Set(), lexer, shortcuts)
}

function ptbLines(
  captions: readonly string[],
  dropped: ReadonlySet<string>,
  { rules, automaton }: Lexer = ptbLexer(),
  shortcuts = true,
): string[] {
  const text = captions.map((caption) => caption.replace(LINE_BREAK, ' ')).join('\n')
  const lines = new TokenLines(dropped)
  automaton.startText()
  let at = 0
  while (at < text.length) {
    const unit = text.charCodeAt(at)
    if (unit === NEWLINE) {
      lines.end()
      at++
    } else if (shortcuts && unit === SPACE && isAscii(text.charCodeAt(at + 1))) at++
    else {
      const end = shortcuts ? endOfPlainWords(text, at) : at
      if (end > at) {
        lines.push(text.slice(at, end).toLowerCase())
        at = end
        if (isMark(text.charCodeAt(at))) lines.push(text[at++]!)
      } else if (automaton.matchAt(text, at)) {
        const { normalize, giveBack, doubled } = rules[automaton.rule]!
        const { tokenEnd } = automaton
        if (normalize !== null) lines.push(javaLowerCase(normalize(text.slice(at, doubled ? tokenEnd : tokenEnd - giveBack))))
        at = tokenEnd - giveBack
        // A unit that matches no rule is dropped.
      } else at++
    }
  }
  if (captions.length > 0) lines.end()
  return lines.ended
}

/** Distributes tokens to lines. */
class TokenLines {
  readonly ended: string[] = []
  readonly #dropped: ReadonlySet<string>
  #line = ''
  /** Whether the line's last token was kept. */
  #isLastKept = false

  constructor(dropped: ReadonlySet<string>) {
    this.#dropped = dropped
  }

  /**
   * A quoted markup attribute may span captions: the token keeps its line ends, and each caption its part of
   * it.
   */
  push(token: string): void {
    if (!token.includes('\n')) return this.#pushPart(token)
    token.split('\n').forEach((part, index) => {
      if (index > 0) this.end()
      if (part !== '') this.#pushPart(part)
    })
  }

  end(): void {
    // The filter reads lines after Python's rstrip, and a token may end with white space, e.g. `a@b` and
    // U+3000.
    if (this.#dropped.size > 0 && this.#isLastKept) this.#stripEnd()
    this.ended.push(this.#line)
    this.#line = ''
    this.#isLastKept = false
  }

  #stripEnd(): void {
    const line = this.#line
    let end = line.length
    while (end > 0 && isWhitespace(line.charCodeAt(end - 1))) end--
    if (end === line.length) return
    const last = line.lastIndexOf(' ', end - 1) + 1
    this.#line = line.slice(0, this.#dropped.has(line.slice(last, end)) ? Math.max(0, last - 1) : end)
  }

  #pushPart(token: string): void {
    this.#isLastKept = !this.#dropped.has(token)
    if (this.#isLastKept) this.#line = this.#line === '' ? token : `${this.#line} ${token}`
  }
}

const NEWLINE = 10
const SPACE = 32
const COMMA = 44
const PERIOD = 46

/**
 * End of the commonest case, which needs no table: words of ASCII letters with single spaces, each before a
 * blank, the last one possibly before a comma and a space, or before a period that ends the line except for
 * spaces.
 * @returns `from` in any other case.
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

/**
 * Whether a unit is a visible character, a space or a line's end. Other white space is one token with the
 * spaces before it.
 */
function isAscii(unit: number): boolean {
  return (unit >= SPACE && unit < 127) || unit === NEWLINE
}

function isAsciiLetter(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90)
}
