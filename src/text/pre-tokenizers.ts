/**
 * Splits a normalized text into the parts for the model: the `pre_tokenizer` of `tokenizer.json`.
 * @module
 */
import { splitBertWords } from './bert-words.ts'
import { byteCharacters, GPT2_PATTERN } from './byte-level.ts'
import { patternOf } from './normalizers.ts'
import { literalRegex, referenceRegex } from './reference-regex.ts'
import { splitAt } from './splitting.ts'
import type { PreTokenizerJson } from './tokenizer-json.ts'

/**
 * @param text not empty
 * @param first whether the part is at the beginning of the whole text
 * @returns parts, none empty
 */
export type PreTokenizer = (text: string, first: boolean) => string[]

/** @throws {Error} naming an unsupported part. */
export function createPreTokenizer(json: PreTokenizerJson | null): PreTokenizer {
  if (!json) return (text) => [text]
  switch (json.type) {
    case 'Sequence': {
      const steps = json.pretokenizers.map(createPreTokenizer)
      return (text, first) => steps.reduce<string[]>((parts, step) => parts.flatMap((part) => step(part, first)), [text])
    }
    case 'BertPreTokenizer':
      return splitBertWords
    case 'WhitespaceSplit': {
      const space = referenceRegex('\\s+')
      return (text) => splitAt(text, space, 'Removed', false)
    }
    case 'Split': {
      const pattern = patternOf(json.pattern)
      return (text) => splitAt(text, pattern, json.behavior, json.invert)
    }
    case 'ByteLevel': {
      const words = json.use_regex ? referenceRegex(GPT2_PATTERN) : undefined
      return (text) => {
        const whole = json.add_prefix_space && !text.startsWith(' ') ? ` ${text}` : text
        return (words ? splitAt(whole, words, 'Isolated', false) : [whole]).map(byteCharacters)
      }
    }
    case 'Metaspace': {
      const mark = json.replacement
      const marks = literalRegex(mark)
      return (text, first) => {
        let whole = text.replaceAll(' ', mark)
        const prepended = json.prepend_scheme === 'always' || (json.prepend_scheme === 'first' && first)
        if (prepended && !whole.startsWith(mark)) whole = mark + whole
        return json.split ? splitAt(whole, marks, 'MergedWithNext', false) : [whole]
      }
    }
  }
}
