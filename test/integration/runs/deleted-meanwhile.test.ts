/**
 * A run's dataset, eval or endpoint may be deleted between the check and the transaction. The answer is then
 * a 404 with the place, never a run or a 500.
 */
import { describe, expect, test } from 'vitest'
import { type RecordedKindParts, resultsKind } from '../../../src/models/recorded/kinds.ts'
import { taskRegistry } from '../../../src/tasks/registry.ts'
import { sha256Hex } from '../../../src/contracts/digest.ts'
import type { VqaItem } from '../../../src/tasks/vqa/item.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { createDatasetStore } from '../../../src/storage/dataset-store.ts'
import { createFileStore } from '../../../src/storage/file-store.ts'
import { createObjectClaims } from '../../../src/storage/object-claims.ts'
import { createUploadStore } from '../../../src/storage/objects.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'
import { SqliteEngine } from './sqlite-engine.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'

const pure = await pureRun({ seed: 1, task: 'vqa', items: 4, criteria: [VQA] })
const endpoint = { type: 'endpoint', endpoint: 'gpu', model: 'm', prompt: '?', sampling: {} } as const
const edge = { type: 'edge_model', model: 'mine', version: '1', model_digest: '', preprocessing_digest: '', runtime: '' } as const

describe('creating a run', () => {
  const failureOf = (lab: SqliteEngine, run: RunRecord, addedModel?: string) =>
    lab.engine.runs.createRun(run, [{ first: 0, end: 4 }], { addedModel }).then(
      () => null,
      (error: unknown) => (error as { failure: object }).failure,
    )
  const asking = (subject: typeof endpoint | typeof edge): RunRecord => ({ ...pure.run, spec: { ...pure.run.spec, subject } })

  test.each<[string, string, RunRecord, string | undefined, object]>([
    [
      'dataset',
      'DELETE FROM dataset_versions',
      pure.run,
      undefined,
      { resource: 'dataset', id: 'ds', pointer: '/data_source/dataset' },
    ],
    ['eval', 'DELETE FROM evals', pure.run, undefined, { resource: 'eval', id: 'eval' }],
    ['endpoint', '', asking(endpoint), undefined, { resource: 'endpoint', id: 'gpu', pointer: '/data_source/subject/endpoint' }],
    ['model', '', asking(edge), 'mine', { resource: 'model', id: 'mine', pointer: '/data_source/subject/model' }],
  ])('names the %s that is gone', async (_, sql, run, addedModel, expected) => {
    const lab = new SqliteEngine(pure)
    lab.sqlite.exec(sql)
    expect(await failureOf(lab, run, addedModel)).toEqual({ kind: 'not_found', ...expected })
    expect(lab.rows('SELECT * FROM runs')).toEqual([])
    expect(lab.rows('SELECT * FROM shards')).toEqual([])
  })

  test('does not happen while all exist', async () => {
    const lab = new SqliteEngine(pure)
    lab.sqlite.exec(
      `INSERT INTO endpoints (tenant_id, name, base_url, secret_name, timeout_ms, max_attempts, concurrency, created_at) VALUES ('t', 'gpu', 'https://gpu.example', NULL, 1, 1, 1, 0)`,
    )
    lab.sqlite.exec(`INSERT INTO models (tenant_id, model_id, manifest, created_at) VALUES ('t', 'mine', '{}', 0)`)
    expect(await failureOf(lab, asking(endpoint))).toBeNull()
    expect(await failureOf(lab, { ...asking(edge), id: 'evalrun_2' }, 'mine')).toBeNull()
    // A shipped model has no row.
    expect(await failureOf(lab, { ...asking(edge), id: 'evalrun_3' })).toBeNull()
  })
})

describe('reading a results file', () => {
  const item: VqaItem = {
    task: 'vqa',
    id: '1',
    cluster: '1',
    image: null,
    question: '?',
    question_type: 'what',
    answer_type: 'other',
    answers: Array.from({ length: 10 }, () => 'red'),
  }

  async function world() {
    const { db } = sqliteD1()
    const objects = new Map<string, Uint8Array>()
    const bucket = memoryBucket(objects)
    const clock = { now: () => 1 }
    const claims = createObjectClaims(db, bucket, clock)
    const datasets = createDatasetStore(db, bucket, clock, () => 'ds_1', claims)
    const files = createFileStore(db, bucket, clock, claims)
    const facts = {
      tenant: 't',
      name: 'd',
      digest: 'd'.repeat(64),
      task: 'vqa',
      format: 'items-jsonl',
      items: 1,
      images: 0,
    } as const
    const columns = { cluster: new Uint32Array(1), strata: [] }
    const { version } = await datasets.put({
      ...facts,
      clusters: 1,
      strata: [],
      source: {},
      orderedItems: [item],
      columns,
      imageDigests: [],
    })
    const bytes = new TextEncoder().encode('{"id": "1", "answer": "red"}\n')
    await files.put('t', { id: 'file-1', sha256: await sha256Hex(bytes), filename: 'r.jsonl' }, bytes)
    const parts: RecordedKindParts = {
      files,
      datasets,
      uploads: createUploadStore(bucket),
      admit: (_, task) => task(),
      readResultsOf: (format) => taskRegistry.format(format).readResults,
    }
    const reference = { type: 'results', file_id: 'file-1', name: 'r' } as const
    const resolve = async (meanwhile: Partial<RecordedKindParts>) => {
      try {
        const kind = resultsKind.connect({ ...parts, ...meanwhile })
        const { identity, prepare } = await kind.resolve({ tenant: 't', dataset: version, reference, count: 1 })
        await prepare()
        return identity
      } catch (error) {
        return (error as { failure?: object }).failure ?? error
      }
    }
    return { datasets, files, resolve }
  }

  test('is what a run is made of', async () => {
    expect(await (await world()).resolve({})).toMatchObject({ type: 'results', name: 'r' })
  })

  test('of a dataset that is deleted after it was found', async () => {
    const { datasets, resolve } = await world()
    const open: typeof datasets.open = async (...of) => {
      await datasets.delete('t', 'ds_1')
      return datasets.open(...of)
    }
    expect(await resolve({ datasets: { ...datasets, open } })).toMatchObject({
      kind: 'not_found',
      pointer: '/data_source/dataset',
    })
  })

  test('of a dataset that is deleted after it was opened', async () => {
    const { datasets, resolve } = await world()
    const open: typeof datasets.open = async (...of) => {
      const reader = await datasets.open(...of)
      await datasets.delete('t', 'ds_1')
      return reader
    }
    expect(await resolve({ datasets: { ...datasets, open } })).toMatchObject({
      kind: 'not_found',
      pointer: '/data_source/dataset',
    })
  })

  test.each(['before', 'after'])('that is deleted %s it was opened', async (when) => {
    const { files, resolve } = await world()
    const open: typeof files.open = async (...of) => {
      if (when === 'before') await files.delete('t', 'file-1')
      const file = await files.open(...of)
      await files.delete('t', 'file-1').catch(() => {})
      return file
    }
    expect(await resolve({ files: { ...files, open } })).toMatchObject({
      kind: 'not_found',
      pointer: '/data_source/subject/file_id',
    })
  })
})
