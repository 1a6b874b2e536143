import { describe, expect, test } from 'vitest'
import { readCoin, readCoinResults, readCoinTaxonomy } from '../../../src/tasks/step-localization/formats/coin.ts'
import { stepLocalization, temporalIou } from '../../../src/metrics/step-localization.ts'
import { goldenSources, hasOfficial, largestDifference, made, official } from './golden.ts'
import { bytesOf } from '../../support/official-files.ts'

describe.each(goldenSources('coin'))('step localization equals the official code: $name', ({ json }) => {
  test.each([
    ['with_nms_0.6_top60', 0.6],
    ['without_nms_top60', null],
  ] as const)('%s', (key, nms) => {
    const videos = readCoin(bytesOf(json('coin/annotations.json'))).filter(({ subset }) => subset !== 'training')
    const truth = videos.flatMap(({ id, segments }) => segments.map((segment) => Object.assign({ video: id }, segment)))
    const proposals = readCoinResults(json('coin/results.json'))
    const { tIoU, average, mIoU, mIoU_per_video, proposals: n_predictions } = stepLocalization(proposals, truth, { nms })
    const actual = {
      n_videos: videos.length,
      n_gt: truth.length,
      n_predictions,
      miou_per_video: mIoU_per_video,
      miou: mIoU,
      tIoU: Object.fromEntries(
        Object.entries(tIoU).map(([threshold, scores]) => [
          threshold,
          {
            mAP_over_778: scores.mAP,
            mAR_over_778: scores.mAR,
            mAP_over_classes_with_gt: scores.mAP_over_classes_with_ground_truth,
            F1: scores.F1,
          },
        ]),
      ),
      average: { mAP_over_778: average.mAP, mAR_over_778: average.mAR, F1: average.F1 },
    }
    expect(largestDifference(actual, json('coin/expected.json')[key])).toBeLessThan(1e-9)
  })
})

describe('the taxonomy', () => {
  test('made here, by task and step', () => {
    const { domains, steps } = readCoinTaxonomy(made.json('coin/taxonomy.json'))
    expect([domains.size, steps.size]).toEqual([8, steps.size])
    for (const { annotation } of Object.values<any>(made.json('coin/annotations.json').database))
      for (const { id, label } of annotation) expect(steps.get(Number(id))?.label).toBe(label)
  })

  test.skipIf(!hasOfficial('coin'))('the official one has 180 tasks and 778 steps', () => {
    const { domains, steps } = readCoinTaxonomy(official.json('coin/taxonomy.json'))
    expect([domains.size, steps.size]).toEqual([180, 778])
  })
})

describe('step localization', () => {
  const truth = [{ video: 'v', step: 1, start: 0, end: 10 }]

  test('a perfect proposal scores 1 in its class', () => {
    const scores = stepLocalization([{ ...truth[0]!, score: 1 }], truth, { classes: 4 })
    expect(scores.tIoU['0.5']).toEqual({ mAP: 0.25, mAR: 0.25, mAP_over_classes_with_ground_truth: 1, F1: 1 })
    expect(scores.mIoU_per_video).toBe(1)
  })

  test('disjoint segments, other classes and other videos have IoU 0', () => {
    expect(temporalIou(truth[0]!, { video: 'v', step: 1, start: 20, end: 30 })).toBe(0)
    expect(temporalIou(truth[0]!, { video: 'w', step: 1, start: 0, end: 10 })).toBe(0)
    expect(temporalIou(truth[0]!, { video: 'v', step: 1, start: 5, end: 15 })).toBeCloseTo(1 / 3, 12)
  })

  test('refuses classes out of range', () => {
    expect(() => stepLocalization([], [{ video: 'v', step: 9, start: 0, end: 1 }], { classes: 4 })).toThrow('not within 1 to 4')
  })
})

describe('COIN files', () => {
  const video = { subset: 'testing', duration: 9, class: 'MakeBed', annotation: [{ id: '128', segment: [1, 2], label: 'x' }] }
  test.each([
    ['no database', {}, '/database'],
    ['an unknown subset', { database: { v: { ...video, subset: 'dev' } } }, '/database/v/subset'],
    [
      'a segment that ends early',
      { database: { 'a/b': { ...video, annotation: [{ id: '1', segment: [3, 2] }] } } },
      '/database/a~1b/annotation/0/segment',
    ],
    [
      'a step out of range',
      { database: { v: { ...video, annotation: [{ id: '779', segment: [1, 2] }] } } },
      '/database/v/annotation/0/id',
    ],
    [
      'a step that is not a number',
      { database: { v: { ...video, annotation: [{ id: 'x', segment: [1, 2] }] } } },
      '/database/v/annotation/0/id',
    ],
  ])('refuse %s', (_, file, pointer) => {
    expect(() => readCoin(bytesOf(file))).toThrow(pointer)
  })

  test('read validation and testing alike', () => {
    expect(readCoin(bytesOf({ database: { v: video } }))[0]).toEqual({
      id: 'v',
      task: 'MakeBed',
      subset: 'testing',
      duration: 9,
      segments: [{ step: 128, start: 1, end: 2 }],
    })
    expect(() => readCoinResults({ results: { v: [{ label: '1', score: 'high', segment: [0, 1] }] } })).toThrow(
      '/results/v/0/score',
    )
  })
})

describe('suppression equals coin-dataset/code @c1e09e7, measured', () => {
  const truth = [{ video: 'v', step: 1, start: 3, end: 5 }]

  test('a segment that ends before it starts suppresses none of its like', () => {
    const proposals = [
      { video: 'v', step: 1, start: 3, end: 5, score: 0.9 },
      { video: 'v', step: 1, start: 8, end: 7, score: 0.8 },
      { video: 'v', step: 1, start: 8, end: 7, score: 0.7 },
    ]
    const scores = stepLocalization(proposals, truth, { classes: 30 })
    expect(scores).toMatchObject({ proposals: 3, mIoU: 1 / 3 })
    expect(scores.tIoU['0.5']).toMatchObject({ mAP: 1 / 30, mAR: 1 / 30, F1: 0.5 })
  })

  test('class -1 shares the list of the last class but one, so each suppresses the other', () => {
    const proposals = [
      { video: 'v', step: -1, start: 3, end: 5, score: 0.9 },
      { video: 'v', step: 29, start: 3, end: 5, score: 0.8 },
    ]
    const scores = stepLocalization(proposals, [{ ...truth[0]!, step: 29 }], { classes: 30 })
    expect(scores).toMatchObject({ proposals: 1, mIoU: 0 })
    expect(scores.tIoU['0.5']).toMatchObject({ mAP: 0, F1: 0 })
  })

  test('proposals of other videos cost nothing', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({ video: `v${i}`, step: 1, start: 0, end: 1, score: 0.5 }))
    const started = process.cpuUsage()
    expect(stepLocalization(many, many, { classes: 2 }).mIoU).toBe(1)
    // All pairs would be 400 million comparisons, 28 times over.
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000)
  })
})
