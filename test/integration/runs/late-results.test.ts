/**
 * Late results of a retrieval run's items (ranks, hits and best wrong neighbours), and the resulting counts.
 */
import { describe, expect, test } from 'vitest'
import { decodeLateResults, encodeLateResults, withLateResults } from '../../../src/scorers/late-results.ts'
import { SCORERS } from '../../../src/scorers/registry.ts'
import { type ItemRanks, lateRanks, type StoredRanks } from '../../../src/scorers/retrieval/late-ranks.ts'
import { scoreShard } from '../../../src/runs/score-shard.ts'
import type { SampleEvidence } from '../../../src/contracts/run.ts'
import type { Report } from '../../../src/contracts/report.ts'
import { createRunViews } from '../../../src/storage/run-views.ts'
import { SqliteEngine } from './sqlite-engine.ts'
import { pureRun, RETRIEVAL, SIMILARITY } from '../../support/pure-run.ts'

const ITEMS = 30
const wish = { seed: 12, task: 'retrieval', items: ITEMS, errored: new Set([4]) } as const
const pure = await pureRun({ ...wish, criteria: [RETRIEVAL] })

async function merged(criteria = pure, shardSize = 7) {
  const lab = new SqliteEngine(criteria)
  const { id } = await lab.start({ shardSize })
  await lab.drain()
  const run = await lab.run(id)
  const late = decodeLateResults(await lab.engine.blobs.get(run.ranksKey!), SCORERS.bindAll(run.spec.criteria))
  const ranks = ranksOf(late.findLast((results) => results !== null)!.stored as StoredRanks)
  const body = lab.rows<{ body: string }>('SELECT body FROM reports')[0]!.body
  const views = createRunViews(lab.db, {} as R2Bucket)
  return { lab, run, ranks, report: JSON.parse(body) as Report, progress: (await views.progress('t', [run.id])).get(run.id)! }
}

/** The stored form, with names. */
function ranksOf(stored: StoredRanks): Map<number, ItemRanks> {
  return new Map(
    stored.map(([ordinal, rank, rival, captions]) => [
      ordinal,
      { ordinal, image: { rank, rival }, captions: captions.map(([of, other]) => ({ rank: of, rival: other })) },
    ]),
  )
}

const share = (values: readonly boolean[]) => values.filter(Boolean).length / values.length

test('ranks of items add up to the report: R@1, R@5, R@10 of both directions', async () => {
  const { ranks, report } = await merged()
  expect(ranks.size).toBe(ITEMS - 1)
  const items = [...ranks.values()]
  const value = (metric: string, variant: string) =>
    report.criteria[0]!.metrics.find((of) => of.metric === metric && of.variant === `vse++/${variant}`)!.value
  for (const depth of [1, 5, 10]) {
    expect(share(items.map(({ image }) => image.rank <= depth))).toBeCloseTo(value(`R@${depth}`, 'image-to-text')!, 12)
    const captions = items.flatMap((item) => item.captions.map(({ rank }) => rank <= depth))
    expect(share(captions)).toBeCloseTo(value(`R@${depth}`, 'text-to-image')!, 12)
  }
})

test('the best wrong neighbour of a query that hits is second, of one that misses first: by brute force', async () => {
  const { ranks } = await merged()
  const vectors = new Map<number, { image: Float32Array; captions: readonly Float32Array[] }>()
  for (const [ordinal, item] of pure.items.entries()) {
    if (ordinal === 4) continue
    const { output } = await pure.model.run({ item, output: 'embeddings' })
    if (output.kind !== 'embeddings') throw new Error(output.kind)
    vectors.set(ordinal, { image: output.image, captions: output.texts.slice(0, 5).map(({ vector }) => vector) })
  }
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, k) => sum + x * b[k]!, 0)
  for (const [ordinal, { image, captions }] of vectors) {
    const item = ranks.get(ordinal)!
    const others = [...vectors].filter(([other]) => other !== ordinal)
    const wrong = others.flatMap(([other, of]) =>
      of.captions.map((vector, caption) => ({ at: [other, caption], similarity: dot(image, vector) })),
    )
    expect(item.image.rival).toEqual(wrong.toSorted((a, b) => b.similarity - a.similarity)[0]!.at)
    captions.forEach((vector, index) => {
      const images = others.map(([other, of]) => ({ other, similarity: dot(vector, of.image) }))
      expect(item.captions[index]!.rival).toBe(images.toSorted((a, b) => b.similarity - a.similarity)[0]!.other)
    })
  }
})

