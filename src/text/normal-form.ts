/**
 * Unicode normal forms of the reference's tables, independent of the engine's Unicode version.
 *
 * Characters younger than those tables are opaque to the reference: it neither decomposes, composes nor
 * reorders them. Splitting the text there has the same effect.
 * @module
 */
import { codePointSet } from './code-point-set.ts'
import { isAscii } from './lower-case.ts'
import { OPAQUE_TO_NORMALIZATION } from './reference-unicode.ts'

export type NormalForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD'

const opaque = codePointSet(OPAQUE_TO_NORMALIZATION)

export function normalForm(text: string, form: NormalForm): string {
  if (isAscii(text)) return text
  let result = ''
  let start = 0
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at)!
    const next = at + (code > 0xffff ? 2 : 1)
    if (opaque.has(code)) {
      result += text.slice(start, at).normalize(form) + text.slice(at, next)
      start = next
    }
    at = next
  }
  return result + text.slice(start).normalize(form)
}
