/**
 * Properties of a model folder in the transformers.js layout: CLIP or SigLIP, tokens, and the files to use.
 * @module
 */
import { notJson } from '../../contracts/not-json.ts'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { ImagePreprocessing, ModelManifest } from '../../contracts/model-manifest.ts'
import { modelType, tokenizerModelHead } from '../../text/tokenizer-json.ts'
import { refusePointer } from './lfs-pointer.ts'
import { licenceLine } from './licence.ts'
import { imagePreprocessingOf, type PreprocessorConfig } from './preprocessing.ts'
import { Refusal } from './refusal.ts'
import type { Source } from './source.ts'
import { type Family, type Half, weightOfTower } from './tower-file.ts'

export interface Layout {
  readonly family: Family
  readonly licence: string
  readonly image: ImagePreprocessing
  readonly tokens: Pick<ModelManifest['tokenizer'], 'type' | 'max_length' | 'lowercase' | 'padding' | 'pad_id'>
  /** Id of the pad_token named in tokenizer_config.json, if any. */
  readonly padId: number | undefined
  /** As the source names them. */
  readonly files: { readonly tokenizer: string; readonly vision: string; readonly text: string }
  readonly bytes: { readonly tokenizer: number; readonly vision: number; readonly text: number }
}

/** transformers.js' names for quantizations. The first that exists for both towers is used. */
const SUFFIXES = { quantized: '_quantized', int8: '_int8', uint8: '_uint8', fp32: '', fp16: '_fp16', q4: '_q4' } as const
export type Precision = keyof typeof SUFFIXES
export const PRECISIONS = Object.keys(SUFFIXES) as Precision[]
const PREFERRED: readonly Precision[] = ['quantized', 'int8', 'uint8', 'fp32']

/** transformers.js quantizations that Assay cannot read. */
const UNREAD = { q4f16: '_q4f16', bnb4: '_bnb4', q8: '_q8' } as const

const JOINT =
  'it is one graph of both towers. Export them apart, by transformers.js’ convert script with --split_modalities, ' +
  'so that onnx/ has vision_model.onnx and text_model.onnx'

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
  model: tokenizerModelHead,
  added_tokens: z.array(z.object({ id: z.int(), content: z.string() })).default([]),
})

/** Absent: the first existing one of {@link PREFERRED}. */
interface AskedPrecision {
  readonly both?: Precision | undefined
  readonly vision?: Precision | undefined
  readonly text?: Precision | undefined
}

export interface LayoutOptions {
  readonly precision?: AskedPrecision | undefined
  readonly licence?: string | undefined
}

/** Reads the small files and the sizes of the large ones. @throws {Refusal} naming the file and its fault */
export async function readLayout(source: Source, options: LayoutOptions): Promise<Layout> {
  await source.requireFound()
  const readme = await textIfThere(source, 'README.md')
  const licence = licenceLine(readme, options.licence)
  const { model_type: type, text_config: text } = await readJson(source, 'config.json', config)
  const family = FAMILIES[type]
  if (family === undefined)
    throw new Refusal(`config.json: model_type is ${JSON.stringify(type)}; ${Object.keys(FAMILIES).join(', ')} can be added`)
  const preprocessor = await preprocessorOf(source)
  const towers = await towersOf(source, options.precision ?? {})
  const tokenizer = 'tokenizer.json'
  const tokenizerBytes = (await source.size(tokenizer)) ?? missing(tokenizer)
  return {
    family,
    licence,
    image: imagePreprocessingOf(preprocessor as PreprocessorConfig),
    ...(await tokensOf(source, family, text?.max_position_embeddings)),
    files: { tokenizer, vision: towers.vision.file, text: towers.text.file },
    bytes: { vision: towers.vision.bytes, text: towers.text.bytes, tokenizer: tokenizerBytes },
  }
}

/** Names of files that hold no usable tower, with advice. */
const OTHER_FILES: readonly (readonly [string, string])[] = [
  ['onnx/model.onnx', JOINT],
  ['model.onnx', JOINT],
  ['vision_model.onnx', 'the towers lie in the root: move them to onnx/'],
  [
    'visual/model.onnx',
    'the layout is Immich’s: transformers.js’ has onnx/vision_model.onnx, onnx/text_model.onnx and tokenizer.json',
  ],
]

async function towersOf(source: Source, asked: AskedPrecision) {
  const weigh = async (half: Half, precision: Precision) => {
    const file = `onnx/${half}_model${SUFFIXES[precision]}.onnx`
    const bytes = await weightOfTower(source, file)
    return bytes === null ? null : { file, bytes }
  }
  const [forVision, forText] = [asked.vision ?? asked.both, asked.text ?? asked.both]
  // One precision for both towers, unless requested separately.
  const pairs: readonly (readonly [Precision, Precision])[] =
    forVision === undefined && forText === undefined
      ? PREFERRED.map((precision) => [precision, precision] as const)
      : (forVision === undefined ? PREFERRED : [forVision]).flatMap((vision) =>
          (forText === undefined ? PREFERRED : [forText]).map((text) => [vision, text] as const),
        )
  for (const [visionPrecision, textPrecision] of pairs) {
    const vision = await weigh('vision', visionPrecision)
    const text = vision && (await weigh('text', textPrecision))
    if (vision && text) return { vision, text }
  }
  throw new Refusal(`the towers are missing: ${await whatIsThere(source)}`)
}

