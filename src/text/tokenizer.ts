/**
 * Text to token ids, by a model's own `tokenizer.json`, equal to Hugging Face's `tokenizers` in every id.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { TokenizerFile } from '../contracts/model-manifest.ts'
import { createSectioners } from './added-tokens.ts'
import { createBpe } from './bpe.ts'
import { lowerCase } from './lower-case.ts'
import { createNormalizer } from './normalizers.ts'
import { surroundings } from './post-processors.ts'
import { createPreTokenizer } from './pre-tokenizers.ts'
import { type ModelJson, readTokenizerJson } from './tokenizer-json.ts'
import { createUnigram } from './unigram.ts'
import { createWordPiece } from './wordpiece.ts'

/**
 * UTF-16 code units. A caption is a sentence; this bounds time (tens of ms) before the model truncates.
 * @internal
 */
export const MAX_TEXT_LENGTH = 32_768

export interface Encoding {
  /** Ids for the model: specials and text, then padding; at most `maxLength`. */
  readonly ids: readonly number[]
  /** Number of `ids` before the padding: the attention mask is 1 below it and 0 from there on. */
  readonly tokens: number
  readonly truncated: boolean
  /** Number of the text's tokens that were cut off; 0 unless truncated. */
  readonly droppedTokens: number
  /** Number of the text's `ids` for the unknown: a word, a character, or several in a row. */
  readonly unknownTokens: number
}

export interface Tokenizer {
  /** The file's `model.type`. */
  readonly type: ModelJson['type']
  /**
   * An empty text gives the specials alone. A lone surrogate counts as U+FFFD, which BERT's cleaning removes.
   * @throws {Fault} `too_large` above {@link MAX_TEXT_LENGTH}.
   */
  encode(text: string): Encoding
}

export interface TokenizerOptions {
  /**
   * Maximum number of tokens, specials included. Longer texts lose their end and keep the specials, as
   * `enable_truncation` does.
   */
  readonly maxLength: number
  /** Shorter texts are padded to `maxLength` with this id, on the right. */
  readonly padId?: number | undefined
  /** Lower-cases before the file's own normalizer. */
  readonly lowercase?: boolean | undefined
  /** The kind in the manifest; another kind is an error. */
  readonly type?: ModelJson['type'] | undefined
}

/** The options of a manifest. */
export function tokenizerOptions({ max_length: maxLength, pad_id: padId, lowercase, type }: TokenizerFile): TokenizerOptions {
  return { maxLength, padId, lowercase, type }
}

/**
 * @param json a parsed `tokenizer.json`; its own `truncation` and `padding` are ignored
 * @throws {Error} naming a member of an unsupported kind.
 */
export function createTokenizer(json: unknown, options: TokenizerOptions): Tokenizer {
  const config = readTokenizerJson(json)
  const { type } = config.model
  if (options.type !== undefined && options.type !== type) throw new Error(`tokenizer: the file is ${type}, not ${options.type}`)
  const { before, after } = surroundings(config.post_processor ?? null)
  const room = options.maxLength - before.length - after.length
  if (room < 1) throw new Error(`tokenizer: maxLength ${options.maxLength} leaves no room for text`)
  const { padId } = options
  const encodeAll = createEncoder(config, options.lowercase ?? false)
  const unknown = unknownIdOf(config.model)

  return {
    type,
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
      const own = encodeAll(wellFormed(text))
      const kept = own.slice(0, room)
      const ids = [...before, ...kept, ...after]
      const tokens = ids.length
      if (padId !== undefined) while (ids.length < options.maxLength) ids.push(padId)
      const droppedTokens = Math.max(0, own.length - room)
      const unknownTokens = kept.reduce((count, id) => count + (id === unknown ? 1 : 0), 0)
      return { ids, tokens, truncated: droppedTokens > 0, droppedTokens, unknownTokens }
    },
  }
}

/** All ids of a well-formed text, without specials. */
function createEncoder(config: ReturnType<typeof readTokenizerJson>, lowercase: boolean): (text: string) => number[] {
  const own = createNormalizer(config.normalizer ?? null)
  const normalizer = lowercase ? (text: string) => own(lowerCase(text)) : own
  const preTokenizer = createPreTokenizer(config.pre_tokenizer ?? null)
  const { raw, normalized } = createSectioners(config.added_tokens, normalizer)
  const model = createModel(config.model)

  return (text) => {
    const ids: number[] = []
    raw(text).forEach((outer, outerIndex) => {
      if ('id' in outer) return void ids.push(outer.id)
      normalized(normalizer(outer.text)).forEach((inner, innerIndex) => {
        if ('id' in inner) return void ids.push(inner.id)
        for (const part of preTokenizer(inner.text, outerIndex + innerIndex === 0)) {
          for (const id of model(part)) ids.push(id)
        }
      })
    })
    return ids
  }
}

function createModel(model: ModelJson): (part: string) => number[] {
  switch (model.type) {
    case 'WordPiece':
      return createWordPiece(model)
    case 'BPE':
      return createBpe(model)
    case 'Unigram':
      return createUnigram(model)
  }
}

/** The unknown token's id; undefined if the model covers every byte. */
function unknownIdOf(model: ModelJson): number | undefined {
  switch (model.type) {
    case 'WordPiece':
      return model.vocab[model.unk_token]
    case 'BPE':
      return typeof model.unk_token === 'string' ? model.vocab[model.unk_token] : undefined
    case 'Unigram':
      return model.unk_id ?? undefined
  }
}

function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '\ufffd')
}
