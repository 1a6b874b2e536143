/**
 * A task, a kind of model and a scorer that Assay does not have. Three declarations, each in one place and
 * one registry, run from a request to a report.
 */
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { DatasetVersion } from '../../src/contracts/dataset.ts'
import type { ModelIdentityOf } from '../../src/contracts/model.ts'
import { scorerName } from '../../src/contracts/scorer-spec.ts'
import type { ModelKind } from '../../src/models/model-kind.ts'
import { createModelRegistry, MODEL_KINDS, type ModelKindParts } from '../../src/models/registry.ts'
import { planRun } from '../../src/runs/plan.ts'
import { scoreItems } from '../../src/runs/score-items.ts'
import { buildReport } from '../../src/scorers/build-report.ts'
import { createScorerRegistry, SCORERS } from '../../src/scorers/registry.ts'
import { defineScorer } from '../../src/scorers/scorer.ts'
import { measure, type Statistic } from '../../src/scorers/statistic.ts'
import { prepareImport } from '../../src/imports/import-dataset.ts'
import type { Draft } from '../../src/tasks/draft.ts'
import { type Format, requireRecords } from '../../src/tasks/format.ts'
import { TASKS } from '../../src/tasks/registry.ts'
import { createTaskRegistry } from '../../src/tasks/task-registry.ts'
import { isOf, type Task } from '../../src/tasks/task.ts'
import { runImport } from './imports/import-world.ts'

// The task: name the colour of a picture whose pixels all have one value.
const colourItem = z.object({
  task: z.literal('colour'),
  id: z.string(),
  cluster: z.string(),
  pixel: z.tuple([z.number(), z.number(), z.number()]),
  colour: z.enum(['red', 'green', 'blue']),
})
type ColourItem = z.infer<typeof colourItem>
/** A line per item: id, the channels of its pixel and its colour, separated by spaces. */
const colourLines: Format<Omit<Draft<ColourItem>, 'task' | 'id'>, object, Draft<ColourItem>> = {
  task: 'colour',
  layout: 'lines',
  lists: [{ file: 'annotations', key: '' }],
  split: 'none',
  strata: [],
  read({ index, value }, _gathered, problems) {
    const [id, red, green, blue, name] = (value as string).trim().split(' ')
    const named = colourItem.shape.colour.safeParse(name)
    if (id === undefined || !named.success) problems.note(`/${index}`, 'must be an id, three channels and a colour')
    return { id: id!, data: { cluster: id!, pixel: [Number(red), Number(green), Number(blue)], colour: named.data! } }
  },
  source(_gathered, [lines]) {
    requireRecords(lines!, 'annotations', '', 'holds no colour')
    return {}
  },
  join: (id, [first]) => ({
    draft: { task: 'colour', id, ...first!.data },
    labels: [],
    pictures: [],
    index: first!.index,
  }),
  readResults: null,
}
const colour: Task<ColourItem> = {
  id: 'colour',
  item: colourItem,
  pictures: 0,
  needsPictures: false,
  formats: { colours: colourLines },
  ownLines: null,
  texts: () => [],
  prompt: null,
}

// The kind of model: it answers with text, by the brightest channel.
declare module '../../src/contracts/model.ts' {
  interface ModelIdentities {
    brightest_channel: { readonly type: 'brightest_channel'; readonly name: string }
  }
}
const reference = z.strictObject({ type: z.literal('brightest_channel'), name: z.string() })
const supports = (task: string, output: string) =>
  (task === colour.id && output === 'text') || 'it names colours in words; ask it nothing else'
