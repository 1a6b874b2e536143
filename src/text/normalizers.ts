/**
 * Normalization of a text before it is split: the `normalizer` of `tokenizer.json`.
 * @module
 */
import { normalizeBert } from './bert-words.ts'
import { lowerCase } from './lower-case.ts'
import { normalForm } from './normal-form.ts'
import { createPrecompiled } from './precompiled-charsmap.ts'
import { literalRegex, referenceRegex } from './reference-regex.ts'
import type { NormalizerJson, PatternJson } from './tokenizer-json.ts'
import { skipWhiteSpace, skipWhiteSpaceBack } from './white-space.ts'

export type Normalizer = (text: string) => string

/** @throws {Error} naming an unsupported part. */
export function createNormalizer(json: NormalizerJson | null): Normalizer {
  if (!json) return (text) => text
  switch (json.type) {
    case 'Sequence': {
      const steps = json.normalizers.map(createNormalizer)
      return (text) => steps.reduce((result, step) => step(result), text)
    }
    case 'BertNormalizer':
      return (text) => normalizeBert(text, json)
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return (text) => normalForm(text, json.type)
    case 'Lowercase':
      return lowerCase
    case 'Strip':
      return (text) => {
        const start = json.strip_left ? skipWhiteSpace(text) : 0
        const end = json.strip_right ? skipWhiteSpaceBack(text) : text.length
        return text.slice(start, Math.max(start, end))
      }
    case 'Prepend':
      return (text) => (text === '' ? '' : json.prepend + text)
    case 'Replace': {
      const pattern = patternOf(json.pattern)
      return (text) => text.replace(pattern, () => json.content)
    }
    case 'Precompiled':
      return json.precompiled_charsmap ? createPrecompiled(json.precompiled_charsmap) : (text) => text
  }
}

export function patternOf(pattern: PatternJson): RegExp {
  return 'String' in pattern ? literalRegex(pattern.String) : referenceRegex(pattern.Regex)
}
