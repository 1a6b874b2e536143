/**
 * Java's `String.toLowerCase` where it differs from ECMAScript's: the other letters of a word decide whether
 * a capital sigma is final, and Java's word iterator delimits words across digits, marks, letters of any
 * alphabet, and single hyphens. Java 17 knows the letters of Unicode 13.
 * @module
 */

const SIGMA = '\u03A3'
/** Single-character words: kanji and kana in Java's word table. */
const IDEOGRAPHS = String.raw`[[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u30FC\u00AD]--[\u3007\u3021-\u3029\u3038-\u303B\u3095\u3096\u309F\u30FF\u31F0-\u31FF\u3400-\u4DBF\u9FA6-\u9FFF\uFA2E-\uFAD9\uFF66-\uFF9D]]`
const LETTER = String.raw`[[\p{L}\p{Mc}\p{Cf}]--${IDEOGRAPHS}]`
/** Characters that Java's word iterator keeps together, measured with a letter, the unit and a sigma. */
const IN_WORD = String.raw`[[\p{L}\p{M}\p{N}\p{Cf}]--${IDEOGRAPHS}]`
/** Keeps letters on both sides together. */
const BETWEEN = String.raw`(?<=${LETTER}\p{M}*)[\p{Pd}\p{Pc}"'.\u00AD\u2027](?=${LETTER})|(?<=\p{Nd})[.,](?=\p{Nd})`
const WORD = new RegExp(`(?:${IN_WORD}|${BETWEEN})+`, 'gv')
const CASED = /[\u0345\p{Lu}\p{Ll}\p{Lt}\u02B0-\u02B8\u02C0\u02C1\u02E0-\u02E4\u037A\u1D2C-\u1D61]/u

/**
 * Capitals that JavaScript lower-cases and Java 17 does not. Measured: every code point was given to both
 * (OpenJDK 17.0.15, V8 of Node 22).
 */
const YOUNGER = String.raw`\u1C89\u2C2F\uA7C0\uA7CB\uA7CC\uA7CE\uA7D0\uA7D2\uA7D4\uA7D6\uA7D8\uA7DA\uA7DC\u{10570}-\u{10595}\u{10D50}-\u{10D65}\u{16EA0}-\u{16EB8}`
const CASELESS_IN_13 = new RegExp(`[${YOUNGER}]`, 'u')
const OTHERS = new RegExp(`[^${YOUNGER}]+`, 'gu')

/** Java 17's `toLowerCase` of a text in English. */
export function javaLowerCase(text: string): string {
  if (!text.includes(SIGMA)) return withoutYounger(text)
  const decided = text.replace(WORD, (word) => {
    if (!word.includes(SIGMA)) return word
    const units = [...word]
    const last = units.findLastIndex((unit) => CASED.test(unit))
    const first = units.findIndex((unit) => CASED.test(unit))
    return units.map((unit, at) => (unit === SIGMA && at === last && at > first ? '\u03C2' : unit)).join('')
  })
  return withoutYounger(decided.replaceAll(SIGMA, '\u03C3'))
}

/** Lower case of everything but the letters younger than Unicode 13. The sigmas must be decided. */
function withoutYounger(text: string): string {
  if (!CASELESS_IN_13.test(text)) return text.toLowerCase()
  return text.replace(OTHERS, (part) => part.toLowerCase())
}
