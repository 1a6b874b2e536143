/** Captions of another system, embedded in place of an item's own texts. */
import { expect, test } from 'vitest'
import type { DatasetVersion } from '../../../../src/contracts/dataset.ts'
import { Fault } from '../../../../src/contracts/failure.ts'
import { type Model, modelName, type ModelRequest } from '../../../../src/contracts/model.ts'
import type { RunSpec } from '../../../../src/contracts/run.ts'
import { edgeModelKind } from '../../../../src/models/edge/kind.ts'
import { readCaptionResults } from '../../../../src/tasks/caption/formats/coco-captions.ts'

const identity = {
  type: 'edge_model',
  model: 'clip',
  version: '1',
  model_digest: 'a'.repeat(64),
  preprocessing_digest: 'b'.repeat(64),
  runtime: 'r',
} as const
const dataset = {
  tenant: 't',
  datasetId: 'ds',
  digest: 'd',
  task: 'caption',
  format: 'coco-captions',
  items: 2,
  source: {},
} as unknown as DatasetVersion
const run = { id: 'run', tenant: 't', datasetId: 'ds', spec: { dataset: { digest: 'd' } } as RunSpec }
const ITEMS = ['1', '2'].map((id) => ({
  task: 'caption',
  id,
  cluster: id,
  image: null,
  position: 0,
  references: ['a reference'],
}))

/** A kind whose one model says which texts it was given, over a file with a caption of the first item. */
function kind() {
  const asked: ModelRequest[] = []
  const stored = new Map<string, readonly { id: string; answer: string | null }[]>()
  const model = {
    identity,
    concurrency: 1,
    supports: () => true,
    manifest: { embedding: { dimensions: 2 } },
    run: async (request: ModelRequest) => {
      asked.push(request)
      return { output: { kind: 'embeddings', image: new Float32Array(2), texts: [] }, calls: 1 }
    },
  } as unknown as Model
  const bytes = new TextEncoder().encode('[{"image_id": 1, "caption": "a dog on a beach"}]')
  const parts = {
    edgeModels: { find: async (_tenant: string, id: string) => (id === 'clip' ? model : null) },
    answeringModels: { find: async () => model },
    files: {
      find: async (_tenant: string, id: string) => {
        if (id !== 'file-1') throw new Fault({ kind: 'not_found', resource: 'file', id })
        return { id, sha256: 'ef24e8c11e3ebe8bb6dbc01a22b0b8de', bytes: bytes.length }
      },
      open: async () => ({ bytes: bytes.length, read: async () => bytes.slice() }),
    },
    datasets: {
      open: async () => ({ version: dataset, items: async (first: number, end: number) => ITEMS.slice(first, end) }),
      whileStoring: (_tenant: string, _kind: string, _digest: string, store: () => Promise<void>) => store(),
    },
    uploads: {
      putAnswers: async (
        _tenant: string,
        name: string,
        _digest: string,
        answers: readonly { id: string; answer: string | null }[],
      ) => void stored.set(name, answers),
      readAnswers: async (_tenant: string, name: string) => stored.get(name) ?? [],
    },
    admit: (_bytes: number, task: () => Promise<unknown>) => task(),
    readResultsOf: (format: string) => (format === 'coco-captions' ? readCaptionResults : null),
  }
  return { kind: edgeModelKind.connect(parts as never), asked, stored, sha256: parts.files }
}

const reference = (model = 'clip', file_id = 'file-1') => ({
  type: 'edge_model' as const,
  model,
  captions: { file_id, name: 'my captioner' },
})

test('the run names the system and the file, and each picture is compared with its caption of the file', async () => {
  const world = kind()
  const digest = Buffer.from(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode('[{"image_id": 1, "caption": "a dog on a beach"}]')),
  ).toString('hex')
  world.sha256.find = async (_tenant, id) => ({ id, sha256: digest, bytes: 47 })
  const resolved = await world.kind.resolve({ tenant: 't', dataset, reference: reference(), count: 2 })
  expect(resolved.identity).toEqual({ ...identity, captions: { name: 'my captioner', results_digest: digest } })
  expect(modelName(resolved.identity)).toBe('my captioner (clip)')
  await resolved.prepare()
  const model = await world.kind.open({ run, identity: resolved.identity as never, range: { first: 0, end: 2 } })
  const answer = await model.run({ item: ITEMS[0]!, output: 'embeddings' })
  expect(answer.evidence).toEqual({ caption: 'a dog on a beach' })
  expect(world.asked[0]!.texts).toEqual(['a dog on a beach'])
  await expect(model.run({ item: ITEMS[1]!, output: 'embeddings' })).rejects.toMatchObject({ code: 'no_caption' })
})

test.each<[string, object, Partial<DatasetVersion>, string]>([
  ['another task', reference(), { task: 'vqa' }, 'are read for datasets of the task caption; this one is vqa'],
  ['a model that answers', reference('assay-caption'), {}, 'are for a model that embeds'],
  ['an unknown file', reference('clip', 'file-2'), {}, 'file-2'],
])('%s is refused at planning', async (_case, given, changes, message) => {
  const resolving = kind().kind.resolve({ tenant: 't', dataset: { ...dataset, ...changes }, reference: given as never, count: 2 })
  await expect(resolving).rejects.toThrow(message)
})
