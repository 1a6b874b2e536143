/**
 * GPT-2's alphabet of bytes: each byte is one printable character, so that a vocabulary of strings covers all
 * bytes.
 * @module
 */
import { utf8 } from './utf8.ts'

/** GPT-2's pattern for words in Oniguruma's syntax; the reference has it built in. */
export const GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

/** Printable Latin-1 characters represent themselves; the other bytes, in order, become U+0100 and on. */
const CHARACTERS: readonly string[] = (() => {
  let next = 0x100
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
    return String.fromCharCode(printable ? byte : next++)
  })
})()

/** The UTF-8 bytes of a text, one character per byte. */
export function byteCharacters(text: string): string {
  let result = ''
  for (const byte of utf8(text)) result += CHARACTERS[byte]!
  return result
}
