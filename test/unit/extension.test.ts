/**
 * A task, a kind of model and a scorer that Assay does not have. Three declarations, each in one place and
 * one registry, run from a request to a report.
 */
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { DatasetVersion } from '../../src/contracts/dataset.ts'
import type { ModelIdentityOf } from '../../src/contracts/model.ts'
import { scorerName } from '../../src/contracts/scorer-spec.ts'
import type { KindReference, ModelKind } from '../../src/models/model-kind.ts'
import { createModelRegistry } from '../../src/models/registry.ts'
import { planRun } from '../../src/runs/plan.ts'
import { scoreItems } from '../../src/runs/score-items.ts'
import { buildReport } from '../../src/scorers/build-report.ts'
import { createScorerRegistry, SCORERS } from '../../src/scorers/registry.ts'
import { defineScorer } from '../../src/scorers/scorer.ts'
import { measure, type Statistic } from '../../src/scorers/statistic.ts'
import { isOf, type Task } from '../../src/tasks/task.ts'

// The task: name the colour of a picture whose pixels all have one value.
const colourItem = z.object({
  task: z.literal('colour'),
  id: z.string(),
  cluster: z.string(),
  pixel: z.tuple([z.number(), z.number(), z.number()]),
  colour: z.enum(['red', 'green', 'blue']),
})
type ColourItem = z.infer<typeof colourItem>
const colour: Task<ColourItem> = {
  id: 'colour',
  item: colourItem,
  pictures: 0,
  needsPictures: false,
  texts: () => [],
  prompt: null,
}

// The kind of model: an edge model that answers with text, by the brightest channel.
interface ColourReference extends KindReference {
  readonly type: 'edge_model'
  readonly model: string
}
const identity: ModelIdentityOf<'edge_model'> = {
  type: 'edge_model',
  model: 'brightest-channel',
  version: '1',
  model_digest: 'm',
  preprocessing_digest: 'p',
  runtime: 'r',
}
const supports = (task: string, output: string) =>
  (task === colour.id && output === 'text') || 'it names colours in words; ask it nothing else'
const brightestChannel: ModelKind<ColourReference, ModelIdentityOf<'edge_model'>> = {
  type: 'edge_model',
  resolve: async () => ({ identity, concurrency: 2, supports, queue: 'edge', prepare: async () => undefined }),
  open: async () => ({
    identity,
    concurrency: 2,
    supports,
    run: async ({ item }) => {
      if (!isOf(colour, item)) throw new Error('not a colour')
      const channel = item.pixel.indexOf(Math.max(...item.pixel))
      return { output: { kind: 'text', text: ['red', 'green', 'blue'][channel]! }, calls: 1 }
    },
  }),
}

// The scorer: the share of right names.
const SHARE: Statistic = {
  metric: 'colour_accuracy',
  variant: 'exact',
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  definition: null,
  isListed: true,
  value: { kind: 'mean', column: 0, range: [0, 1], data: 'binary' },
}
const colourAccuracy = defineScorer({
  spec: z.strictObject({ type: z.literal('colour_accuracy'), name: scorerName }),
  tasks: [colour],
  requires: 'text',
  columns: ['right'],
  statistics: () => [SHARE],
  score: ({ item, output }) => {
    const right = output.text === item.colour ? 1 : 0
    return { status: 'scored', stats: [right], score: right }
  },
  passes: (_spec, [right]) => right === 1,
  aggregate: ({ name, type }, input) => ({ name, type, primary_metric: SHARE.metric, metrics: [measure(SHARE, input)] }),
})

const models = createModelRegistry([brightestChannel])
const scorers = createScorerRegistry([...SCORERS.scorers, colourAccuracy])

const COUNT = 60
/** Every sixth item is labelled wrongly. */
const items = Array.from({ length: COUNT }, (_, n): ColourItem => ({
  task: 'colour',
  id: `c${n}`,
  cluster: `c${n}`,
  pixel: [n % 3 === 0 ? 9 : 1, n % 3 === 1 ? 9 : 1, n % 3 === 2 ? 9 : 1],
  colour: (['red', 'green', 'blue'] as const)[n % 6 === 5 ? 0 : n % 3]!,
}))
const dataset: DatasetVersion = {
  tenant: 't',
  datasetId: 'ds',
  name: 'colours',
  digest: 'd',
  task: colour.id,
  format: 'toy',
  items: COUNT,
  images: 0,
  clusters: COUNT,
  strata: [],
  source: {},
  createdAt: 0,
}

async function planned(criteria: readonly object[]) {
  const bound = scorers.bindAll(criteria.map((criterion) => scorers.spec.parse(criterion)))
  const reference: ColourReference = { type: 'edge_model', model: 'brightest-channel' }
  const model = await models.resolve({ tenant: 't', dataset, reference, count: COUNT })
  return { bound, ...(await planRun({ dataset, scorers: bound, model, seed: 0, level: 0.95 })) }
}

test('a new task, model kind and scorer go from a request to a report', async () => {
  const { bound, spec, specDigest } = await planned([{ type: 'colour_accuracy', name: 'colours' }])
  const model = await models.open({ id: 'run', tenant: 't', spec }, { first: 0, end: COUNT })
  const shard = items.map((item, ordinal) => ({ ordinal, cluster: ordinal, item }))
  const { rows, tally } = await scoreItems(shard, bound, model)
  expect(tally).toMatchObject({ passed: 50, failed: 10, errored: 0, usage: { invocations: COUNT } })
  const columns = { cluster: Uint32Array.from(items, (_, n) => n), strata: [] }
  const kept = { embeddings: [], outputs: [], proxy: null }
  const report = buildReport({ spec, specDigest, scorers: bound, version: dataset, columns, rows, ...kept })
  expect(report.spec).toMatchObject({ dataset: { task: 'colour' }, subject: { model: 'brightest-channel' } })
  expect(report.criteria[0]!.metrics).toMatchObject([
    { metric: 'colour_accuracy', value: 50 / 60, n: COUNT, interval: { method: 'bounded-bayesian-bootstrap' } },
  ])
})

test('each refuses the others’ work by name', async () => {
  await expect(planned([{ type: 'vqa_accuracy', name: 'a' }])).rejects.toThrow('scores vqa datasets; this one is colour')
  await expect(planned([{ type: 'uploaded_score', name: 'a' }])).rejects.toThrow('needs score: it names colours in words')
  const elsewhere = { tenant: 't', dataset, reference: { type: 'endpoint' }, count: 1 }
  await expect(models.resolve(elsewhere)).rejects.toThrow('there is no kind of model called endpoint')
})
