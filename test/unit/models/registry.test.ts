/** Model kinds: each is one folder and one line of the registry. */
import { describe, expect, test } from 'vitest'
import { modelName } from '../../../src/contracts/model.ts'
import { type ModelKindsParts, createModelRegistry, modelKinds } from '../../../src/models/registry.ts'
import { layOut, planRun } from '../../../src/runs/plan.ts'
import { scoreItems } from '../../../src/runs/score-items.ts'
import { SCORERS } from '../../../src/scorers/registry.ts'
import { pureRun, SIMILARITY, VQA } from '../runs/pure-run.ts'
import { parrotKind } from './toy/kind.ts'

// Shipped kinds are constructed and never asked here.
const shipped = modelKinds({ edgeModels: {} } as ModelKindsParts)
const registry = createModelRegistry([...shipped, parrotKind])
const pure = await pureRun({ seed: 1, task: 'vqa', items: 6, criteria: [VQA] })
const request = { tenant: 't', dataset: pure.version, reference: { type: 'parrot', word: 'red' }, count: 6 }
const plan = (criterion: typeof VQA | typeof SIMILARITY, model: Parameters<typeof planRun>[0]['model']) =>
  planRun({ dataset: pure.version, scorers: SCORERS.bindAll([criterion]), model, seed: 0, level: 0.95 })

test('four kinds ship', () => {
  expect(shipped.map(({ type }) => type)).toEqual(['edge_model', 'endpoint', 'results', 'scores'])
})

describe('one more kind, by one more line', () => {
  test('is resolved, planned, opened and scored like the others', async () => {
    const resolved = await registry.resolve(request)
    const { spec } = await plan(VQA, resolved)
    expect(spec.subject).toEqual({ type: 'parrot', name: 'parrot', word: 'red' })
    expect(modelName(spec.subject)).toBe('parrot')
    const run = { id: 'evalrun_1', tenant: 't', spec }
    const shards = await Promise.all(
      layOut(6, 4).map(async ({ first, end }) => {
        const items = pure.items.slice(first, end)
        const model = await registry.open(run, { first, end })
        return scoreItems(
          items.map((item, index) => ({ ordinal: first + index, cluster: 0, item })),
          SCORERS.bindAll([VQA]),
          model,
        )
      }),
    )
    expect(shards.flatMap(({ evidence }) => evidence.map(({ output }) => output))).toEqual(Array.from({ length: 6 }, () => 'red'))
    expect(shards.map(({ tally }) => tally.usage.invocations)).toEqual([4, 2])
  })

  test('is refused with its own sentence where it does not support the output', async () => {
    await expect(plan(SIMILARITY, await registry.resolve(request))).rejects.toMatchObject({ failure: { kind: 'unprocessable' } })
    const retrieval = await pureRun({ seed: 1, task: 'retrieval', items: 2, criteria: [SIMILARITY] })
    const model = await registry.resolve({ ...request, dataset: retrieval.version })
    const scorers = SCORERS.bindAll([SIMILARITY])
    await expect(planRun({ dataset: retrieval.version, scorers, model, seed: 0, level: 0.95 })).rejects.toThrow(
      'criterion image_text_similarity needs embeddings: a parrot answers questions, and gives no embeddings for retrieval',
    )
  })

  test('without the line there is no such kind', async () => {
    const without = createModelRegistry(shipped)
    await expect(without.resolve(request)).rejects.toMatchObject({
      failure: { errors: [{ pointer: '/data_source/subject/type' }] },
    })
    const { spec } = await plan(VQA, await registry.resolve(request))
    const run = { id: 'evalrun_1', tenant: 't', spec }
    await expect(without.open(run, { first: 0, end: 1 })).rejects.toThrow('kind of model')
  })
})
