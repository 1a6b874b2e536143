/**
 * The model kind `embeddings`: vectors of pictures and texts that were computed elsewhere.
 * @module
 */
import { displayName } from '../../../contracts/display-name.ts'
import { z } from 'zod'
import type { CatalogueStore, DatasetStore } from '../../../contracts/catalogue-ports.ts'
import type { DatasetReader } from '../../../contracts/dataset.ts'
import { unprocessableField } from '../../../contracts/failure.ts'
import { at } from '../../../contracts/failure-pointer.ts'
import type { StoredFile, VectorFiles } from '../../../contracts/import-ports.ts'
import { itemPages } from '../../../contracts/item-pages.ts'
import type { Item, TaskId } from '../../../contracts/item.ts'
import {
  type EmbeddingsOutput,
  LABELS_KEPT,
  type LabelsOutput,
  type Model,
  type ModelIdentityOf,
  type OutputKind,
  SampleError,
  UNORDERED,
} from '../../../contracts/model.ts'
import { release } from '../../../contracts/release.ts'
import { id } from '../../../contracts/wire/common.ts'
import { labelEmbedding, nearestLabels } from '../../../metrics/label-embedding.ts'
import { taskOf } from '../../../tasks/registry.ts'
import { isOf } from '../../../tasks/task.ts'
import { retrieval } from '../../../tasks/retrieval/task.ts'
import { type ModelKind, REFERENCE_POINTER } from '../../model-kind.ts'
import { type EmbeddingsFile, readEmbeddingsFile } from './embeddings-file.ts'
import { dimensionsOfLines, isJsonLines, MOST_VECTOR_BYTES, safetensorsOfLines } from './json-lines.ts'
import { type BadVector, readVectors } from './read-rows.ts'
import type { StoredMatrix } from './safetensors.ts'

export interface EmbeddingsKindParts {
  readonly files: Pick<CatalogueStore['files'], 'find' | 'open'>
  readonly datasets: Pick<DatasetStore, 'open' | 'whileStoring'>
  readonly vectors: VectorFiles
  /** Runs `task` when `bytes` more fit into this isolate's memory. */
  readonly admit: <T>(bytes: number, task: () => Promise<T>) => Promise<T>
}

type Identity = ModelIdentityOf<'embeddings'>

const FILE = `${REFERENCE_POINTER}/file_id`

/** Bytes of vectors that a shard holds. Each shard reads the whole file, so large shards are cheaper. */
const SHARD_BYTES = 12 * 2 ** 20

/** Texts of an item on which the shard size is reckoned. Official sets have five. */
const TEXTS_PER_ITEM = 5

const reference = z
  .strictObject({
    type: z.literal('embeddings'),
    file_id: id.describe(
      'An uploaded file of `images` and `texts`, with `image_ids` and `text_ids`: safetensors, which has the ids in its metadata, or the .npz of `numpy.savez`; or lines of `{"image_id", "embedding"}` and `{"text_id", "embedding"}`.',
    ),
    name: displayName(128).min(1).describe('The name of the model that computed them; the leaderboard shows it.'),
  })
  .describe('Embeddings that were computed elsewhere.')

/**
 * Whether embeddings are an output for a task: true, or a sentence with the reason why not.
 * @internal
 */
export function embeddingsSupport(task: TaskId, output: OutputKind): true | string {
  const isChoice = taskOf(task).chooses === true
  if (isChoice && output === 'rotations') return UNORDERED
  if (output !== (isChoice ? 'labels' : 'embeddings'))
    return `uploaded embeddings are vectors, not ${output}; upload results (type results)`
  return (
    isChoice ||
    task === retrieval.id ||
    `uploaded embeddings are read for retrieval and classification datasets, and this one is ${task}; use an edge_model`
  )
}

export const embeddingsKind: ModelKind<EmbeddingsKindParts, typeof reference, Identity> = {
  reference,
  connect: ({ files, datasets, vectors, admit }) => ({
    async resolve({ tenant, dataset, reference: { file_id, name }, count }) {
      const { sha256 } = await at(FILE, () => files.find(tenant, file_id))
      const file = await at(FILE, () => files.open(tenant, sha256))
      const hasLines = isJsonLines(await file.read(0, HEAD_BYTES))
      const dimensions = await at(FILE, () => (hasLines ? dimensionsOfLines(file) : dimensionsOf(file)), DOCUMENT)
      const prepare = async (stored: StoredFile) => {
        const embeddings = await at(FILE, () => readEmbeddingsFile(stored), DOCUMENT)
        const reader = await at('/data_source/dataset', () => datasets.open(tenant, dataset.datasetId, dataset.digest))
        await at(FILE, () => requireFinite(stored, embeddings), DOCUMENT)
        await requireAny(reader, count, embeddings)
      }
      return {
        identity: { type: 'embeddings', name, embeddings_digest: sha256 },
        concurrency: 1,
        queue: 'edge',
        dimensions,
        shardSize: Math.max(1, Math.floor(SHARD_BYTES / (4 * dimensions * (1 + TEXTS_PER_ITEM)))),
        supports: embeddingsSupport,
        prepare: () =>
          hasLines
            ? admit(2 * MOST_VECTOR_BYTES, async () => {
                const packed = await at(FILE, () => safetensorsOfLines(file), DOCUMENT)
                await prepare(fileOf(packed))
                await datasets.whileStoring(tenant, 'dataset', dataset.digest, () =>
                  vectors.put(tenant, sha256, dataset.digest, packed),
                )
                release(packed)
              })
            : prepare(file),
      }
    },
    async open({ run: { tenant, datasetId, spec }, identity, range }) {
      const { embeddings_digest: sha256 } = identity
      const file = (await vectors.open(tenant, sha256, spec.dataset.digest)) ?? (await files.open(tenant, sha256))
      const reader = await datasets.open(tenant, datasetId, spec.dataset.digest)
      const items = await reader.items(range.first, range.end)
      return recordedEmbeddings(identity, await readItems(file, await readEmbeddingsFile(file), items))
    },
  }),
}

