/**
 * From a source to a folder that can be served: files converted and hashed, towers tried, manifest written.
 * @module
 */
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Hex } from '../../contracts/digest.ts'
import type { ModelManifest, TextTowerSpec } from '../../contracts/model-manifest.ts'
import { createTokenizer, tokenizerOptions } from '../../text/tokenizer.ts'
import { digestOfFile } from './download.ts'
import { type Layout, type LayoutOptions, readLayout } from './layout.ts'
import { Refusal } from './refusal.ts'
import type { Source } from './source.ts'
import { prepareTower, type TowerFile } from './tower-file.ts'
import { type TrialFailure, type TrialInput, type TrialOutput, tryTower } from './trial.ts'

export interface PrepareOptions extends LayoutOptions {
  readonly id: string
  /** Factor of the cosine and, with SigLIP, the bias added afterwards. */
  readonly logitScale: number
  readonly logitBias: number | undefined
  readonly promptPrefix: string
  /** Padding token for texts, if the graph needs padding. Default: the pad_token of tokenizer_config.json. */
  readonly padId?: number | undefined
  readonly placement: NonNullable<ModelManifest['placement']>
  /** Emptied first. */
  readonly folder: string
  readonly say: (line: string) => void
}

/** @throws {Refusal} naming the part that cannot be served */
export async function prepareModel(
  source: Source,
  options: PrepareOptions,
): Promise<{ manifest: ModelManifest; layout: Layout }> {
  const layout = await readLayout(source, options)
  const scratch = `${options.folder}.${process.pid}.tmp`
  await rm(scratch, { recursive: true, force: true })
  await mkdir(scratch, { recursive: true })
  try {
    const manifest = await prepareIn(scratch, source, layout, options)
    await writeFile(join(scratch, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    await rm(options.folder, { recursive: true, force: true })
    await rename(scratch, options.folder)
    return { manifest, layout }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function prepareIn(folder: string, source: Source, layout: Layout, options: PrepareOptions): Promise<ModelManifest> {
  const { files, image, family } = layout
  await copyFile(await source.local(files.tokenizer), join(folder, 'tokenizer.json'))
  const pictures: InputsOf = ({ inputShape: [, , height, width] }) => {
    // Checked against the graph's own shape: the runtime's error would be harder to understand.
    if ([height, width].some((side) => side !== null && side !== undefined && side !== image.size))
      throw new Refusal(
        `${files.vision} takes pictures of ${width} × ${height} pixels, and preprocessor_config.json makes them ${image.size} × ${image.size}`,
      )
    return [{ kind: 'picture', side: image.size }]
  }
  const vision = await prepareAndTry(folder, source, { file: files.vision, half: 'vision', family }, options.say, pictures)
  const [picture] = vision.outputs
  if ('failed' in picture!) throw new Refusal(`${files.vision} does not run: ${picture.failed}`)
  const described = {
    file: 'tokenizer.json',
    sha256: await digestOfFile(join(folder, 'tokenizer.json')),
    bytes: layout.bytes.tokenizer,
  }
  const text = await prepareText(folder, source, layout, options)
  const tokenizer = { ...described, ...text.tokens }
  const dimensions = picture!.vector.length
  if (text.vector.length !== dimensions)
    throw new Refusal(
      `the vision tower gives ${dimensions} numbers and the text tower ${text.vector.length}: these are not two halves of one model`,
    )
  const isUnit = (vector: Float32Array): boolean => Math.abs(Math.hypot(...vector) - 1) < 1e-3
  const away = options.placement.vision === 'worker' || options.placement.text === 'worker'
  return {
    schema: 'assay.model/1',
    id: options.id,
    version: (await sha256Hex([vision, text].map(({ spec }) => spec.sha256).join(''))).slice(0, 12),
    task: 'image_text_embedding',
    embedding: { dimensions, normalized: isUnit(picture!.vector) && isUnit(text.vector), logit_scale: options.logitScale },
    scoring: family === 'clip' ? { kind: 'softmax' } : { kind: 'sigmoid', logit_bias: options.logitBias! },
    vision: vision.spec,
    text: text.spec,
    ...(away ? { placement: options.placement } : {}),
    image,
    tokenizer,
    prompt_prefix: options.promptPrefix,
    languages: [],
    licence: layout.licence,
    training_data: [],
    quality: [],
  }
}

/**
 * The text tower, and how texts are padded for it. Every text is padded to full length if the graph has a
 * fixed length, or if its vectors depend on the padding.
 * @throws {Refusal} for an unsupported tokenizer, and for a tower that runs on no text or gives unusable
 *   vectors
 */
async function prepareText(folder: string, source: Source, layout: Layout, options: PrepareOptions) {
  const {
    family,
    files: { text: file },
  } = layout
  const json: unknown = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8'))
  let tokens: Tokens = layout.tokens
  const inputsOf: InputsOf = ({ inputShape: [, length] }) => {
    // The graph is authoritative for its length; config.json only repeats it.
    if (typeof length === 'number') tokens = { ...tokens, max_length: length }
    const { long, short, padded } = trialTexts(json, tokens, options)
    return [long, short, padded]
  }
  const tower = await prepareAndTry(folder, source, { file, half: 'text', family }, options.say, inputsOf)
  const [long, short, padded] = tower.outputs as [TrialAnswer, TrialAnswer, TrialAnswer]
  const way = paddingOf({ long, short, padded }, tokens.padding === 'max_length')
  if (way === 'refused')
    throw new Refusal(
      `${file} runs neither on a short text nor on one padded to ${tokens.max_length} tokens: ${failure(short)}; ${failure(padded)}`,
    )
  if (way === 'padded' && tokens.padding !== 'max_length') {
    const id = options.padId ?? layout.padId
    if (id === undefined)
      throw new Refusal(
        `the vectors of ${file} depend on what follows a text, and tokenizer_config.json names no pad_token: give --pad-id, the id that texts were padded with in training`,
      )
    tokens = { ...tokens, padding: 'max_length', pad_id: id }
    options.say(
      `${file}: every text is padded to ${tokens.max_length} tokens with id ${id}${options.padId === undefined ? ' (the pad_token of tokenizer_config.json; --pad-id takes another)' : ''}, since ${'failed' in short ? 'the graph takes no shorter text' : 'the graph has no mask and its vectors depend on what follows'}`,
    )
  }
  const { vector } = (way === 'padded' ? padded : short) as TrialOutput
  return { spec: tower.spec, vector, tokens }
}

type Tokens = Layout['tokens']
type TrialAnswer = TrialOutput | TrialFailure
const failure = (answer: TrialAnswer): string => ('failed' in answer ? answer.failed : 'it runs')

/**
 * Texts that show how a tower must be fed: one that reads every position, a short one, and the short one
 * padded.
 */
function trialTexts(json: unknown, tokens: Tokens, { promptPrefix, padId }: PrepareOptions) {
  const encode = (text: string, padding: Partial<Tokens>): TrialInput => {
    const { ids, tokens: count } = createTokenizer(json, tokenizerOptions({ ...file, ...padding })).encode(promptPrefix + text)
    return { kind: 'ids', ids, tokens: count }
  }
  const file = { ...tokens, file: 'tokenizer.json', sha256: '', padding: undefined, pad_id: undefined }
  try {
    return {
      long: encode('a photo of a dog. '.repeat(tokens.max_length), {}),
      short: encode('a dog', {}),
      padded: encode('a dog', { padding: 'max_length', pad_id: tokens.pad_id ?? padId ?? 0 }),
    }
  } catch (error) {
    throw new Refusal(`tokenizer.json cannot be used: ${(error as Error).message}`, { cause: error })
  }
}

/** Cosine of two equivalent vectors. Rounding in another order of summation stays far above it. */
const SAME = 0.9999

/**
 * How texts must be fed.
 * @param alwaysPadded whether the family pads texts even if the graph accepts shorter ones
 * @returns `refused` if neither way runs
 * @internal
 */
export function paddingOf(
  { long, short, padded }: { readonly long: TrialAnswer; readonly short: TrialAnswer; readonly padded: TrialAnswer },
  alwaysPadded: boolean,
): 'padded' | 'as_it_is' | 'refused' {
  if ('failed' in long) return 'refused'
  if ('failed' in padded) return alwaysPadded || 'failed' in short ? 'refused' : 'as_it_is'
  if (alwaysPadded || 'failed' in short) return 'padded'
  return cosine(short.vector, padded.vector) >= SAME ? 'as_it_is' : 'padded'
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = a.reduce((sum, value, index) => sum + value * b[index]!, 0)
  return dot / (Math.hypot(...a) * Math.hypot(...b))
}

/**
 * Trial inputs for a tower, by its graph. @throws {Refusal} if the graph accepts no input that Assay can
 * supply
 */
type InputsOf = (tower: TowerFile) => readonly TrialInput[]

/** Puts weights beside the graph where the runtime supports it; otherwise keeps them inside. */
async function prepareAndTry(
  folder: string,
  source: Source,
  tower: Parameters<typeof prepareTower>[1],
  say: (line: string) => void,
  inputsOf: InputsOf,
): Promise<{ spec: TextTowerSpec; outputs: readonly TrialAnswer[] }> {
  const { file } = tower
  const attempt = async (inline: boolean) => {
    const prepared = await prepareTower(source, tower, folder, inline)
    const { spec } = prepared
    const { residentBytes, outputs } = await tryTower({ folder, spec, inputs: inputsOf(prepared) })
    for (const output of outputs) {
      if ('failed' in output) continue
      if (output.shape.length !== 2 || output.shape[0] !== 1)
        throw new Refusal(`${file}: ${spec.output} is [${output.shape.join(', ')}], not one vector`)
      if (!output.vector.every(Number.isFinite)) throw new Refusal(`${file}: ${spec.output} is not finite`)
      if (output.vector.every((value) => value === 0)) throw new Refusal(`${file}: ${spec.output} is all zeros`)
    }
    return { spec: { ...spec, resident_bytes: residentBytes }, outputs }
  }
  try {
    return await attempt(false)
  } catch (error) {
    if (error instanceof Refusal) throw error
    say(`${file}: fails with its weights beside it (${(error as Error).message.slice(0, 120)}); trying the file unchanged`)
  }
  try {
    return await attempt(true)
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(`${file} does not run: ${(error as Error).message}`, { cause: error })
  }
}
