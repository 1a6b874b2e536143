/**
 * Extended grapheme clusters (UAX #29) as far as SentencePiece's normalizer can tell them apart: those of at most five UTF-8 bytes.
 *
 * Longer ones (Hangul syllables of jamo, flags, emoji sequences, Indic conjuncts) it takes character by character, so where they
 * are cut makes no difference. Classes are the reference's, not the engine's.
 * @module
 */
import { codePointSet } from './code-point-set.ts'
import { CLUSTER_CONTROL, CLUSTER_EXTEND, CLUSTER_PREPEND } from './reference-unicode.ts'

const control = codePointSet(CLUSTER_CONTROL)
const extend = codePointSet(CLUSTER_EXTEND)
const prepend = codePointSet(CLUSTER_PREPEND)

const CARRIAGE_RETURN = 0x0d
const LINE_FEED = 0x0a
const ZERO_WIDTH_JOINER = 0x200d

/** Cuts a text between any two characters that no short cluster holds together. */
export function* shortClusters(text: string): Generator<string> {
  let start = 0
  let before = -1
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at)!
    if (at > start && !joins(before, code)) {
      yield text.slice(start, at)
      start = at
    }
    before = code
    at += code > 0xffff ? 2 : 1
  }
  if (start < text.length) yield text.slice(start)
}

function joins(before: number, code: number): boolean {
  if (before < 0x80 && code < 0x80) return before === CARRIAGE_RETURN && code === LINE_FEED
  if (control.has(before) || control.has(code)) return false
  if (extend.has(code) || prepend.has(before)) return true
  // © or ® , the only pictographs of two bytes, joined to another pictograph: a long cluster, which must not look short.
  return before === ZERO_WIDTH_JOINER && /^\p{Extended_Pictographic}/u.test(String.fromCodePoint(code))
}
