import { expect, it } from 'vitest'
import type { ScorerSpec } from '../../../src/contracts/scorer-spec.ts'
import type { Publication } from '../../../src/contracts/ports.ts'
import type { ScorerReport, MetricValue } from '../../../src/contracts/report.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import type { AggregatedRun } from '../../../src/runs/aggregate-run.ts'
import { publishRun } from '../../../src/runs/publish.ts'

const metric = (name: string, slice?: string) => ({ metric: name, ...(slice && { slice }) }) as MetricValue

/** The leaderboard rows of a published report with one criterion. */
async function listed(spec: ScorerSpec, report: Partial<ScorerReport>) {
  let publication: Publication | undefined
  const engine = {
    runs: {
      publish: async (_run: RunRecord, published: Publication) => {
        publication = published
        return true
      },
    },
    failpoint: async () => {},
    clock: { now: () => 0 },
    signingKeys: { sign: async () => ({ keyId: 'k', jws: 'a.b.c' }) },
    blobs: { putHashed: () => Promise.reject(new Error('this run has no ranks')) },
  }
  const subject = { type: 'results', name: 'captioner', results_digest: '' }
  const run = {
    id: 'evalrun_1',
    evalId: 'eval',
    createdAt: 0,
    specDigest: 's',
    maxErrored: 0,
    spec: { seed: 0, level: 0.95, criteria: [spec], subject, dataset: { items: 5 }, selection: { count: 5 } },
  } as unknown as RunRecord
  const counts = { planned: 5, used: 5, scored: 5, errored: 0, unscored: 0 }
  const folded = {
    version: { name: 'ds' },
    hasScore: true,
    report: { counts, criteria: [{ name: spec.name, ...report }] },
    body: '{}',
    digest: 'd',
    rows: { count: 5, digest: 'r' },
  }
  await publishRun(engine, run, folded as unknown as AggregatedRun, { gate: null })
  return publication!.leaderboard.map(({ criterion, dataset, subject: model, value }) => [
    criterion,
    dataset,
    model,
    value.metric,
  ])
}

const CAPTION: ScorerSpec = { type: 'caption', name: 'captions', meteor: 'exact_stem' }

it('lists the primary metric and what its criterion is compared by besides', async () => {
  const metrics = [metric('CIDEr', 'a slice'), metric('CIDEr'), metric('Bleu_4'), metric('METEOR')]
  expect(await listed(CAPTION, { primary_metric: 'CIDEr', metrics })).toEqual([
    ['captions', 'ds', 'captioner', 'CIDEr'],
    ['captions', 'ds', 'captioner', 'METEOR'],
  ])
  expect(await listed(CAPTION, { primary_metric: 'CIDEr', metrics: metrics.slice(0, 3) })).toHaveLength(1)
})

it('lists one metric if a criterion has no other', async () => {
  const report = { primary_metric: 'accuracy', metrics: [metric('accuracy'), metric('consistency')] }
  expect(await listed({ type: 'nlvr2', name: 'n' }, report)).toEqual([['n', 'ds', 'captioner', 'accuracy']])
})
