/**
 * Rules of Python on which official scorers depend and which ECMAScript lacks.
 * @module
 */

/** Python 3's `str.isspace` characters: unlike `\s`, with U+001C–U+001F and U+0085, without U+FEFF. */
const WHITESPACE = '\\t-\\r\\u001C-\\u0020\\u0085\\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000'
const RUNS = new RegExp(`[${WHITESPACE}]+`, 'u')
/** Python 2.7 has Unicode 5.2, where the Mongolian vowel separator is a space. */
const WHITESPACE_2 = `${WHITESPACE}\\u180E`
const RUNS_2 = new RegExp(`[${WHITESPACE_2}]+`, 'u')
const SPACE_2 = new RegExp(`[${WHITESPACE_2}]`, 'u')

/** ASCII words between single spaces: the output of tokenizers. */
const SINGLE_SPACED = /^[!-~]+(?: [!-~]+)*$/

/** Python 3's `s.split()`: the words of `s`; none for a blank text. */
export function splitWhitespace(text: string): string[] {
  return splitAt(text, RUNS)
}

/** Python 2's `u.split()`. */
export function splitWhitespacePython2(text: string): string[] {
  return splitAt(text, RUNS_2)
}

function splitAt(text: string, runs: RegExp): string[] {
  if (SINGLE_SPACED.test(text)) return text.split(' ')
  const words = text.split(runs)
  if (words[0] === '') words.shift()
  if (words.at(-1) === '') words.pop()
  return words
}

const IS_WHITESPACE = new RegExp(`^[${WHITESPACE}]$`, 'u')

/** `str.isspace` of one UTF-16 code unit. */
export function isWhitespace(unit: number): boolean {
  return unit === 32 || ((unit < 33 || unit > 126) && IS_WHITESPACE.test(String.fromCharCode(unit)))
}

/** Python 2's `u.strip()` */
export function stripPython2(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && SPACE_2.test(text[start]!)) start++
  while (end > start && SPACE_2.test(text[end - 1]!)) end--
  return text.slice(start, end)
}

/**
 * Letters that have a lower case today and had none in Unicode 5.2. Measured: every code point was given to
 * Python 2.7.18's `lower`. Beyond the BMP only Deseret had one.
 */
const CASELESS_IN_5_2 =
  /[\u037F\u0526-\u052F\u10C7\u10CD\u13A0-\u13F5\u1C89-\u1CBF\u2C2F\u2CF2\uA660\uA698-\uA69B\uA78D-\uA7FF\u{10000}-\u{103FF}\u{10428}-\u{10FFFF}]/u

/**
 * Python 2.7's `unicode.lower`: Unicode 5.2, one code point to one code point, so neither final sigma nor
 * `i̇`.
 */
export function lowerCasePython2(text: string): string {
  const lower = text.toLowerCase()
  if (!/[\u0130\u03A3]/.test(text) && !CASELESS_IN_5_2.test(text)) return lower
  return Array.from(text, (character) => {
    if (CASELESS_IN_5_2.test(character)) return character
    return character === '\u0130' ? 'i' : character.toLowerCase()
  }).join('')
}

/**
 * Python 2's `round(x, digits)`: to the nearest decimal of the exact double, halves away from zero (3.125 →
 * 3.13, 2.675 → 2.67).
 * @param digits - 0 to 20
 */
export function roundHalfAway(value: number, digits: number): number {
  const magnitude = Number(Math.abs(value).toFixed(digits))
  return value < 0 ? -magnitude : magnitude
}
