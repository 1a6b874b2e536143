/**
 * The import job on R2, D1 and the control queue's handler: crashes between any two slices, a lost lease, and
 * an invalid file.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import { workImport } from '../../src/imports/import-job.ts'
import type { ImportServices } from '../../src/imports/state.ts'
import { importDataset } from '../../src/imports/import-dataset.ts'
import { taskRegistry } from '../../src/tasks/registry.ts'
import { importOf } from '../support/official-files.ts'
import { composeFetch } from '../../src/compose-fetch.ts'
import { jobDependencies } from '../../src/compose-queue.ts'
import { deploymentOf } from '../../src/compose-shared.ts'
import { sha256Hex } from '../../src/contracts/digest.ts'
import type { ImportRecord } from '../../src/contracts/import-ports.ts'
import { importJobHandler } from '../../src/imports/job-handler.ts'
import { workJob, type WorkJobDependencies } from '../../src/jobs/work-job.ts'
import { createDatasetStore } from '../../src/storage/dataset-store.ts'
import { createImportPictures } from '../../src/storage/import-pictures.ts'
import { createImportStore } from '../../src/storage/import-store.ts'
import { createImportWorkspace } from '../../src/storage/import-workspace.ts'
import { createJobStore } from '../../src/storage/job-store.ts'
import { createObjectClaims } from '../../src/storage/object-claims.ts'
import { createUploadStore } from '../../src/storage/objects.ts'
import { syntheticVqa } from '../support/synthetic-vqa.ts'
import { testEnv } from './setup.ts'

const LEASE = 60_000
const SMALL = { readBytes: 12_000, heldText: 4000, fetchBytes: 5000 }
const { DB, OBJECTS } = testEnv
let serial = 0
let now: number
let crashing: boolean
let sent: string[]
let engine: WorkJobDependencies
let services: ImportServices

const { files: fileStore } = composeFetch(testEnv).catalogue
const claims = createObjectClaims(DB, OBJECTS, { now: () => now })
const newId = () => `imports${String(++serial).padStart(25, '0')}`

class Crash extends Error {}

beforeEach(async () => {
  now = 1_800_000_000_000
  crashing = false
  sent = []
  await DB.batch(['dataset_imports', 'outbox'].map((table) => DB.prepare(`DELETE FROM ${table}`)))
  // Time passes: each invocation ends after one slice.
  const clock = { now: () => (now += 25_000) }
  const imports = createImportStore(DB, clock)
  services = {
    clock,
    tasks: taskRegistry,
    imports: {
      ...imports,
      async checkpoint(job, state, progress) {
        const held = await imports.checkpoint(job, state, progress)
        if (crashing) throw new Crash('between two slices')
        return held
      },
    },
    datasets: createDatasetStore(DB, OBJECTS, clock, () => `ds_${newId()}`, claims),
    files: fileStore,
    workspace: (tenant, id) => createImportWorkspace(OBJECTS, tenant, id),
    pictures: (tenant, id) => createImportPictures(DB, OBJECTS, claims, tenant, id),
    admit: (_, task) => task(),
  }
  const composed = jobDependencies(deploymentOf(testEnv))
  engine = {
    ...composed,
    clock,
    jobs: createJobStore(DB, clock, { resendMilliseconds: LEASE, leaseMilliseconds: LEASE }),
    leaseMilliseconds: LEASE,
    queues: { sendJobs: async (jobs) => void sent.push(...jobs) },
    every: () => () => {},
    handlers: { ...composed.handlers, import: importJobHandler(services, SMALL) },
  }
})

const set = syntheticVqa(150, 3, 4)
const FILES = { questions: [...set.questions()].join(''), annotations: [...set.annotations()].join('') }

async function start(tenant: string, files = FILES): Promise<{ record: ImportRecord; jobId: string }> {
  const sources = await Promise.all(
    Object.entries(files).map(async ([field, text]) => {
      const bytes = new TextEncoder().encode(text)
      const sha256 = await sha256Hex(bytes)
      const { id } = await fileStore.put(tenant, { id: `file-${newId()}`, sha256, filename: field }, bytes)
      return [field, { file_id: id, sha256, bytes: bytes.length }] as const
    }),
  )
  const request = { name: 'set', format: 'vqa-v2', split: null, files: Object.fromEntries(sources), storedImages: [] }
  return services.imports.create(tenant, `imp_${newId()}`, request)
}

/** The stored objects of a version. */
async function stored(tenant: string, digest: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const part of ['items.jsonl', 'items.idx', 'columns.bin']) {
    const object = await OBJECTS.get(`t/${tenant}/datasets/${digest}/${part}`)
    found[part] = await sha256Hex(await object!.arrayBuffer())
  }
  return found
}

