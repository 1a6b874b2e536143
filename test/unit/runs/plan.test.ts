import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ScorerSpec } from '../../../src/contracts/scorer-spec.ts'
import { Fault } from '../../../src/contracts/failure.ts'
import type { ModelIdentity, OutputKind } from '../../../src/contracts/model.ts'
import { encodeRows } from '../../../src/contracts/sample-row.ts'
import { rowWidths, SCORERS } from '../../../src/scorers/registry.ts'
import { defaultShardSize, largestShardSize, layOut, planRun, type PlanRequest } from '../../../src/runs/plan.ts'
import { pureRun, RETRIEVAL, SIMILARITY, VQA } from '../../support/pure-run.ts'

const { version: dataset } = await pureRun({ seed: 1, task: 'retrieval', items: 50, criteria: [RETRIEVAL] })
const MODEL: ModelIdentity = {
  type: 'edge_model',
  model: 'assay-clip',
  version: '1',
  model_digest: 'm',
  preprocessing_digest: 'p',
  runtime: 'r',
}
const bound = (...criteria: readonly ScorerSpec[]) => SCORERS.bindAll(criteria)
/** A model that gives one kind of output. */
const modelOf = (identity: ModelIdentity, kind: OutputKind) => ({
  identity,
  supports: (_task: string, output: OutputKind) => output === kind || `it gives ${kind} only`,
})
const REQUEST: PlanRequest = {
  dataset,
  scorers: bound(RETRIEVAL, SIMILARITY),
  model: modelOf(MODEL, 'embeddings'),
  limit: 20,
  seed: 3,
  level: 0.95,
}
const digestOf = async (change: Partial<PlanRequest> = {}) => (await planRun({ ...REQUEST, ...change })).specDigest

async function failureOf(change: Partial<PlanRequest>) {
  try {
    await planRun({ ...REQUEST, ...change })
  } catch (error) {
    if (error instanceof Fault && error.failure.kind === 'unprocessable') return error.failure.errors[0]!
    throw error
  }
  throw new Error('it was planned')
}

describe('the spec digest', () => {
  test('of a run planned before it contained endpoint addresses is unchanged', async () => {
    expect(await digestOf()).toBe('cb3cd22d63e0de1be84098996e3a282e1a16501bc91f220234cb644f6a1343ac')
    const { version } = await pureRun({ seed: 1, task: 'vqa', items: 50, criteria: [VQA] })
    const subject: ModelIdentity = { type: 'endpoint', endpoint: 'gpu', model: 'm', prompt: 'p', sampling: {} }
    const endpoint = { ...REQUEST, dataset: version, scorers: bound(VQA) }
    expect((await planRun({ ...endpoint, model: modelOf(subject, 'text') })).specDigest).toBe(
      '5e2443335c2f81d55f342bff914fb27581c02003a9a02edb680a506ee697e796',
    )
    const digests = await Promise.all(
      ['a', 'b'].map(async (digit) => {
        const model = modelOf({ ...subject, address_digest: digit.repeat(64) }, 'text')
        const planned = await planRun({ ...endpoint, model })
        return planned.specDigest
      }),
    )
    expect(new Set(digests).size, 'another address, another digest').toBe(2)
  })

  test('changes with everything that can change a score', async () => {
    const changes: Partial<PlanRequest>[] = [
      {},
      { dataset: { ...dataset, digest: 'f'.repeat(64) } },
      { limit: 21 },
      { limit: undefined },
      { seed: 4 },
      { level: 0.9 },
      { scorers: bound(SIMILARITY, RETRIEVAL) },
      { scorers: bound(RETRIEVAL) },
      { scorers: bound({ ...RETRIEVAL, name: 'another key for resampling' }, SIMILARITY) },
      { scorers: bound(RETRIEVAL, { ...SIMILARITY, variant: 'cosine' }) },
      { scorers: bound(RETRIEVAL, { ...SIMILARITY, pass_threshold: 0.1 }) },
      ...(['model', 'version', 'model_digest', 'preprocessing_digest', 'runtime'] as const).map((field) => ({
        model: modelOf({ ...MODEL, [field]: 'x' }, 'embeddings'),
      })),
      { model: modelOf({ type: 'results', name: 'a', results_digest: 'a' }, 'embeddings') },
      { model: modelOf({ type: 'results', name: 'a', results_digest: 'b' }, 'embeddings') },
      { model: modelOf({ type: 'endpoint', endpoint: 'e', model: 'm', prompt: 'p', sampling: {} }, 'embeddings') },
      { model: modelOf({ type: 'endpoint', endpoint: 'e', model: 'm', prompt: 'q', sampling: {} }, 'embeddings') },
      { model: modelOf({ type: 'endpoint', endpoint: 'e', model: 'm', prompt: 'p', sampling: { seed: 1 } }, 'embeddings') },
    ]
    const digests = await Promise.all(changes.map(digestOf))
    expect(new Set(digests).size).toBe(changes.length)
  })

  test('does not change with names, dates, owners or sizes that cannot', async () => {
    const plain = await digestOf()
    const renamed = {
      ...dataset,
      name: 'other',
      tenant: 'u',
      datasetId: 'ds_2',
      createdAt: 9,
      images: 3,
      clusters: 2,
      format: 'f',
    }
    expect(await digestOf({ dataset: renamed })).toBe(plain)
    expect(await digestOf({ model: { identity: MODEL, supports: () => true } })).toBe(plain)
    // The inputs of a plan contain no layout, run, visibility or metadata.
    expect(JSON.stringify((await planRun(REQUEST)).spec)).not.toMatch(/shard|visib|tenant|created|run_id|"name":"pure"/)
  })

  test('does not depend on the order in which fields were given, and defaults are explicit', async () => {
    const parsed = SCORERS.spec.parse({ name: 'clipscore', type: 'image_text_similarity' })
    expect(parsed).toEqual(SIMILARITY)
    const backwards = Object.fromEntries(Object.entries(MODEL).toReversed()) as ModelIdentity
    expect(await digestOf({ model: modelOf(backwards, 'embeddings'), scorers: bound(RETRIEVAL, parsed) })).toBe(await digestOf())
  })
})

