/**
 * From a source to a folder that can be served: files converted and hashed, towers tried, a manifest.
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
import { type Half, prepareTower } from './tower-file.ts'
import { tryTower, type TrialRequest } from './trial.ts'

export interface PrepareOptions extends LayoutOptions {
  readonly id: string
  /** By how much a cosine is multiplied; with SigLIP, what is added then. */
  readonly logitScale: number
  readonly logitBias: number | undefined
  readonly promptPrefix: string
  readonly placement: NonNullable<ModelManifest['placement']>
  /** Filled anew. */
  readonly folder: string
  readonly say: (line: string) => void
}

/** @throws {Refusal} naming what cannot be served */
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
  const { files, tokens, image, family } = layout
  await copyFile(await source.local(files.tokenizer), join(folder, 'tokenizer.json'))
  const tokenizer = {
    file: 'tokenizer.json',
    sha256: await digestOfFile(join(folder, 'tokenizer.json')),
    bytes: layout.bytes.tokenizer,
    ...tokens,
  }
  const { ids, tokens: count } = await encodeSample(folder, tokenizer, options.promptPrefix)
  const vision = await prepareAndTry(folder, source, files.vision, 'vision', { kind: 'picture', side: image.size }, options.say)
  const text = await prepareAndTry(folder, source, files.text, 'text', { kind: 'ids', ids, tokens: count }, options.say)
  const dimensions = vision.vector.length
  if (text.vector.length !== dimensions)
    throw new Refusal(
      `the vision tower gives ${dimensions} numbers and the text tower ${text.vector.length}: these are not two halves of one model`,
    )
  const isUnit = ({ vector }: { vector: Float32Array }): boolean => Math.abs(Math.hypot(...vector) - 1) < 1e-3
  const away = options.placement.vision === 'worker' || options.placement.text === 'worker'
  return {
    schema: 'assay.model/1',
    id: options.id,
    version: (await sha256Hex([vision, text].map(({ spec }) => spec.sha256).join(''))).slice(0, 12),
    task: 'image_text_embedding',
    embedding: { dimensions, normalized: isUnit(vision) && isUnit(text), logit_scale: options.logitScale },
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

/** As long as a text may be, so that every position is read once, and refused now if the tokenizer is of a kind we do not read. */
async function encodeSample(folder: string, file: ModelManifest['tokenizer'], prefix: string) {
  const json: unknown = JSON.parse(await readFile(join(folder, file.file), 'utf8'))
  try {
    return createTokenizer(json, tokenizerOptions(file)).encode(prefix + 'a photo of a dog. '.repeat(file.max_length))
  } catch (error) {
    throw new Refusal(`tokenizer.json cannot be used: ${(error as Error).message}`, { cause: error })
  }
}

/** Weights beside the graph where the runtime takes them so; where it does not, inside. */
async function prepareAndTry(
  folder: string,
  source: Source,
  file: string,
  half: Half,
  input: TrialRequest['input'],
  say: (line: string) => void,
): Promise<{ spec: TextTowerSpec; vector: Float32Array }> {
  const attempt = async (inline: boolean) => {
    const { spec } = await prepareTower(source, file, half, folder, inline)
    const { residentBytes, shape, vector } = await tryTower({ folder, spec, input })
    if (shape.length !== 2 || shape[0] !== 1)
      throw new Refusal(`${file}: ${spec.output} is [${shape.join(', ')}], not one vector`)
    if (!vector.every(Number.isFinite)) throw new Refusal(`${file}: ${spec.output} is not finite`)
    return { spec: { ...spec, resident_bytes: residentBytes }, vector }
  }
  try {
    return await attempt(false)
  } catch (error) {
    if (error instanceof Refusal) throw error
    say(`${file}: not with its weights beside it (${(error as Error).message.slice(0, 120)}); trying it as it is`)
  }
  try {
    return await attempt(true)
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(`${file} does not run: ${(error as Error).message}`, { cause: error })
  }
}
