/**
 * The part of Hugging Face's `tokenizer.json` that we read: BERT-style WordPiece. Anything else is refused by name, never approximated.
 * @module
 */
import { z } from 'zod'

const specialToken = z.object({ SpecialToken: z.object({ id: z.string() }) })
const sequence = z.object({ Sequence: z.object({ id: z.literal('A') }) })

const templateProcessing = z.object({
  type: z.literal('TemplateProcessing'),
  single: z.array(z.union([specialToken, sequence])),
  special_tokens: z.record(z.string(), z.object({ ids: z.array(z.int().nonnegative()) })),
})

const bertProcessing = z.object({
  type: z.literal('BertProcessing'),
  cls: z.tuple([z.string(), z.int().nonnegative()]),
  sep: z.tuple([z.string(), z.int().nonnegative()]),
})

export const tokenizerJson = z.object({
  added_tokens: z.array(
    z.object({
      id: z.int().nonnegative(),
      content: z.string().min(1),
      single_word: z.literal(false),
      lstrip: z.literal(false),
      rstrip: z.literal(false),
      normalized: z.literal(false),
    }),
  ),
  normalizer: z.object({
    type: z.literal('BertNormalizer'),
    clean_text: z.boolean(),
    handle_chinese_chars: z.boolean(),
    strip_accents: z.boolean().nullable(),
    lowercase: z.boolean(),
  }),
  pre_tokenizer: z.object({ type: z.literal('BertPreTokenizer') }),
  post_processor: z.discriminatedUnion('type', [templateProcessing, bertProcessing]),
  model: z.object({
    type: z.literal('WordPiece'),
    unk_token: z.string(),
    continuing_subword_prefix: z.string(),
    max_input_chars_per_word: z.int().positive(),
    vocab: z.record(z.string(), z.int().nonnegative()),
  }),
})

export type TokenizerJson = z.infer<typeof tokenizerJson>

/** Ids put before and after a text's own. */
export function surroundings(processor: TokenizerJson['post_processor']): { before: number[]; after: number[] } {
  if (processor.type === 'BertProcessing') return { before: [processor.cls[1]], after: [processor.sep[1]] }
  const before: number[] = []
  const after: number[] = []
  let side = before
  for (const part of processor.single) {
    if ('Sequence' in part) side = after
    else {
      const special = processor.special_tokens[part.SpecialToken.id]
      if (!special) throw new Error(`tokenizer: special token ${JSON.stringify(part.SpecialToken.id)} has no ids`)
      side.push(...special.ids)
    }
  }
  return { before, after }
}
