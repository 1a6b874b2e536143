/**
 * The supported part of Hugging Face's `tokenizer.json`: the needs of BERT's WordPiece, CLIP's byte-level BPE
 * and SigLIP's Unigram. Anything else is refused by name, never approximated.
 * @module
 */
import { z } from 'zod'

const id = z.int().nonnegative()

const pattern = z.union([z.strictObject({ String: z.string().min(1) }), z.strictObject({ Regex: z.string().min(1) })])

const addedToken = z.object({
  id,
  content: z.string().min(1),
  single_word: z.literal(false),
  /** Includes the white space on its left, or right. */
  lstrip: z.boolean(),
  rstrip: z.boolean(),
  /** Matched in the normalized text, in its own normalized form. */
  normalized: z.boolean(),
})

const simpleNormalizer = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('BertNormalizer'),
    clean_text: z.boolean(),
    handle_chinese_chars: z.boolean(),
    strip_accents: z.boolean().nullable(),
    lowercase: z.boolean(),
  }),
  z.object({ type: z.literal('NFC') }),
  z.object({ type: z.literal('NFD') }),
  z.object({ type: z.literal('NFKC') }),
  z.object({ type: z.literal('NFKD') }),
  z.object({ type: z.literal('Lowercase') }),
  z.object({ type: z.literal('Strip'), strip_left: z.boolean(), strip_right: z.boolean() }),
  z.object({ type: z.literal('Prepend'), prepend: z.string() }),
  z
    .object({ type: z.literal('Replace'), pattern, content: z.string() })
    .refine((replace) => 'String' in replace.pattern || !replace.content.includes('$'), {
      error: 'references to groups ($) are not supported',
      path: ['content'],
    }),
  z.object({ type: z.literal('Precompiled'), precompiled_charsmap: z.string().nullable() }),
])

export type NormalizerJson =
  | z.infer<typeof simpleNormalizer>
  | { readonly type: 'Sequence'; readonly normalizers: readonly NormalizerJson[] }

const normalizerSequence = z.object({
  type: z.literal('Sequence'),
  get normalizers(): z.ZodType<readonly NormalizerJson[]> {
    return z.array(normalizer)
  },
})
const normalizer: z.ZodType<NormalizerJson> = z.lazy(() => z.discriminatedUnion('type', [normalizerSequence, simpleNormalizer]))

const metaspace = z
  .object({
    type: z.literal('Metaspace'),
    replacement: z.string().regex(/^.$/u, 'one character'),
    prepend_scheme: z.enum(['always', 'first', 'never']).optional(),
    split: z.boolean().default(true),
    /** The form of `always` and `never` before version 0.15. */
    add_prefix_space: z.boolean().optional(),
  })
  .transform(({ add_prefix_space, prepend_scheme, ...rest }) => ({
    ...rest,
    prepend_scheme: prepend_scheme ?? (add_prefix_space === false ? ('never' as const) : ('always' as const)),
  }))

const simplePreTokenizer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('BertPreTokenizer') }),
  z.object({ type: z.literal('WhitespaceSplit') }),
  z.object({
    type: z.literal('Split'),
    pattern,
    behavior: z.enum(['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous']),
    invert: z.boolean(),
  }),
  z.object({ type: z.literal('ByteLevel'), add_prefix_space: z.boolean(), use_regex: z.boolean().default(true) }),
  metaspace,
])

export type PreTokenizerJson =
  | z.output<typeof simplePreTokenizer>
  | { readonly type: 'Sequence'; readonly pretokenizers: readonly PreTokenizerJson[] }

const preTokenizerSequence = z.object({
  type: z.literal('Sequence'),
  get pretokenizers(): z.ZodType<readonly PreTokenizerJson[]> {
    return z.array(preTokenizer)
  },
})
const preTokenizer: z.ZodType<PreTokenizerJson> = z.lazy(() =>
  z.discriminatedUnion('type', [preTokenizerSequence, simplePreTokenizer]),
)

const tokenAndId = z.tuple([z.string(), id])

const simplePostProcessor = z.discriminatedUnion('type', [
  z.object({ type: z.literal('BertProcessing'), cls: tokenAndId, sep: tokenAndId }),
  z.object({ type: z.literal('RobertaProcessing'), cls: tokenAndId, sep: tokenAndId }),
  /** Affects offsets only. */
  z.object({ type: z.literal('ByteLevel') }),
  z.object({
    type: z.literal('TemplateProcessing'),
    single: z
      .array(
        z.union([
          z.object({ SpecialToken: z.object({ id: z.string() }) }),
          z.object({ Sequence: z.object({ id: z.literal('A') }) }),
        ]),
      )
      .refine((parts) => parts.filter((part) => 'Sequence' in part).length === 1, 'the text exactly once'),
    special_tokens: z.record(z.string(), z.object({ ids: z.array(id) })),
  }),
])

const postProcessor = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Sequence'), processors: z.array(simplePostProcessor).min(1) }),
  simplePostProcessor,
])

