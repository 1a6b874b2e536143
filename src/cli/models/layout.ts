/**
 * What a folder in the transformers.js layout says of its model: CLIP or SigLIP, tokens, the files to take.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { ImagePreprocessing, ModelManifest } from '../../contracts/model-manifest.ts'
import { licenceLine } from './licence.ts'
import { imagePreprocessingOf, type PreprocessorConfig } from './preprocessing.ts'
import { Refusal } from './refusal.ts'
import type { Source } from './source.ts'

export interface Layout {
  readonly family: 'clip' | 'siglip'
  readonly licence: string
  readonly image: ImagePreprocessing
  readonly tokens: Pick<ModelManifest['tokenizer'], 'type' | 'max_length' | 'lowercase' | 'padding' | 'pad_id'>
  /** As the source names them. */
  readonly files: { readonly tokenizer: string; readonly vision: string; readonly text: string }
  readonly bytes: { readonly tokenizer: number; readonly vision: number; readonly text: number }
}

/** transformers.js' names for kinds of quantization; the first that is there for both towers is taken. */
const SUFFIXES = { quantized: '_quantized', int8: '_int8', uint8: '_uint8', fp32: '', fp16: '_fp16', q4: '_q4' } as const
export type Precision = keyof typeof SUFFIXES
export const PRECISIONS = Object.keys(SUFFIXES) as Precision[]
const PREFERRED: readonly Precision[] = ['quantized', 'int8', 'uint8', 'fp32']

const FAMILIES: Readonly<Record<string, Layout['family']>> = { clip: 'clip', siglip: 'siglip', siglip2: 'siglip' }

const config = z.object({
  model_type: z.string(),
  text_config: z.object({ max_position_embeddings: z.int().positive().optional() }).optional(),
})
const tokenizerConfig = z.object({
  pad_token: z.union([z.string(), z.object({ content: z.string() })]).nullish(),
  do_lower_case: z.boolean().optional(),
})
const tokenizerHead = z.object({
  model: z.object({ type: z.enum(['WordPiece', 'BPE', 'Unigram']), vocab: z.unknown() }),
  added_tokens: z.array(z.object({ id: z.int(), content: z.string() })).default([]),
})

export interface LayoutOptions {
  readonly precision?: Precision | undefined
  readonly licence?: string | undefined
}

/** Reads the small files and weighs the large ones. @throws {Refusal} naming the file and what is wrong in it. */
export async function readLayout(source: Source, options: LayoutOptions): Promise<Layout> {
  const readme = await textIfThere(source, 'README.md')
  const licence = licenceLine(readme, options.licence)
  const { model_type: type, text_config: text } = await readJson(source, 'config.json', config)
  const family = FAMILIES[type]
  if (family === undefined)
    throw new Refusal(`config.json: model_type is ${JSON.stringify(type)}; ${Object.keys(FAMILIES).join(', ')} can be added`)
  const preprocessor = await readJson(source, 'preprocessor_config.json', z.looseObject({}))
  const { vision, text: textFile, bytes } = await towersOf(source, options.precision)
  const tokenizer = 'tokenizer.json'
  const tokenizerBytes = (await source.size(tokenizer)) ?? missing(tokenizer)
  return {
    family,
    licence,
    image: imagePreprocessingOf(preprocessor as PreprocessorConfig),
    tokens: await tokensOf(source, family, text?.max_position_embeddings),
    files: { tokenizer, vision, text: textFile },
    bytes: { ...bytes, tokenizer: tokenizerBytes },
  }
}

async function towersOf(source: Source, asked: Precision | undefined) {
  for (const precision of asked === undefined ? PREFERRED : [asked]) {
    const [vision, text] = [`onnx/vision_model${SUFFIXES[precision]}.onnx`, `onnx/text_model${SUFFIXES[precision]}.onnx`]
    const [visionBytes, textBytes] = [await weightOf(source, vision), await weightOf(source, text)]
    if (visionBytes !== null && textBytes !== null) return { vision, text, bytes: { vision: visionBytes, text: textBytes } }
  }
  const names = (asked === undefined ? PREFERRED : [asked]).map(
    (precision) => `onnx/{vision,text}_model${SUFFIXES[precision]}.onnx`,
  )
  throw new Refusal(`the towers are missing: looked for ${names.join(', ')}`)
}

/** Bytes of a graph and of the weights that it may keep beside it; null where there is no graph. */
async function weightOf(source: Source, file: string): Promise<number | null> {
  const graph = await source.size(file)
  return graph === null ? null : graph + ((await source.size(`${file}_data`)) ?? 0)
}

/** Positions by default in `transformers`' CLIPTextConfig and SiglipTextConfig. */
const POSITIONS = { clip: 77, siglip: 64 } as const

async function tokensOf(
  source: Source,
  family: Layout['family'],
  positions: number = POSITIONS[family],
): Promise<Layout['tokens']> {
  const head = await readJson(source, 'tokenizer.json', tokenizerHead)
  const settings = (await readJsonIfThere(source, 'tokenizer_config.json', tokenizerConfig)) ?? {}
  const { type } = head.model
  if (family === 'clip') return { type, max_length: positions }
  const named = settings.pad_token
  const pad = typeof named === 'string' ? named : (named?.content ?? '</s>')
  const id = head.added_tokens.find(({ content }) => content === pad)?.id ?? idInVocabulary(head.model.vocab, pad)
  if (id === undefined) throw new Refusal(`tokenizer.json has no token ${JSON.stringify(pad)} to fill texts up with`)
  return {
    type,
    max_length: positions,
    padding: 'max_length',
    pad_id: id,
    ...(settings.do_lower_case ? { lowercase: true } : {}),
  }
}

/** A Unigram vocabulary is a list of pairs, the others are tables. */
function idInVocabulary(vocabulary: unknown, token: string): number | undefined {
  if (Array.isArray(vocabulary)) {
    const at = vocabulary.findIndex((entry) => Array.isArray(entry) && entry[0] === token)
    return at < 0 ? undefined : at
  }
  const id = (vocabulary as Record<string, unknown> | null)?.[token]
  return typeof id === 'number' ? id : undefined
}

function missing(file: string): never {
  throw new Refusal(`${file} is missing`)
}

async function textIfThere(source: Source, file: string): Promise<string | null> {
  return (await source.size(file)) === null ? null : readFile(await source.local(file), 'utf8')
}

async function readJsonIfThere<T>(source: Source, file: string, shape: z.ZodType<T>): Promise<T | null> {
  const text = await textIfThere(source, file)
  if (text === null) return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Refusal(`${file} is not JSON: ${(error as Error).message}`, { cause: error })
  }
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Refusal(`${file}: /${issue!.path.join('/')}: ${issue!.message}`)
}

async function readJson<T>(source: Source, file: string, shape: z.ZodType<T>): Promise<T> {
  return (await readJsonIfThere(source, file, shape)) ?? missing(file)
}
