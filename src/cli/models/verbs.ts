/**
 * The verbs of `assay models`. Each returns the exit status. Messages for people go to stderr, results to
 * stdout.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { overBudget } from '../../contracts/memory-budget.ts'
import { type ModelManifest, modelManifest } from '../../contracts/model-manifest.ts'
import { connect } from '../connection.ts'
import type { Output } from '../dispatch.ts'
import { embedTexts } from './embed-texts.ts'
import {
  demandAt,
  fitTable,
  fittingOptions,
  placementOf,
  type Split,
  SPLITS,
  type Weights,
  weightsBySize,
  weightsOf,
} from './fit.ts'
import { type Layout, readLayout } from './layout.ts'
import { licenceWarning } from './licence.ts'
import { choice, layoutOptions, modelId, padIdOf, readTexts, scoringOf, type Values } from './options.ts'
import { prepareModel } from './prepare.ts'
import { Refusal } from './refusal.ts'
import { type Service, serviceAt } from './service.ts'
import { openSource, type Source } from './source.ts'

export interface ModelsIo extends Output {
  /** Folder of prepared models and downloads, which also contains the address written by `npm start`. */
  readonly work: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

export async function check(given: string | undefined, values: Values, io: ModelsIo): Promise<number> {
  const source = sourceOf(given, values, io)
  const layout = await readLayout(source, layoutOptions(values))
  const weights = weightsBySize(layout.bytes)
  const warning = licenceWarning(layout.licence)
  io.stdout(`${describeLayout(source.name, layout)}\n${warning === undefined ? '' : `${warning}\n`}${fitTable(weights)}\n`)
  return fittingOptions(weights).length > 0 ? 0 : 1
}

export async function add(given: string | undefined, values: Values, io: ModelsIo): Promise<number> {
  const say = (line: string): void => io.stderr(`assay: ${line}\n`)
  const source = sourceOf(given, values, io)
  const id = modelId(values.get('id') ?? source.name)
  const split = choice('split', values.get('split') ?? 'none', SPLITS)
  const file = values.get('texts')
  const texts = file === undefined ? undefined : await readTexts(file)
  const layout = await readLayout(source, layoutOptions(values))
  const scale = scoringOf(layout.family, values)
  const service = await serviceOf(values, io)
  const warning = licenceWarning(layout.licence)
  if (warning !== undefined) say(warning)
  // By size alone, before a large file is downloaded or loaded.
  requireFit(weightsBySize(layout.bytes), split, texts && { bytes: 0 })

  // A registered model with an unfinished upload is not listed, and the upload continues.
  if ((await service.list()).some((model) => model.id === id))
    throw new Refusal(`there is a model ${id} already; remove it first (assay models remove ${id}), or take another --id`)

  const folder = join(io.work, 'models', id)
  const options = {
    ...layoutOptions(values),
    padId: padIdOf(values),
    ...scale,
    id,
    promptPrefix: values.get('prompt') ?? '',
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

/** Embeds texts if requested, checks the measured memory, and uploads the model. */
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

export async function embedMore(given: string | undefined, values: Values, io: ModelsIo): Promise<number> {
  const id = modelId(given ?? '')
  const texts = await readTexts(values.get('texts')!)
  const folder = join(io.work, 'models', id)
  const written = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => {
    throw new Refusal(`model ${id} was not prepared in this checkout: add it first (assay models add …)`)
  })
  const manifest = modelManifest.parse(JSON.parse(written))
  const service = await serviceOf(values, io)
  if ((await service.list()).some((model) => model.id === id)) await service.remove(id)
  const split = manifest.placement?.vision === 'worker' ? 'vision' : 'none'
  return publish(service, manifest, { folder, split, texts }, io)
}

export async function list(_: string | undefined, values: Values, io: ModelsIo): Promise<number> {
  const service = await serviceOf(values, io)
  for (const { id, model_digest, manifest } of await service.list()) {
    const { placement = undefined, text_vectors: vectors = undefined } =
      manifest.kind === 'fusion' || manifest.kind === 'captioner' ? {} : manifest
    const where = placement === undefined ? 'here' : `vision: ${placement.vision}, text: ${placement.text}`
    const texts = vectors === undefined ? '' : `, ${vectors.texts} texts embedded`
    io.stdout(`${id}\t${manifest.version}\t${model_digest.slice(0, 12)}\t${manifest.licence}\t${where}${texts}\n`)
  }
  return 0
}

export async function remove(given: string | undefined, values: Values, io: ModelsIo): Promise<number> {
  if (given === undefined) throw new Refusal('which model? give its id; assay models list names them')
  const service = await serviceOf(values, io)
  await service.remove(given)
  io.stderr(`assay: removed ${given} from ${service.url}\n`)
  return 0
}

async function serviceOf(values: Values, io: ModelsIo): Promise<Service> {
  return serviceAt(await connect({ server: values.get('server'), key: values.get('key') }, io))
}

function sourceOf(given: string | undefined, values: Values, io: ModelsIo): Source {
  if (given === undefined) throw new Refusal('which model? give a folder, or the address of a repository')
  const say = (line: string): void => io.stderr(`assay: ${line}\n`)
  return openSource(given, { downloads: join(io.work, 'downloads'), revision: values.get('revision') ?? 'main', say })
}

function requireFit(weights: Weights, split: Split, vectors: { bytes: number } | undefined): void {
  const tooMuch = overBudget(demandAt(weights, split, vectors))
  if (tooMuch.length === 0) return
  const ways = fittingOptions(weights).map((option) => option || 'no --split')
  throw new Refusal(
    `${tooMuch.join('; ')}. ${ways.length > 0 ? `It would fit with: ${ways.join(' · ')}` : 'No way to run it fits; take a smaller one, or --precision quantized'}`,
  )
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
