/**
 * `assay models …`: models that somebody brings. Words for people on stderr, results on stdout; status 2 and one line for what is refused.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { overBudget } from '../../contracts/memory-budget.ts'
import { type ModelManifest, modelManifest } from '../../contracts/model-manifest.ts'
import { isHelp } from '../metrics/task.ts'
import { embedTexts, textsOfFile } from './embed-texts.ts'
import {
  fitTable,
  fittingOptions,
  demandAt,
  placementOf,
  type Split,
  SPLITS,
  type Weights,
  weightsBySize,
  weightsOf,
} from './fit.ts'
import { type Layout, PRECISIONS, type Precision, readLayout } from './layout.ts'
import { licenceWarning } from './licence.ts'
import { prepareModel } from './prepare.ts'
import { Refusal } from './refusal.ts'
import { findService, type Service } from './service.ts'
import { openSource, type Source } from './source.ts'

export interface ModelsIo {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Where prepared models and downloads are kept, and where `npm start` wrote down its address. */
  readonly work: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

const OPTIONS = {
  id: { type: 'string' },
  licence: { type: 'string' },
  precision: { type: 'string' },
  'vision-precision': { type: 'string' },
  'text-precision': { type: 'string' },
  'pad-id': { type: 'string' },
  revision: { type: 'string', default: 'main' },
  'logit-scale': { type: 'string' },
  'logit-bias': { type: 'string' },
  prompt: { type: 'string', default: '' },
  split: { type: 'string', default: 'none' },
  texts: { type: 'string' },
  server: { type: 'string' },
  key: { type: 'string' },
} as const satisfies ParseArgsConfig['options']
type Values = { [Name in keyof typeof OPTIONS]?: string | undefined }

const USAGE = [
  'assay models check <folder or address> [--precision …] [--licence …]        says what fits, loads nothing',
  'assay models add <folder or address> --logit-scale N [--logit-bias N] [--id …] [--licence …] [--precision quantized|int8|uint8|fp32|fp16|q4]',
  '                 [--vision-precision …] [--text-precision …] [--pad-id N] [--split vision|text|both] [--texts FILE] [--prompt PREFIX]',
  '                 [--revision …] [--server … --key …]',
  'assay models embed-texts <id> --texts FILE      embeds texts by a model that was added, and adds it again with them',
  'assay models list [--server … --key …]',
  'assay models remove <id> [--server … --key …]',
]

type Verb = (argument: string | undefined, values: Values, io: ModelsIo) => Promise<number>
const VERBS: Readonly<Record<string, Verb>> = { add, check, list, remove, 'embed-texts': embedMore }

/** @returns the exit status: 0, 1 when `check` finds no way, 2 for what is refused */
export async function runModels(argv: readonly string[], io: ModelsIo): Promise<number> {
  const [name, ...rest] = argv
  const verb = name !== undefined && Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  const asksForHelp = isHelp(name) || rest.some((argument) => argument === '--help' || argument === '-h')
  if (verb === undefined || asksForHelp) {
    io.stderr(`usage:\n${USAGE.map((line) => `  ${line}`).join('\n')}\n`)
    return asksForHelp ? 0 : 2
  }
  try {
    const { values, positionals } = parse(rest)
    if (positionals.length > 1) throw new Refusal(`one model at a time, not ${positionals.join(' and ')}`)
    return await verb(positionals[0], values, io)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    io.stderr(`assay: ${error.message}\n`)
    return 2
  }
}

function parse(argv: readonly string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new Refusal((error as Error).message, { cause: error })
  }
}

async function check(given: string | undefined, values: Values, io: ModelsIo): Promise<number> {
  const source = sourceOf(given, values, io)
  const layout = await readLayout(source, layoutOptions(values))
  const weights = weightsBySize(layout.bytes)
  const warning = licenceWarning(layout.licence)
  io.stdout(`${describeLayout(source.name, layout)}\n${warning === undefined ? '' : `${warning}\n`}${fitTable(weights)}\n`)
  return fittingOptions(weights).length > 0 ? 0 : 1
}

