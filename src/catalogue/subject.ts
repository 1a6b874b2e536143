/**
 * Subjects: what a run says it wants evaluated, resolved to an identity that goes into the spec.
 * @module
 */
import type { CatalogueStore, DatasetStore, RecordedAnswer, UploadStore } from '../contracts/catalogue-ports.ts'
import type { DatasetVersion } from '../contracts/dataset.ts'
import type { Encoders } from '../contracts/encoder.ts'
import { Fault } from '../contracts/failure.ts'
import { release } from '../contracts/release.ts'
import type { Need, SubjectIdentity } from '../contracts/predictor.ts'
import type { WorkQueue } from '../contracts/run.ts'
import type { RunCreate } from '../contracts/wire/evals.ts'
import { formatOf } from './formats.ts'

export interface ResolvedSubject {
  readonly identity: SubjectIdentity
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
  /** Applied when a run gives no prompt of its own. */
  readonly defaultPrompt: string
  /** @throws {Fault} when the template is unusable. */
  checkPrompt(template: string, pointer: string): void
}

const POINTER = '/data_source/subject'

/**
 * Resolves a subject for one dataset version. Uploaded results are checked as the official loader checks them, and stored in the
 * version's item order.
 * @throws {Fault} `not_found` or `unprocessable`, naming the field.
 */
export async function resolveSubject(
  sources: SubjectSources,
  tenant: string,
  version: DatasetVersion,
  subject: RunCreate['data_source']['subject'],
): Promise<ResolvedSubject> {
  switch (subject.type) {
    case 'edge_model': {
      const encoder = sources.encoders.find(subject.model)
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
      const file = await at(`${POINTER}/file_id`, () => sources.catalogue.files.find(tenant, subject.file_id))
      if (file.bytes > RESULTS_LIMIT)
        throw new Fault({
          kind: 'too_large',
          what: 'a results file',
          limit: RESULTS_LIMIT,
          actual: file.bytes,
          unit: 'bytes',
          pointer: `${POINTER}/file_id`,
        })
      await storeAnswers(sources, tenant, version, file.sha256)
      return {
        identity: { type: 'results', name: subject.name, results_digest: file.sha256 },
        provides: ['answer'],
        queue: 'edge',
        concurrency: 1,
      }
    }
    case 'endpoint': {
      const { concurrency } = await at(`${POINTER}/endpoint`, () => sources.catalogue.endpoints.find(tenant, subject.endpoint))
      const prompt = subject.prompt ?? sources.defaultPrompt
      sources.checkPrompt(prompt, `${POINTER}/prompt`)
      return {
        identity: {
          type: 'endpoint',
          endpoint: subject.endpoint,
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

/** Says which field of the request named the thing that was not found. */
async function at<T>(pointer: string, find: () => Promise<T>): Promise<T> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof Fault && error.failure.kind === 'not_found')
      throw new Fault({ ...error.failure, pointer }, { cause: error })
    throw error
  }
}

/** Results are matched with the dataset all at once, as the official loaders do it: 16 MB (350,000 answers) take 80 MB of heap. */
export const RESULTS_LIMIT = 16_000_000

/** Items are read a page at a time: a whole VQA v2 validation set would not fit beside the results. */
const PAGE = 2000

async function storeAnswers(
  { datasets, uploads }: SubjectSources,
  tenant: string,
  version: DatasetVersion,
  resultsDigest: string,
): Promise<void> {
  const file = await uploads.openFile(tenant, resultsDigest)
  const bytes = await file.read(0, file.bytes)
  const text = new TextDecoder().decode(bytes)
  release(bytes)
  const reader = await datasets.open(tenant, version.datasetId, version.digest)
  const ids: string[] = []
  for (let first = 0; first < version.items; first += PAGE)
    for (const item of await reader.items(first, Math.min(version.items, first + PAGE))) ids.push(item.id)
  const answers = formatOf(version.format).readResults(text, ids, version.source)
  const ordered = ids.map((id): RecordedAnswer => ({ id, answer: answers.get(id) ?? null }))
  await uploads.putAnswers(tenant, resultsDigest, version.digest, ordered)
}
