/**
 * Subjects: what a run says it wants evaluated, resolved to an identity that goes into the spec.
 * @module
 */
import type { CatalogueStore, DatasetStore, RecordedAnswer, UploadStore } from '../contracts/catalogue-ports.ts'
import type { DatasetVersion } from '../contracts/dataset.ts'
import { sha256Hex } from '../contracts/digest.ts'
import { addressDigest } from '../contracts/endpoint-address.ts'
import type { Encoders } from '../contracts/encoder.ts'
import { Fault, unprocessableField } from '../contracts/failure.ts'
import { release } from '../contracts/release.ts'
import type { ModelIdentity } from '../contracts/model.ts'
import type { Need } from '../contracts/predictor.ts'
import type { FileRecord } from '../contracts/records.ts'
import type { WorkQueue } from '../contracts/run.ts'
import type { ModelReference } from '../contracts/wire/model-reference.ts'
import { readItemScores } from '../tasks/formats/items-jsonl.ts'
import { formatOf, type OfficialFormat } from '../imports/formats.ts'
import { at } from '../contracts/failure-pointer.ts'

export interface ResolvedSubject {
  readonly identity: ModelIdentity
  readonly provides: readonly Need[]
  readonly queue: WorkQueue
  /** Items that may be observed at the same time. */
  readonly concurrency: number
}

export interface SubjectSources {
  readonly encoders: Encoders
  readonly catalogue: CatalogueStore
  readonly datasets: DatasetStore
  readonly uploads: UploadStore
  /**
   * Runs `task` when `bytes` more fit into what this isolate may hold at once. Enter before reading a large body, never while
   * inside already.
   */
  admit<T>(bytes: number, task: () => Promise<T>): Promise<T>
  /** Applied when a run gives no prompt of its own. */
  readonly defaultPrompt: string
  /** @throws {Fault} when the template is unusable. */
  checkPrompt(template: string, pointer: string): void
}

const POINTER = '/data_source/subject'

/** What the scores of an uploaded file are kept under: the same file may be read as results, too. */
export const scoresName = (digest: string) => `${digest}.scores`

/**
 * Resolves a subject for one dataset version. Uploaded results are checked as the official loader checks them, and stored in the
 * version's item order.
 * @param count - of the first items, that the run may use.
 * @throws {Fault} `not_found` or `unprocessable`, naming the field.
 */
export async function resolveSubject(
  sources: SubjectSources,
  tenant: string,
  version: DatasetVersion,
  subject: ModelReference,
  count = version.items,
): Promise<ResolvedSubject> {
  switch (subject.type) {
    case 'edge_model': {
      const encoder = await sources.encoders.find(tenant, subject.model)
      if (encoder === null)
        throw new Fault({ kind: 'not_found', resource: 'model', id: subject.model, pointer: `${POINTER}/model` })
      return {
        identity: await encoder.identity(),
        provides: ['image_embedding', 'text_embeddings'],
        queue: 'edge',
        concurrency: 1,
      }
    }
    case 'results': {
      const { readResults } = formatOf(version.format)
      if (readResults === null || version.task === 'retrieval')
        throw unprocessableField(
          `${POINTER}/type`,
          `results files are not read for ${version.task} datasets; use a subject of type edge_model, or upload scores (type scores)`,
        )
      const file = await findResults(sources, tenant, subject.file_id)
      await sources.admit(file.bytes, () => storeAnswers(sources, tenant, version, file, 'results', readResults))
      return {
        identity: { type: 'results', name: subject.name, results_digest: file.sha256 },
        provides: ['answer'],
        queue: 'edge',
        concurrency: 1,
      }
    }
    case 'scores': {
      const file = await findResults(sources, tenant, subject.file_id)
      const readScores: ReadAnswers = (text, ids) => {
        const scores = readItemScores(text, ids, count)
        return new Map([...scores].flatMap(([id, score]) => (score === null ? [] : [[id, JSON.stringify(score)]])))
      }
      await sources.admit(file.bytes, () => storeAnswers(sources, tenant, version, file, 'scores', readScores))
      return {
        identity: { type: 'scores', name: subject.name, scores_digest: file.sha256 },
        provides: ['score'],
        queue: 'edge',
        concurrency: 1,
      }
    }
    case 'endpoint': {
      // What the endpoint could not be asked is refused here: otherwise every item would end without an answer and without a call.
      if (version.task !== 'vqa')
        throw unprocessableField(
          `${POINTER}/type`,
          `an endpoint answers questions about pictures (vqa datasets), and this dataset is ${version.task}; upload the model's ` +
            (version.task === 'retrieval' ? 'scores and use the subject "scores"' : 'results and use the subject "results"'),
        )
      if (version.images === 0)
        throw unprocessableField(
          '/data_source/dataset',
          'it was imported without pictures, and an endpoint is asked about pictures; import it with them',
        )
      const { concurrency, baseUrl } = await at(`${POINTER}/endpoint`, () =>
        sources.catalogue.endpoints.find(tenant, subject.endpoint),
      )
      const prompt = subject.prompt ?? sources.defaultPrompt
      sources.checkPrompt(prompt, `${POINTER}/prompt`)
      return {
        identity: {
          type: 'endpoint',
          endpoint: subject.endpoint,
          address_digest: await addressDigest(baseUrl),
          model: subject.model,
          prompt,
          sampling: subject.sampling_params ?? {},
        },
        provides: ['answer'],
        queue: 'endpoint',
        concurrency,
      }
    }
  }
}