describe('a refused plan names the field', () => {
  test.each([
    [{ limit: 51 }, '/data_source/limit', '51'],
    [{ scorers: bound(RETRIEVAL, VQA) }, '/testing_criteria/1', 'vqa'],
    [{ model: modelOf(MODEL, 'text') }, '/data_source/subject', 'criterion retrieval needs embeddings: it gives text only'],
  ] satisfies [Partial<PlanRequest>, string, string][])('%#', async (change, pointer, word) => {
    const { pointer: named, detail } = await failureOf(change)
    expect(named).toBe(pointer)
    expect(detail).toContain(word)
  })
})

describe('gold and a proxy', () => {
  const proxy = { report_digest: 'r', criterion: 'c', scores_digest: 's', unscored: 0 }
  const powered = { criterion: VQA.name, gold: 120, proxy }
  const plan = async (change: Partial<PlanRequest> = {}, items = 500) => {
    const { version } = await pureRun({ seed: 1, task: 'vqa', items, criteria: [VQA] })
    return {
      ...REQUEST,
      dataset: version,
      scorers: bound(VQA),
      model: modelOf(MODEL, 'text'),
      limit: undefined,
      ...change,
    }
  }
  const failure = async (change: Partial<PlanRequest>, items?: number) => failureOf(await plan(change, items))

  test('the gold items are the selection; a target may use all of it', async () => {
    const fixed = await planRun(await plan({ predictionPowered: powered }))
    expect(fixed.spec).toMatchObject({ selection: { count: 120 }, prediction_powered: { criterion: VQA.name, proxy } })
    expect(fixed.spec.prediction_powered).not.toHaveProperty('gold')
    const target = { criterion: VQA.name, target_half_width: 0.02, proxy }
    expect((await planRun(await plan({ predictionPowered: target }))).spec.selection.count).toBe(500)
    expect((await planRun(await plan({ predictionPowered: target, limit: 250 }))).spec.selection.count).toBe(250)
  })

  test('the spec digest changes with rule and scores', async () => {
    const requests = [
      undefined,
      powered,
      { ...powered, gold: 121 },
      { criterion: VQA.name, target_half_width: 0.02, proxy },
      { criterion: VQA.name, target_half_width: 0.03, proxy },
      { ...powered, proxy: { ...proxy, scores_digest: 't' } },
    ]
    const digests = await Promise.all(
      requests.map(async (predictionPowered) => (await planRun(await plan({ predictionPowered }))).specDigest),
    )
    expect(new Set(digests).size).toBe(requests.length)
  })

  test.each([
    [{ predictionPowered: { ...powered, criterion: 'none' } }, '/prediction_powered/criterion', 'none'],
    [{ predictionPowered: powered, limit: 120 }, '/data_source/limit', 'leave one'],
    [{ predictionPowered: { ...powered, gold: 501 } }, '/prediction_powered/gold', '500'],
    [
      { predictionPowered: powered, stopping: { criterion: VQA.name, first_look: 20, half_width: 0.1 } },
      '/prediction_powered',
      'stopping',
    ],
    [
      { predictionPowered: { criterion: VQA.name, target_half_width: 0.1, proxy }, limit: 199 },
      '/data_source/limit',
      'make 200, here are 199',
    ],
  ] satisfies [Partial<PlanRequest>, string, string][])('refusal %#', async (change, pointer, word) => {
    const { pointer: named, detail } = await failure(change)
    expect(named).toBe(pointer)
    expect(detail).toContain(word)
  })

  test('a criterion that is not a mean over items has no such estimate; a small dataset has no pilot', async () => {
    const retrieval = {
      dataset,
      scorers: bound(RETRIEVAL),
      model: REQUEST.model,
      predictionPowered: { ...powered, criterion: RETRIEVAL.name },
    }
    expect(await failure(retrieval)).toMatchObject({ pointer: '/prediction_powered/criterion' })
    const target = { criterion: VQA.name, target_half_width: 0.1, proxy }
    expect(await failure({ predictionPowered: target }, 150)).toMatchObject({ pointer: '/prediction_powered/target_half_width' })
  })
})