/** The files found instead of the towers, with advice. */
async function whatIsThere(source: Source): Promise<string> {
  const found: Record<Half, string[]> = { vision: [], text: [] }
  for (const half of ['vision', 'text'] as const)
    for (const [name, suffix] of [...Object.entries(SUFFIXES), ...Object.entries(UNREAD)])
      if ((await source.size(`onnx/${half}_model${suffix}.onnx`)) !== null) found[half].push(name)
  const isReadable = (name: string): name is Precision => Object.hasOwn(SUFFIXES, name)
  const readable = { vision: found.vision.filter(isReadable), text: found.text.filter(isReadable) }
  const both = readable.vision.filter((name) => readable.text.includes(name))
  if (both.length > 0)
    return `there is ${both.join(', ')} for both towers: give ${both.map((name) => `--precision ${name}`).join(' or ')}`
  if (readable.vision.length > 0 && readable.text.length > 0)
    return (
      `vision has ${readable.vision.join(', ')} and text ${readable.text.join(', ')}: ` +
      `give --vision-precision ${readable.vision[0]} --text-precision ${readable.text[0]}`
    )
  const unread = [...new Set([...found.vision, ...found.text])].filter((name) => !isReadable(name))
  if (unread.length > 0)
    return `there is only ${unread.join(', ')}, which cannot be run here: export ${PREFERRED.join(', ')} or fp16`
  for (const [file, says] of OTHER_FILES) if ((await source.size(file)) !== null) return `there is ${file}; ${says}`
  const half = found.vision.length > 0 ? 'text' : found.text.length > 0 ? 'vision' : undefined
  if (half !== undefined) return `there is no onnx/${half}_model*.onnx beside the other tower`
  return `looked for onnx/vision_model*.onnx and onnx/text_model*.onnx (${PREFERRED.join(', ')}, fp16, q4)`
}

/** Default number of positions in `transformers`' CLIPTextConfig and SiglipTextConfig. */
const POSITIONS = { clip: 77, siglip: 64 } as const

async function tokensOf(
  source: Source,
  family: Family,
  positions: number = POSITIONS[family],
): Promise<Pick<Layout, 'tokens' | 'padId'>> {
  const head = await readJson(source, 'tokenizer.json', tokenizerHead)
  const settings = (await readJsonIfThere(source, 'tokenizer_config.json', tokenizerConfig)) ?? {}
  const type = modelType(head.model)
  const named = typeof settings.pad_token === 'string' ? settings.pad_token : settings.pad_token?.content
  const idOf = (token: string): number | undefined =>
    head.added_tokens.find(({ content }) => content === token)?.id ?? idInVocabulary(head.model.vocab, token)
  const padId = named === undefined ? undefined : idOf(named)
  // CLIP's texts are not padded, unless a trial of the graph shows otherwise.
  if (family === 'clip') return { tokens: { type, max_length: positions }, padId }
  const pad = named ?? '</s>'
  const id = idOf(pad)
  if (id === undefined) throw new Refusal(`tokenizer.json has no token ${JSON.stringify(pad)} to pad texts with`)
  const lowercase = settings.do_lower_case ? { lowercase: true } : {}
  return { tokens: { type, max_length: positions, padding: 'max_length', pad_id: id, ...lowercase }, padId: id }
}

/** The processor's settings. transformers 5 saves them as a member of `processor_config.json`. */
async function preprocessorOf(source: Source): Promise<Record<string, unknown>> {
  const own = await readJsonIfThere(source, 'preprocessor_config.json', z.looseObject({}))
  if (own !== null) return own
  const processor = await readJsonIfThere(source, 'processor_config.json', z.looseObject({ image_processor: z.looseObject({}) }))
  return processor?.image_processor ?? missing('preprocessor_config.json')
}

/** A Unigram vocabulary is a list of pairs; others are tables. */
function idInVocabulary(vocabulary: unknown, token: string): number | undefined {
  if (Array.isArray(vocabulary)) {
    const at = vocabulary.findIndex((entry) => Array.isArray(entry) && entry[0] === token)
    return at < 0 ? undefined : at
  }
  const id = (vocabulary as Record<string, unknown> | null)?.[token]
  return typeof id === 'number' ? id : undefined
}

function missing(file: string): never {
  throw new Refusal(`${file} is missing: a model must be in transformers.js’ layout (docs/models.md, "Bring a CLIP or SigLIP")`)
}

async function textIfThere(source: Source, file: string): Promise<string | null> {
  return (await source.size(file)) === null ? null : readFile(await source.local(file), 'utf8')
}

async function readJsonIfThere<T>(source: Source, file: string, shape: z.ZodType<T>): Promise<T | null> {
  const text = await textIfThere(source, file)
  if (text === null) return null
  refusePointer(file, text)
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new Refusal(`${file} ${notJson(error)}`, { cause: error })
  }
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Refusal(`${file}: /${issue!.path.join('/')}: ${issue!.message}`)
}

async function readJson<T>(source: Source, file: string, shape: z.ZodType<T>): Promise<T> {
  return (await readJsonIfThere(source, file, shape)) ?? missing(file)
}
