/**
 * Unicode normal forms as the reference's tables have them, whatever the engine's Unicode version.
 *
 * What came into Unicode after those tables is opaque to the reference: it neither decomposes, composes nor changes places with
 * a mark. Cutting the text there has the same effect.
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
  let pending = ''
  for (const character of text) {
    if (opaque.has(character.codePointAt(0)!)) {
      result += pending.normalize(form) + character
      pending = ''
    } else pending += character
  }
  return result + pending.normalize(form)
}
