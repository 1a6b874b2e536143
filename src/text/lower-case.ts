/**
 * Lower case as in Rust's `char::to_lowercase`.
 * @module
 */

/** Character by character, without context: a final Σ becomes σ; İ becomes i and U+0307. */
export function lowerCase(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  let result = ''
  for (const character of text) result += character.toLowerCase()
  return result
}

export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false
  return true
}