describe('layouts', () => {
  test('partition the selection: every ordinal once, in order, none empty', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_000 }), fc.integer({ min: 1, max: 9_000 }), (count, size) => {
        const shards = layOut(count, size)
        let next = 0
        for (const { first, end } of shards) {
          expect(first).toBe(next)
          expect(end - first).toBe(Math.min(size, count - first))
          next = end
        }
        expect(next).toBe(count)
      }),
    )
  })

  test('too many shards are refused with the smallest size that will do', () => {
    expect(layOut(10_000, 1)).toHaveLength(10_000)
    try {
      layOut(10_001, 1)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ failure: { kind: 'unprocessable', errors: [{ pointer: '/layout/shard_size' }] } })
      expect(String(error)).toContain('at least 2')
    }
    for (const size of [0, -1, 1.5, NaN]) expect(() => layOut(10, size)).toThrow(RangeError)
  })

  test('default sizes make at most a thousand edge shards of at least sixteen items, and endpoint shards that end in time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 32 }), (count, concurrency) => {
        const edge = defaultShardSize('edge', count, concurrency)
        expect(edge).toBeGreaterThanOrEqual(16)
        expect(Math.ceil(count / edge)).toBeLessThanOrEqual(1000)
        expect(edge).toBeLessThanOrEqual(largestShardSize('edge', concurrency))
        expect(defaultShardSize('endpoint', count, concurrency)).toBeLessThanOrEqual(8 * concurrency)
      }),
    )
  })

  test('the largest shard under sixteen of the widest criteria stays far below 2 MB a row', () => {
    const criteria = Array.from({ length: 16 }, (_, index): ScorerSpec => ({ ...SIMILARITY, name: `c${index}` }))
    const widths = rowWidths(bound(...criteria))
    const row = {
      ordinal: 0,
      cluster: 0,
      outcomes: widths.map((width) => ({ status: 'scored' as const, stats: Array(width).fill(1) as number[] })),
    }
    const rows = Array.from({ length: largestShardSize('edge', 1) }, () => row)
    expect(encodeRows(rows, widths).length).toBeLessThan(1_500_000)
  })
})