export type PostProcessorJson = z.infer<typeof postProcessor>

/** Checked on reading: a zod record would copy a vocabulary of a quarter of a million pieces. */
const vocabulary = z.custom<Readonly<Record<string, number>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object from pieces to ids',
)

const wordPiece = z.object({
  type: z.literal('WordPiece'),
  unk_token: z.string(),
  continuing_subword_prefix: z.string(),
  max_input_chars_per_word: z.int().positive(),
  vocab: vocabulary,
})

const bpe = z.object({
  type: z.literal('BPE'),
  dropout: z.union([z.null(), z.literal(0)], 'dropout is for training').optional(),
  unk_token: z.string().nullish(),
  continuing_subword_prefix: z.string().nullish(),
  end_of_word_suffix: z.string().nullish(),
  fuse_unk: z.boolean().default(false),
  byte_fallback: z.boolean().default(false),
  ignore_merges: z.boolean().default(false),
  vocab: vocabulary,
  /** `"a b"`, or `["a", "b"]` since 0.20. */
  merges: z.custom<readonly (string | readonly [string, string])[]>((value) => Array.isArray(value), 'a list of merges'),
})

const unigram = z.object({
  type: z.literal('Unigram'),
  unk_id: id.nullable(),
  byte_fallback: z.boolean().default(false),
  vocab: z.custom<readonly (readonly [string, number])[]>((value) => Array.isArray(value), 'a list of pieces and scores'),
})

const modelTypes = z.enum(['WordPiece', 'BPE', 'Unigram'])
type ModelType = z.infer<typeof modelTypes>

/** Members that every file has for its model. */
export const tokenizerModelHead = z.looseObject({ type: modelTypes.optional(), vocab: z.unknown() })

/** Kind of a model: by name, or, in older files without one, by its members, as in transformers.js. */
export function modelType(model: z.infer<typeof tokenizerModelHead>): ModelType {
  return model.type ?? inferredType(model)
}

function inferredType(model: Readonly<Record<string, unknown>>): ModelType {
  if (Array.isArray(model['vocab'])) return 'Unigram'
  return Array.isArray(model['merges']) ? 'BPE' : 'WordPiece'
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const tokenizerJson = z
  .object({
    added_tokens: z.array(addedToken).default([]),
    normalizer: normalizer.nullish(),
    pre_tokenizer: preTokenizer.nullish(),
    post_processor: postProcessor.nullish(),
    // A spread keeps the vocabulary: it copies members, not their contents.
    model: z.preprocess(
      (model) => (isObject(model) && model['type'] === undefined ? { ...model, type: inferredType(model) } : model),
      z.discriminatedUnion('type', [wordPiece, bpe, unigram]),
    ),
  })
  .refine(({ normalizer, pre_tokenizer }) => marksFirstPlainly(normalizer ?? null, pre_tokenizer ?? null), {
    error: "prepend_scheme 'first' is supported only alone and after a normalizer that cannot take away a text's beginning",
    path: ['pre_tokenizer'],
  })

/**
 * With `first` the reference uses the position of a part in the *raw* text, which this module does not track.
 */
function marksFirstPlainly(normalizer: NormalizerJson | null, preTokenizer: PreTokenizerJson | null): boolean {
  if (preTokenizer?.type === 'Sequence') return !preTokenizer.pretokenizers.some(marksFirst)
  return !preTokenizer || !marksFirst(preTokenizer) || keepsBeginning(normalizer)
}

function marksFirst(json: PreTokenizerJson): boolean {
  if (json.type === 'Sequence') return json.pretokenizers.some(marksFirst)
  return json.type === 'Metaspace' && json.prepend_scheme === 'first'
}

function keepsBeginning(json: NormalizerJson | null): boolean {
  switch (json?.type) {
    case 'Sequence':
      return json.normalizers.every(keepsBeginning)
    case 'Strip':
      return !json.strip_left
    case 'Replace':
      return json.content !== ''
    case 'BertNormalizer':
    case 'Precompiled':
      return false
    default:
      return true
  }
}

export type TokenizerJson = z.output<typeof tokenizerJson>
export type ModelJson = TokenizerJson['model']
export type BpeJson = Extract<ModelJson, { type: 'BPE' }>
export type UnigramJson = Extract<ModelJson, { type: 'Unigram' }>
export type PatternJson = z.infer<typeof pattern>

/** @throws {Error} naming each unsupported member. */
export function readTokenizerJson(json: unknown): TokenizerJson {
  const parsed = tokenizerJson.safeParse(json)
  if (parsed.success) return parsed.data
  const wrong = parsed.error.issues.map(({ path, message }) => `/${path.join('/')} is ${shown(json, path)}: ${message}`)
  throw new Error(`tokenizer.json is of a kind that is not supported: ${wrong.join('; ')}`)
}

/** The member at a path, shortened. */
function shown(json: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce<unknown>((parent, key) => (parent as Record<PropertyKey, unknown> | undefined)?.[key], json)
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