async function add(given: string | undefined, values: Values, io: ModelsIo): Promise<number> {
  const say = (line: string): void => io.stderr(`assay: ${line}\n`)
  const source = sourceOf(given, values, io)
  const id = modelId(values.id ?? source.name)
  const split = choice('split', values.split ?? 'none', SPLITS)
  const texts = values.texts === undefined ? undefined : await readTexts(values.texts)
  const layout = await readLayout(source, layoutOptions(values))
  const scale = scoringOf(layout.family, values)
  const service = await findService({ server: values.server, key: values.key }, io.environment, io.work)
  const warning = licenceWarning(layout.licence)
  if (warning !== undefined) say(warning)
  // By size alone, before a large file is fetched or loaded.
  requireFit(weightsBySize(layout.bytes), split, texts && { bytes: 0 })

  // One that was named and broke off is not listed, and goes on.
  if ((await service.list()).some((model) => model.id === id))
    throw new Refusal(`there is a model ${id} already; remove it first (assay models remove ${id}), or take another --id`)

  const folder = join(io.work, 'models', id)
  const padId = number('pad-id', values['pad-id'])
  if (padId !== undefined && !(Number.isInteger(padId) && padId >= 0))
    throw new Refusal(`--pad-id must be a token's id, a whole number from 0, is ${values['pad-id']}`)
  const options = {
    ...layoutOptions(values),
    padId,
    ...scale,
    id,
    promptPrefix: values.prompt ?? '',
    placement: placementOf(split),
    folder,
    say,
  }
  const { manifest } = await prepareModel(source, options)
  return publish(service, manifest, { folder, split, texts }, io)
}

interface Publishing {
  readonly folder: string
  readonly split: Split
  readonly texts: readonly string[] | undefined
}

/** Embeds texts where asked, weighs the model by what was measured, and hands it to the service. */
async function publish(
  service: Service,
  prepared: ModelManifest,
  { folder, split, texts }: Publishing,
  io: ModelsIo,
): Promise<number> {
  const manifest = texts === undefined ? prepared : await embedTexts(prepared, folder, texts)
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  requireFit(weightsOf(manifest), split, manifest.text_vectors)
  const model = await service.add(manifest, folder, (line) => io.stderr(`assay: ${line}\n`))
  const { vision, text, embedding, licence, text_vectors: vectors } = manifest
  const towers = [vision, ...(vectors === undefined ? [text] : [])].map(
    ({ file, resident_bytes: bytes }) => `${file} ${mb(bytes ?? 0)} MB`,
  )
  io.stderr(
    `assay: added ${manifest.id} to ${service.url}: ${embedding.dimensions} dimensions, licence ${licence}; measured ${towers.join(', ')}` +
      `${vectors === undefined ? '' : `, ${vectors.texts} texts embedded`}\n`,
  )
  io.stdout(`${JSON.stringify({ id: model.id, model_digest: model.model_digest })}\n`)
  return 0
}

async function embedMore(given: string | undefined, values: Values, io: ModelsIo): Promise<number> {
  const id = modelId(given ?? '')
  if (values.texts === undefined) throw new Refusal('which texts? give --texts FILE')
  const texts = await readTexts(values.texts)
  const folder = join(io.work, 'models', id)
  const written = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => {
    throw new Refusal(`model ${id} was not prepared in this checkout: add it first (assay models add …)`)
  })
  const manifest = modelManifest.parse(JSON.parse(written))
  const service = await findService({ server: values.server, key: values.key }, io.environment, io.work)
  if ((await service.list()).some((model) => model.id === id)) await service.remove(id)
  const split = manifest.placement?.vision === 'worker' ? 'vision' : 'none'
  return publish(service, manifest, { folder, split, texts }, io)
}

async function list(_: string | undefined, values: Values, io: ModelsIo): Promise<number> {
  const service = await findService({ server: values.server, key: values.key }, io.environment, io.work)
  for (const { id, model_digest, manifest } of await service.list()) {
    const where =
      manifest.placement === undefined ? 'here' : `vision: ${manifest.placement.vision}, text: ${manifest.placement.text}`
    const texts = manifest.text_vectors === undefined ? '' : `, ${manifest.text_vectors.texts} texts embedded`
    io.stdout(`${id}\t${manifest.version}\t${model_digest.slice(0, 12)}\t${manifest.licence}\t${where}${texts}\n`)
  }
  return 0
}

