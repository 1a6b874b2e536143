/**
 * Gold from an upload: from the file's lines, through model and scorer, to the estimate for the whole
 * dataset.
 */
import { expect, test } from 'vitest'
import { type RecordedKindParts, scoresKind, scoresName } from '../../../../src/models/recorded/kinds.ts'
import type { RecordedAnswer } from '../../../../src/contracts/catalogue-ports.ts'
import type { DatasetVersion } from '../../../../src/contracts/dataset.ts'
import { sha256Hex } from '../../../../src/contracts/digest.ts'
import type { VqaItem } from '../../../../src/tasks/vqa/item.ts'
import { createRecordedResults, createRecordedScores } from '../../../../src/models/recorded/recorded-model.ts'
import { SCORERS } from '../../../../src/scorers/registry.ts'
import { buildReport } from '../../../../src/scorers/build-report.ts'
import { scoreItems } from '../../../../src/runs/score-items.ts'
import { planRun, type PlanRequest } from '../../../../src/runs/plan.ts'
import { CounterRandom } from '../../../../src/statistics/counter-random.ts'
import { predictionPoweredMean } from '../../../../src/statistics/prediction-powered.ts'

const N = 600
const GOLD = 150
const random = new CounterRandom(1, 'uploaded').startReplicate(0)
const truth: readonly number[] = Array.from({ length: N }, () => Math.round(10 * random.uniform()) / 10)
const proxy = Float64Array.from(truth, (score) => (random.uniform() < 0.7 ? score : random.uniform()))
const items = truth.map((_, n): VqaItem => ({
  task: 'vqa',
  id: `q${n}`,
  cluster: `q${n}`,
  image: null,
  question: '?',
  question_type: 'what',
  answer_type: 'other',
  answers: ['x'],
}))
const version = { task: 'vqa', datasetId: 'ds', digest: 'd', items: N, images: 0, strata: [] } as unknown as DatasetVersion
const scorers = SCORERS.bindAll([SCORERS.spec.parse({ type: 'uploaded_score', name: 'people' })])

/** Uploads `lines`; returns the subject and the stored data. */
async function upload(lines: readonly object[], count: number) {
  const bytes = new TextEncoder().encode(lines.map((line) => JSON.stringify(line)).join('\n'))
  const digest = await sha256Hex(bytes)
  const stored: { name: string; answers: readonly RecordedAnswer[] }[] = []
  const parts = {
    files: {
      find: async () => ({ id: 'file-1', sha256: digest, bytes: bytes.length }),
      open: async () => ({ bytes: bytes.length, read: async () => bytes }),
    },
    uploads: {
      putAnswers: async (_tenant: string, name: string, _digest: string, answers: readonly RecordedAnswer[]) =>
        void stored.push({ name, answers }),
    },
    datasets: {
      open: async () => ({ items: async (first: number, end: number) => items.slice(first, end) }),
      whileStoring: (_tenant: string, _kind: string, _digest: string, store: () => Promise<void>) => store(),
    },
    admit: (_bytes: number, task: () => Promise<unknown>) => task(),
  } as unknown as RecordedKindParts
  const reference = { type: 'scores', file_id: 'file-1', name: 'people' } as const
  const model = await scoresKind.connect(parts).resolve({ tenant: 't', dataset: version, reference, count })
  await model.prepare()
  return { model, digest, stored: stored[0]! }
}

async function report(lines: readonly object[]) {
  const { model, digest, stored } = await upload(lines, GOLD)
  expect(stored.name).toBe(scoresName(digest))
  expect(stored.answers.map(({ id }) => id)).toEqual(items.map(({ id }) => id))
  const { spec, specDigest } = await planRun({
    dataset: version,
    scorers,
    model,
    seed: 0,
    level: 0.95,
    predictionPowered: {
      criterion: 'people',
      gold: GOLD,
      proxy: { report_digest: 'r', criterion: 'vqa', scores_digest: 's', unscored: 0 },
    },
  })
  const byId = new Map(stored.answers.map(({ id, answer }) => [id, answer]))
  const { rows } = await scoreItems(
    items.slice(0, GOLD).map((item, ordinal) => ({ ordinal, cluster: ordinal, item })),
    scorers,
    createRecordedScores({ type: 'scores', name: 'people', scores_digest: digest }, (id) => byId.get(id)),
  )
  const columns = { cluster: Uint32Array.from(items, (_, n) => n), strata: [] }
  return buildReport({ spec, specDigest, scorers, version, columns, rows, proxy, embeddings: [], outputs: [] })
}