describe('the import job', () => {
  test.each([false, true])(
    'stores what the import within a request stores; crashing between any two slices: %s',
    async (crashes) => {
      const expected = await importDataset(
        importOf({ tenant: 'whole', name: 'set', format: 'vqa-v2', files: FILES, images: [] }),
        {
          tasks: taskRegistry,
          datasets: createDatasetStore(DB, OBJECTS, services.clock, () => `ds_${newId()}`, claims),
          uploads: createUploadStore(OBJECTS),
        },
      )
      const tenant = `job ${crashes}`
      const { record, jobId } = await start(tenant)
      const outcomes: string[] = []
      for (let message = 0; outcomes.at(-1) !== 'done' && message < 200; message++) {
        crashing = crashes && message % 3 > 0
        outcomes.push(
          await workJob(engine, jobId).catch((error: Error) => (error instanceof Crash ? 'crashed' : Promise.reject(error))),
        )
        if (outcomes.at(-1) === 'postponed') expect(sent.pop(), 'its own successor').toBe(jobId)
      }
      expect(outcomes.length).toBeGreaterThan(15)
      if (crashes) expect(outcomes).toContain('crashed')
      const done = await services.imports.find(tenant, record.id)
      expect(done).toMatchObject({ status: 'completed', error: null, state: null, version: { digest: expected.version.digest } })
      const version = await createDatasetStore(DB, OBJECTS, services.clock, newId, claims).find(tenant, done.version!.datasetId)
      const { datasetId: _a, createdAt: _b, tenant: _c, ...facts } = version
      const { datasetId: _d, createdAt: _e, tenant: _f, ...expectedFacts } = expected.version
      expect(facts).toEqual(expectedFacts)
      expect(await stored(tenant, version.digest)).toEqual(await stored('whole', version.digest))
      expect((await OBJECTS.list({ prefix: `t/${tenant}/imports/` })).objects).toEqual([])
      expect(await workJob(engine, jobId), 'a late message').toBe('skipped')
    },
  )

  test('a holder that lost its lease writes nothing and stops', async () => {
    const { record, jobId } = await start('lost')
    const slow = await engine.jobs.claimJob(jobId, 'slow', LEASE)
    now += 2 * LEASE
    expect(await workJob(engine, jobId)).toBe('postponed')
    const { state } = await services.imports.find('lost', record.id)
    expect(await workImport(services, slow!, SMALL)).toEqual({ outcome: 'lost' })
    expect((await services.imports.find('lost', record.id)).state).toEqual(state)
  })

  test('a file that the official loader would refuse ends the import with the field named, and nothing stays behind', async () => {
    const { record, jobId } = await start('wrong', {
      ...FILES,
      annotations: FILES.annotations.replace(/"answer_type":"[^"]*"/, '"answer_type":7'),
    })
    let outcome = ''
    for (let message = 0; outcome !== 'done' && message < 50; message++) outcome = await workJob(engine, jobId)
    const failed = await services.imports.find('wrong', record.id)
    expect(failed.status).toBe('failed')
    expect(failed.error).toMatchObject({ kind: 'unprocessable', errors: [{ pointer: 'annotations#/annotations/0/answer_type' }] })
    expect((await OBJECTS.list({ prefix: 't/wrong/imports/' })).objects).toEqual([])
  })

  test('one that gets nowhere is given up and says so', async () => {
    const { record, jobId } = await start('stuck')
    const perform = () => Promise.reject(new Error('out of memory'))
    engine = { ...engine, handlers: { ...engine.handlers, import: { ...engine.handlers.import, perform } } }
    for (let message = 0; message < 20; message++) await expect(workJob(engine, jobId)).rejects.toThrow('out of memory')
    expect(await workJob(engine, jobId)).toBe('given up')
    expect(await services.imports.find('stuck', record.id)).toMatchObject({ status: 'failed', error: { kind: 'internal' } })
  })
})

test('items in several parts are one object, for any writers and any number of completions', async () => {
  const partBytes = 5 * 2 ** 20
  const workspace = createImportWorkspace(OBJECTS, 'parts', 'imp', partBytes)
  let upload = await workspace.startItems('d')
  const parts = [new Uint8Array(partBytes).fill(1), new Uint8Array(partBytes).fill(2), new Uint8Array(3).fill(3)]
  for (const part of parts) upload = await workspace.putItems('d', upload, part)
  expect(await OBJECTS.head('t/parts/datasets/d/items.jsonl')).toBeNull()
  // The same part once more, by a late attempt: its tag differs.
  const straggler = await workspace.putItems('d', { ...upload, parts: upload.parts.slice(0, 1) }, parts[1]!)
  expect(await workspace.finishItems('d', upload)).toBeNull()
  const again = { ...upload, parts: upload.parts.with(1, straggler.parts[1]!) }
  expect(await workspace.finishItems('d', again)).toHaveLength(41)
  expect(await workspace.finishItems('d', again), 'after a crash').toHaveLength(41)
  const bytes = new Uint8Array(await (await OBJECTS.get('t/parts/datasets/d/items.jsonl'))!.arrayBuffer())
  expect([bytes.length, bytes[0], bytes[partBytes], bytes.at(-1)]).toEqual([2 * partBytes + 3, 1, 2, 3])
})
