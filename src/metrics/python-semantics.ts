/**
 * The few rules of Python that official scorers lean on and ECMAScript does otherwise.
 * @module
 */

/** `str.isspace` characters: unlike `\s`, with U+001C–U+001F and U+0085, without U+FEFF. */
const WHITESPACE = '\\t-\\r\\u001C-\\u0020\\u0085\\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000'
const RUNS = new RegExp(`[${WHITESPACE}]+`, 'u')
const EDGES = new RegExp(`^[${WHITESPACE}]+|[${WHITESPACE}]+$`, 'gu')

/** ASCII words between single spaces: what tokenisers give. */
const SINGLE_SPACED = /^[!-~]+(?: [!-~]+)*$/

/** `s.split()`: the words of `s`; none for blank text. */
export function splitWhitespace(text: string): string[] {
  if (SINGLE_SPACED.test(text)) return text.split(' ')
  const words = text.split(RUNS)
  if (words[0] === '') words.shift()
  if (words.at(-1) === '') words.pop()
  return words
}

const IS_WHITESPACE = new RegExp(`^[${WHITESPACE}]$`, 'u')

/** `str.isspace` of one UTF-16 code unit. */
export function isWhitespace(unit: number): boolean {
  return unit === 32 || ((unit < 33 || unit > 126) && IS_WHITESPACE.test(String.fromCharCode(unit)))
}

/** `s.strip()` */
export function strip(text: string): string {
  return text.replace(EDGES, '')
}

/** Python 2's `unicode.lower`: one code point for one code point, so no final sigma and no `i̇`. */
export function lowerCaseSimple(text: string): string {
  const lower = text.toLowerCase()
  if (!/[\u0130\u03A3]/.test(text)) return lower
  return Array.from(text, (character) => (character === '\u0130' ? 'i' : character.toLowerCase())).join('')
}

/**
 * Python 2's `round(x, digits)`: to the nearest decimal of the exact double, halves away from zero (3.125 → 3.13, 2.675 → 2.67).
 * @param digits - 0 to 20
 */
export function roundHalfAway(value: number, digits: number): number {
  const magnitude = Number(Math.abs(value).toFixed(digits))
  return value < 0 ? -magnitude : magnitude
}