async function remove(given: string | undefined, values: Values, io: ModelsIo): Promise<number> {
  if (given === undefined) throw new Refusal('which model? give its id; assay models list names them')
  const service = await findService({ server: values.server, key: values.key }, io.environment, io.work)
  await service.remove(given)
  io.stderr(`assay: removed ${given} from ${service.url}\n`)
  return 0
}

function sourceOf(given: string | undefined, values: Values, io: ModelsIo): Source {
  if (given === undefined) throw new Refusal('which model? give a folder, or the address of a repository')
  const say = (line: string): void => io.stderr(`assay: ${line}\n`)
  return openSource(given, { downloads: join(io.work, 'downloads'), revision: values.revision ?? 'main', say })
}

function layoutOptions(values: Values) {
  const precisionOf = (name: 'precision' | 'vision-precision' | 'text-precision'): Precision | undefined => {
    const given = values[name]
    return given === undefined ? undefined : choice(name, given, PRECISIONS)
  }
  const precision = {
    both: precisionOf('precision'),
    vision: precisionOf('vision-precision'),
    text: precisionOf('text-precision'),
  }
  return { precision, licence: values.licence }
}

/** Scale and bias are weights of the model that its two towers do not hold, so nobody here can know them. */
function scoringOf(family: Layout['family'], values: Values): { logitScale: number; logitBias: number | undefined } {
  const logitScale = number('logit-scale', values['logit-scale'])
  const logitBias = number('logit-bias', values['logit-bias'])
  if (logitScale === undefined)
    throw new Refusal(
      'what is a cosine multiplied by? The towers do not hold it: give --logit-scale, the exponential of the checkpoint’s logit_scale' +
        (family === 'clip' ? ' (100 for OpenAI’s CLIP)' : ''),
    )
  if (logitScale <= 0) throw new Refusal(`--logit-scale must be above 0, is ${logitScale}`)
  if (family === 'siglip' && logitBias === undefined)
    throw new Refusal('SigLIP adds a bias to every pair: give --logit-bias, the checkpoint’s logit_bias')
  if (family === 'clip' && logitBias !== undefined) throw new Refusal('CLIP has no bias: leave --logit-bias out')
  return { logitScale, logitBias }
}

function requireFit(weights: Weights, split: Split, vectors: { bytes: number } | undefined): void {
  const tooMuch = overBudget(demandAt(weights, split, vectors))
  if (tooMuch.length === 0) return
  const ways = fittingOptions(weights).map((option) => option || 'no --split')
  throw new Refusal(
    `${tooMuch.join('; ')}. ${ways.length > 0 ? `It would fit with: ${ways.join(' · ')}` : 'No way to run it fits; take a smaller one, or --precision quantized'}`,
  )
}

async function readTexts(file: string): Promise<string[]> {
  const content = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Refusal(`cannot read ${file}: ${error.message}`)
  })
  return textsOfFile(basename(file), content)
}

function modelId(name: string): string {
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 64)
  if (!/^[a-z0-9][a-z0-9.-]{0,63}$/.test(id)) throw new Refusal(`${JSON.stringify(name)} gives no id: take one by --id`)
  return id
}

function number(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (given.trim() === '' || !Number.isFinite(value)) throw new Refusal(`--${name} must be a number, is ${JSON.stringify(given)}`)
  return value
}

function choice<T extends string>(name: string, given: string, choices: readonly T[]): T {
  const found = choices.find((value) => value === given)
  if (found === undefined) throw new Refusal(`--${name} must be one of ${choices.join(', ')}, is ${JSON.stringify(given)}`)
  return found
}

function describeLayout(name: string, { family, licence, image, tokens, files }: Layout): string {
  const fit = `${image.fit}${image.shortest_edge === undefined ? '' : ` (shortest edge ${image.shortest_edge})`}, ${image.filter}`
  return [
    `${name}: ${family === 'clip' ? 'CLIP' : 'SigLIP'}, licence ${licence}`,
    `pictures ${image.size} px, ${fit}; texts of ${tokens.max_length} tokens, ${tokens.type}${tokens.padding === undefined ? '' : ', padded'}`,
    `${files.vision}, ${files.text}`,
  ].join('\n')
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1)