test('the estimate is PPI++ of the uploaded scores and the proxy', async () => {
  // More lines than needed, in another order.
  const made = await report(
    items
      .slice(0, 200)
      .map(({ id }, n) => ({ id, score: truth[n]! }))
      .toReversed(),
  )
  const expected = predictionPoweredMean({ gold: truth.slice(0, GOLD), proxy, range: [0, 1], level: 0.95 })
  expect(made.spec).toMatchObject({
    subject: { type: 'scores', name: 'people', scores_digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    dataset: { items: N },
  })
  expect(made.counts).toEqual({ planned: GOLD, used: GOLD, scored: GOLD, errored: 0, unscored: 0 })
  expect(made.prediction_powered).toMatchObject({ gold: GOLD, pilot: 0, lambda: expected.lambda })
  expect(made.prediction_powered!.estimate).toMatchObject({
    metric: 'uploaded_score',
    variant: 'mean/ppi++',
    value: expected.value,
    interval: expected.interval,
    n: GOLD,
    errored: 0,
    unscored: 0,
    missing: N - GOLD,
  })
  const mean = truth.reduce((sum, score) => sum + score, 0) / N
  expect(expected.interval!.low).toBeLessThan(mean)
  expect(expected.interval!.high).toBeGreaterThan(mean)
  const plain = made.criteria[0]!.metrics[0]!.interval!
  expect(expected.interval!.high - expected.interval!.low).toBeLessThan(plain.high - plain.low)
})

test('an item without a judgement is unscored, and there is no interval', async () => {
  const made = await report(items.slice(0, GOLD).map(({ id }, n) => ({ id, score: n === 7 ? null : truth[n]! })))
  expect(made.counts).toMatchObject({ scored: GOLD - 1, unscored: 1, errored: 0 })
  expect(made.prediction_powered!.estimate).toMatchObject({ unscored: 1, interval: null, n: GOLD - 1 })
})

test.each([
  ['an item without a line', items.slice(1, GOLD), 'scores file: has no score for 1 of 150 items: q0'],
  ['an item of another dataset', [...items.slice(0, GOLD), { id: 'q600' }], 'scores file, /150/id: the dataset has no item q600'],
])('refuses %s, naming the file', async (_, of, detail) => {
  await expect(
    upload(
      of.map(({ id }) => ({ id, score: 1 })),
      GOLD,
    ),
  ).rejects.toMatchObject({
    failure: { kind: 'unprocessable', errors: [{ pointer: '/data_source/subject/file_id', detail }] },
  })
})

test('answers are not accepted as scores, nor scores as answers', async () => {
  const plan = (type: 'uploaded_score' | 'vqa_accuracy', model: PlanRequest['model']) =>
    planRun({
      dataset: version,
      scorers: SCORERS.bindAll([SCORERS.spec.parse({ type, name: 'c' })]),
      model,
      seed: 0,
      level: 0.95,
    })
  const results = createRecordedResults({ type: 'results', name: 'mine', results_digest: 'hash' }, () => null)
  const scores = createRecordedScores({ type: 'scores', name: 'people', scores_digest: 'hash' }, () => null)
  await expect(plan('uploaded_score', results)).rejects.toThrow('needs score: results files of vqa datasets hold text')
  await expect(plan('vqa_accuracy', scores)).rejects.toThrow('needs text: uploaded scores are a number per item')
  await expect(plan('uploaded_score', scores)).resolves.toBeDefined()
})
