/**
 * Text to token ids, by a model's own `tokenizer.json`, equal to Hugging Face's `tokenizers` id for id.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import { normalizeBert, splitBertWords } from './bert-words.ts'
import { surroundings, tokenizerJson } from './tokenizer-json.ts'
import { createWordPiece } from './wordpiece.ts'

/** UTF-16 code units. A caption is a sentence; this bounds time (tens of ms) whatever the model then truncates to. */
export const MAX_TEXT_LENGTH = 32_768

export interface Encoding {
  /** Ids to feed, specials included; at most `maxLength`. */
  readonly ids: readonly number[]
  /** `ids.length`. */
  readonly tokens: number
  readonly truncated: boolean
  /** Tokens of the text that were left out; 0 unless truncated. */
  readonly droppedTokens: number
}

export interface Tokenizer {
  /**
   * An empty text gives the specials alone. A lone surrogate counts as U+FFFD, which BERT's cleaning removes.
   * @throws {Fault} `too_large` above {@link MAX_TEXT_LENGTH}.
   */
  encode(text: string): Encoding
}

/**
 * @param json a parsed `tokenizer.json`: `WordPiece` with `BertNormalizer` and `BertPreTokenizer`
 * @param options.maxLength tokens a model takes, specials included. Longer texts lose their end and keep the specials, as
 *   `enable_truncation(maxLength)` does.
 * @throws {Error} naming the member that is of another kind.
 */
export function createTokenizer(json: unknown, options: { readonly maxLength: number }): Tokenizer {
  const config = tokenizerJson.parse(json)
  const wordPiece = createWordPiece(config.model)
  const { before, after } = surroundings(config.post_processor)
  const room = options.maxLength - before.length - after.length
  if (room < 1) throw new Error(`tokenizer: maxLength ${options.maxLength} leaves no room for text`)
  const addedIds = new Map(config.added_tokens.map((token) => [token.content, token.id]))
  const addedPattern = alternation([...addedIds.keys()])

  function encodeOrdinary(text: string): number[] {
    return splitBertWords(normalizeBert(text, config.normalizer)).flatMap(wordPiece)
  }

  return {
    encode(text) {
      if (text.length > MAX_TEXT_LENGTH) {
        throw new Fault({
          kind: 'too_large',
          what: 'a text',
          limit: MAX_TEXT_LENGTH,
          actual: text.length,
          unit: 'UTF-16 code units',
        })
      }
      const own: number[] = []
      for (const part of addedPattern ? wellFormed(text).split(addedPattern) : [wellFormed(text)]) {
        const added = addedIds.get(part)
        if (added === undefined) for (const id of encodeOrdinary(part)) own.push(id)
        else own.push(added)
      }
      const ids = [...before, ...own.slice(0, room), ...after]
      const droppedTokens = Math.max(0, own.length - room)
      return { ids, tokens: ids.length, truncated: droppedTokens > 0, droppedTokens }
    },
  }
}

/** Matches any of the contents, the longest first, and keeps them when splitting. */
function alternation(contents: readonly string[]): RegExp | undefined {
  if (contents.length === 0) return undefined
  const sorted = contents.toSorted((a, b) => b.length - a.length)
  return new RegExp(`(${sorted.map((content) => content.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})`, 'u')
}

function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '\ufffd')
}