const brightestChannel: ModelKind<unknown, typeof reference, ModelIdentityOf<'brightest_channel'>> = {
  reference,
  connect: () => ({
    resolve: async ({ reference: identity }) => ({
      identity,
      concurrency: 2,
      supports,
      queue: 'edge',
      prepare: async () => undefined,
    }),
    open: async ({ identity }) => ({
      identity,
      concurrency: 2,
      supports,
      run: async ({ item }) => {
        if (!isOf(colour, item)) throw new Error('not a colour')
        const channel = item.pixel.indexOf(Math.max(...item.pixel))
        return { output: { kind: 'text', text: ['red', 'green', 'blue'][channel]! }, calls: 1 }
      },
    }),
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

// Only the toy is asked: the shipped kinds need none of their stores.
const models = createModelRegistry<ModelKindParts>([...MODEL_KINDS, brightestChannel], {} as ModelKindParts)
const scorers = createScorerRegistry([...SCORERS.scorers, colourAccuracy])
const tasks = createTaskRegistry([...TASKS, colour])

const COUNT = 60
/** Every sixth item is labelled wrongly. */
const file = new TextEncoder().encode(
  Array.from({ length: COUNT }, (_, n) => {
    const pixel = [0, 1, 2].map((channel) => (n % 3 === channel ? 9 : 1)).join(' ')
    return `c${n} ${pixel} ${['red', 'green', 'blue'][n % 6 === 5 ? 0 : n % 3]}\n`
  }).join(''),
)
const request = { tenant: 't', name: 'colours', format: 'colours', files: { annotations: file }, images: [] }
const {
  version: { orderedItems, columns, imageDigests, ...facts },
} = await prepareImport(request, tasks)
const dataset: DatasetVersion = { ...facts, datasetId: 'ds', createdAt: 0 }

async function planned(criteria: readonly object[]) {
  const bound = scorers.bindAll(criteria.map((criterion) => scorers.spec.parse(criterion)))
  const named = { type: 'brightest_channel', name: 'mine' }
  const model = await models.resolve({ tenant: 't', dataset, reference: named, count: COUNT })
  return { bound, ...(await planRun({ dataset, scorers: bound, model, seed: 0, level: 0.95 })) }
}

test('a new task, model kind and scorer go from a request to a report', async () => {
  const { bound, spec, specDigest } = await planned([{ type: 'colour_accuracy', name: 'colours' }])
  const model = await models.open({ id: 'run', tenant: 't', datasetId: 'ds', spec }, { first: 0, end: COUNT })
  const shard = orderedItems.map((item, ordinal) => ({ ordinal, cluster: columns.cluster[ordinal]!, item }))
  const { rows, tally } = await scoreItems(shard, bound, model)
  expect(tally).toMatchObject({ passed: 50, failed: 10, errored: 0, usage: { invocations: COUNT } })
  const kept = { embeddings: [], outputs: [], proxy: null }
  const report = buildReport({ spec, specDigest, scorers: bound, version: dataset, columns, rows, ...kept })
  expect(report.spec).toMatchObject({ dataset: { task: 'colour' }, subject: { type: 'brightest_channel', name: 'mine' } })
  expect(report.criteria[0]!.metrics).toMatchObject([
    { metric: 'colour_accuracy', value: 50 / 60, n: COUNT, interval: { method: 'bounded-bayesian-bootstrap' } },
  ])
})

test('the job imports the new task’s file to the same version', async () => {
  const limits = { readBytes: 300, heldText: 200, fetchBytes: 100 }
  const { version } = await runImport({ format: 'colours', files: { annotations: file }, limits, tasks })
  expect(version!.facts).toEqual({ ...facts, name: 'set', columns, imageDigests })
})

test('each refuses the others’ work by name', async () => {
  await expect(planned([{ type: 'vqa_accuracy', name: 'a' }])).rejects.toThrow('scores vqa datasets; this one is colour')
  await expect(planned([{ type: 'uploaded_score', name: 'a' }])).rejects.toThrow('needs score: it names colours in words')
  const elsewhere = { tenant: 't', dataset, reference: { type: 'brightest' }, count: 1 }
  await expect(models.resolve(elsewhere)).rejects.toThrow('there is no kind of model called brightest')
})
