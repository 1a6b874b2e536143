/**
 * Splits a text into the words for WordPiece: `BertNormalizer` and `BertPreTokenizer` of Hugging Face's
 * `tokenizers`.
 *
 * `@huggingface/tokenizers` 0.2.0 differs from the Rust library on 53,697 code points: it separates no
 * ideograph above U+FFFF, lower-cases a final sigma by context, and takes categories from the engine. This
 * module agrees on every code point (`test/reference/code-points.test.ts`).
 * @module
 */
import { CONTROL, IDEOGRAPH, NONSPACING_MARK, PUNCTUATION, UNDECOMPOSED } from './bert-unicode.ts'
import { codePointSet } from './code-point-set.ts'
import { isAscii, lowerCase } from './lower-case.ts'
import { isWhiteSpace } from './white-space.ts'

export interface BertNormalizerOptions {
  readonly clean_text: boolean
  readonly handle_chinese_chars: boolean
  /** null: like `lowercase`. */
  readonly strip_accents: boolean | null
  readonly lowercase: boolean
}

const control = codePointSet(CONTROL)
const mark = codePointSet(NONSPACING_MARK)
const ideograph = codePointSet(IDEOGRAPH)
const punctuation = codePointSet(PUNCTUATION)
const undecomposed = codePointSet(UNDECOMPOSED)

/**
 * Applies the enabled steps in the reference's order: clean, separate ideographs, strip accents, lower-case.
 */
export function normalizeBert(text: string, options: BertNormalizerOptions): string {
  let result = ''
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (options.clean_text && control.has(code)) continue
    if (options.clean_text && isWhiteSpace(code)) result += ' '
    else if (options.handle_chinese_chars && ideograph.has(code)) result += ` ${character} `
    else result += character
  }
  if (options.strip_accents ?? options.lowercase) result = stripAccents(result)
  return options.lowercase ? lowerCase(result) : result
}

/** Words between white space; every punctuation character is a word of its own. */
export function splitBertWords(text: string): string[] {
  const words: string[] = []
  let word = ''
  const flush = (): void => {
    if (word) words.push(word)
    word = ''
  }
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (isWhiteSpace(code)) flush()
    else if (punctuation.has(code)) {
      flush()
      words.push(character)
    } else word += character
  }
  flush()
  return words
}

function stripAccents(text: string): string {
  if (isAscii(text)) return text
  let result = ''
  let pending = ''
  const decompose = (): void => {
    for (const character of pending.normalize('NFD')) if (!mark.has(character.codePointAt(0)!)) result += character
    pending = ''
  }
  for (const character of text) {
    if (undecomposed.has(character.codePointAt(0)!)) {
      decompose()
      result += character
    } else pending += character
  }
  decompose()
  return result
}