/** Results are matched with the dataset all at once, as the official loaders do it: 16 MB (350,000 answers) take 80 MB of heap. */
export const RESULTS_LIMIT = 16_000_000

async function findResults({ catalogue }: SubjectSources, tenant: string, id: string): Promise<FileRecord> {
  const pointer = `${POINTER}/file_id`
  const file = await at(pointer, () => catalogue.files.find(tenant, id))
  if (file.bytes > RESULTS_LIMIT)
    throw new Fault({
      kind: 'too_large',
      what: 'a results file',
      limit: RESULTS_LIMIT,
      actual: file.bytes,
      unit: 'bytes',
      pointer,
      remedy: 'import the dataset as several, and upload the results of each by itself',
    })
  return file
}

type ReadAnswers = NonNullable<OfficialFormat['readResults']>

/** Items are read a page at a time: a whole VQA v2 validation set would not fit beside the results. */
const PAGE = 2000

async function storeAnswers(
  { catalogue, datasets, uploads }: SubjectSources,
  tenant: string,
  version: DatasetVersion,
  { id, sha256 }: FileRecord,
  what: 'results' | 'scores',
  read: ReadAnswers,
): Promise<void> {
  const named = <T>(find: () => Promise<T>) => at(`${POINTER}/file_id`, find)
  const file = await named(() => catalogue.files.open(tenant, sha256))
  const bytes = await file.read(0, file.bytes).catch(async (error: unknown) => {
    // Its content goes after its row: no damage, if the row is gone by now.
    await named(() => catalogue.files.find(tenant, id))
    throw error
  })
  if ((await sha256Hex(bytes)) !== sha256)
    throw new Fault({ kind: 'damaged', object: id, detail: `the content of file ${id} is damaged: its SHA-256 is not ${sha256}` })
  const text = decodeResults(bytes, id)
  release(bytes)
  const reader = await at('/data_source/dataset', () => datasets.open(tenant, version.datasetId, version.digest))
  const ids: string[] = []
  for (let first = 0; first < version.items; first += PAGE)
    for (const item of await at('/data_source/dataset', () => reader.items(first, Math.min(version.items, first + PAGE))))
      ids.push(item.id)
  const answers = at(`${POINTER}/file_id`, () => read(text, ids, version.source), { document: `${what} file` })
  const ordered = ids.map((id): RecordedAnswer => ({ id, answer: answers.get(id) ?? null }))
  const name = what === 'scores' ? scoresName(sha256) : sha256
  await datasets.whileStoring(tenant, 'dataset', version.digest, () => uploads.putAnswers(tenant, name, version.digest, ordered))
}

function decodeResults(bytes: Uint8Array, fileId: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    const errors = [{ pointer: `${POINTER}/file_id`, detail: 'must name a file of UTF-8 text' }]
    throw new Fault({ kind: 'unprocessable', detail: `file ${fileId} is not UTF-8 text`, errors }, { cause })
  }
}