const DOCUMENT = { document: 'embeddings file' } as const

/** Enough to tell the forms of a file apart. */
const HEAD_BYTES = 64

const dimensionsOf = async (file: StoredFile): Promise<number> => (await readEmbeddingsFile(file)).dimensions

const fileOf = (content: Uint8Array): StoredFile => ({
  bytes: content.length,
  read: async (offset, length) => content.slice(offset, offset + length),
})

/** @throws {Fault} `unprocessable` for a vector that is zero or not finite */
async function requireFinite(file: StoredFile, { images, texts }: EmbeddingsFile): Promise<void> {
  for (const [name, matrix] of [
    ['images', images],
    ['texts', texts],
  ] as const) {
    const ids = [...matrix.rowOf.keys()]
    for await (const [row, vector] of readVectors(file, matrix, [...matrix.rowOf.values()]))
      if (typeof vector === 'string') throw unprocessableField('', `${name}: the vector of ${ids[row]} is ${WORDS[vector]}`)
  }
}

const WORDS: Record<BadVector, string> = { not_finite: 'not finite', zero: 'zero' }

/** @throws {Fault} `unprocessable` if no item of the run has its vectors: the ids are probably others */
async function requireAny(reader: Pick<DatasetReader, 'items'>, count: number, embeddings: EmbeddingsFile): Promise<void> {
  let example = ''
  for await (const page of itemPages(reader, count))
    for (const item of page) {
      const missing = missingOf(item, embeddings)
      if (missing === undefined) return
      example ||= missing
    }
  throw unprocessableField(FILE, `no item of the dataset has all of its vectors in this file: ${example}`)
}

/** The ids of an item's texts. Those of labels are the labels, those of options `{id}#{place}`. */
function textIds(item: Item): readonly string[] {
  if (isOf(retrieval, item)) return item.captions.map((caption) => caption.id)
  return item.options?.map((_, place) => `${item.id}#${place}`) ?? (item.candidates ?? []).map(({ label }) => label)
}

/** Why an item has no output; undefined if it has one. */
function missingOf(item: Item, { images, texts }: EmbeddingsFile): string | undefined {
  if (!images.rowOf.has(item.id)) return `image_ids has no ${JSON.stringify(item.id)}`
  const text = textIds(item).find((each) => !texts.rowOf.has(each))
  return text === undefined ? undefined : `text_ids has no ${JSON.stringify(text)}, a text of item ${item.id}`
}

/** The outputs of items by id, or why an item has none. */
async function readItems(
  file: StoredFile,
  embeddings: EmbeddingsFile,
  items: readonly Item[],
): Promise<ReadonlyMap<string, EmbeddingsOutput | string>> {
  const whole = items.filter((item) => missingOf(item, embeddings) === undefined)
  const images = await rowsById(file, embeddings.images, new Set(whole.map((item) => item.id)))
  const texts = await rowsById(file, embeddings.texts, new Set(whole.flatMap(textIds)))
  return new Map(
    items.map((item): [string, EmbeddingsOutput | string] => {
      const missing = missingOf(item, embeddings)
      if (missing !== undefined) return [item.id, missing]
      const vectors = textIds(item).map((each) => ({ vector: texts.get(each)!, tokens: 0, truncated: false, unknownTokens: 0 }))
      return [item.id, { kind: 'embeddings', image: images.get(item.id)!, texts: vectors }]
    }),
  )
}

async function rowsById(file: StoredFile, matrix: StoredMatrix, ids: ReadonlySet<string>): Promise<Map<string, Float32Array>> {
  const wanted = [...ids].map((each) => [matrix.rowOf.get(each)!, each] as const).toSorted(([a], [b]) => a - b)
  const idOf = new Map(wanted)
  const found = new Map<string, Float32Array>()
  for await (const [row, vector] of readVectors(file, matrix, [...idOf.keys()])) {
    // Checked when the run was planned: the file is named by its digest.
    if (typeof vector === 'string') throw new Error(`row ${row} is ${WORDS[vector]}`)
    found.set(idOf.get(row)!, vector)
  }
  return found
}

/** Unit vectors of labels, which all items share. */
const units = new WeakMap<Float32Array, Float64Array>()

function unitOf(vector: Float32Array): Float64Array {
  const unit = units.get(vector) ?? labelEmbedding([vector])
  units.set(vector, unit)
  return unit
}

function nearest({ image, texts }: EmbeddingsOutput): LabelsOutput {
  const labels = texts.map(({ vector }) => unitOf(vector))
  return { kind: 'labels', ranked: nearestLabels(image, labels, LABELS_KEPT), read: null }
}

function recordedEmbeddings(identity: Identity, outputs: ReadonlyMap<string, EmbeddingsOutput | string>): Model {
  return {
    identity,
    concurrency: 1,
    supports: embeddingsSupport,
    async run({ item, output }) {
      const found = outputs.get(item.id)
      if (output !== 'embeddings' && output !== 'labels') throw new Error(`the plan should have refused this: ${output}`)
      if (typeof found !== 'object') throw new SampleError('no_embedding', found ?? `no vectors of item ${item.id}`)
      return { output: output === 'labels' ? nearest(found) : found, calls: 0 }
    },
  }
}