describe('counts', () => {
  test('follow from the ranks, whatever the shards', async () => {
    const { ranks, progress } = await merged()
    const hits = [...ranks.values()].filter(({ image }) => image.rank === 1).length
    expect(hits).toBeGreaterThan(0)
    expect(progress.counts).toEqual({ passed: hits, failed: ITEMS - 1 - hits, errored: 1 })
    expect(progress.perCriterion).toEqual([progress.counts])
    const other = await merged(pure, 30)
    expect(other.progress.counts).toEqual(progress.counts)
    expect(other.run.ranksKey!.split('/').at(-1)).toBe((await merged()).run.ranksKey!.split('/').at(-1))
  })

  test('of an item with another criterion need both', async () => {
    const strict = { ...SIMILARITY, pass_threshold: 0.3 }
    const both = await pureRun({ ...wish, criteria: [strict, RETRIEVAL] })
    const { progress, ranks } = await merged(both)
    const [similar, hit] = progress.perCriterion
    expect(hit!.passed).toBe([...ranks.values()].filter(({ image }) => image.rank === 1).length)
    expect(similar!.passed).toBeGreaterThan(0)
    expect(progress.counts.passed).toBeLessThanOrEqual(Math.min(similar!.passed, hit!.passed))
    expect(progress.counts.passed + progress.counts.failed + progress.counts.errored).toBe(ITEMS)
  })

  test('say nothing of ranks before the merge', async () => {
    const lab = new SqliteEngine(pure)
    const { id } = await lab.start({ shardSize: 7 })
    await scoreShard(lab.engine, { tenant: 't', run: id, shard: 0 })
    const views = createRunViews(lab.db, {} as R2Bucket)
    expect((await views.progress('t', [id])).get(id)!.counts).toEqual({ passed: 0, failed: 0, errored: 1 })
  })
})

test('a sample shows ranks, hits and neighbours, and passes when its image finds one of its captions first', () => {
  const sample: SampleEvidence = {
    ordinal: 3,
    item_id: 'a',
    results: [
      { name: 'clipscore', type: 'image_text_similarity', status: 'scored', score: 2, passed: true },
      {
        name: 'r',
        type: 'retrieval',
        status: 'scored',
        score: null,
        passed: false,
        reason: 'later',
        details: { captions: 2, truncated: 0 },
      },
    ],
  }
  const ranks: ItemRanks = {
    ordinal: 3,
    image: { rank: 6, rival: [9, 1] },
    captions: [
      { rank: 1, rival: 7 },
      { rank: 11, rival: null },
    ],
  }
  const late = (of: ItemRanks) => [null, lateRanks([of])]
  const { results } = withLateResults(sample, late(ranks))
  expect(results[0]).toEqual(sample.results[0])
  expect(results[1]).toEqual({
    name: 'r',
    type: 'retrieval',
    status: 'scored',
    score: 0.5,
    passed: false,
    details: {
      captions: 2,
      truncated: 0,
      image_to_text: { rank: 6, hit_at: { 1: false, 5: false, 10: true }, best_wrong: { datasource_item_id: 9, caption: 1 } },
      text_to_image: [
        { caption: 0, rank: 1, hit_at: { 1: true, 5: true, 10: true }, best_wrong: { datasource_item_id: 7 } },
        { caption: 1, rank: 11, hit_at: { 1: false, 5: false, 10: false }, best_wrong: null },
      ],
    },
  })
  expect(withLateResults(sample, late({ ...ranks, image: { rank: 1, rival: null } })).results[1]).toMatchObject({ passed: true })
})

test('the stored form gives the same results back, as does the form before 2026-11-29', () => {
  const scorers = SCORERS.bindAll([SIMILARITY, RETRIEVAL])
  const ranks = lateRanks([{ ordinal: 2, image: { rank: 1, rival: [0, 3] }, captions: [{ rank: 4, rival: null }] }])
  const [none, back] = decodeLateResults(encodeLateResults([null, ranks]), scorers)
  expect(none).toBeNull()
  expect(back!.of(2)).toEqual(ranks.of(2))
  expect(back!.of(3)).toBeUndefined()
  const earlier = new TextEncoder().encode(JSON.stringify(ranks.stored))
  expect(decodeLateResults(earlier, scorers)[1]!.of(2)).toEqual(ranks.of(2))
})
