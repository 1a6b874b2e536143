/**
 * Unicode's White_Space, equal to Rust's `char::is_whitespace` and Oniguruma's `\s`. JavaScript's `\s` has
 * U+FEFF instead of U+0085.
 * @module
 */

/** First and last code point of each run. */
export const WHITE_SPACE_RANGES: readonly (readonly [number, number])[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
]

const whiteSpace = new Set<number>()
for (const [first, last] of WHITE_SPACE_RANGES) for (let code = first; code <= last; code++) whiteSpace.add(code)

export function isWhiteSpace(codePoint: number): boolean {
  return whiteSpace.has(codePoint)
}

/**
 * Index of the first UTF-16 code unit other than white space; the length if there is none. No white space
 * lies above U+FFFF.
 */
export function skipWhiteSpace(text: string, from = 0): number {
  while (from < text.length && whiteSpace.has(text.charCodeAt(from))) from++
  return from
}

/** Index after the last code unit before `to` other than white space. */
export function skipWhiteSpaceBack(text: string, to = text.length): number {
  while (to > 0 && whiteSpace.has(text.charCodeAt(to - 1))) to--
  return to
}
