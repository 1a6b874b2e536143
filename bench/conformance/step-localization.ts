/**
 * COIN's step localization against `evaluate.py` with the protocol of `tc-rc3d/json_eval.py`: made-up
 * proposals, some reversed, empty or of class 0 or below.
 * @module
 */
import { type ScoredSegment, type Segment, stepLocalization } from '../../src/metrics/step-localization.ts'
import type { CounterRandom } from '../../src/statistics/counter-random.ts'
import { chance, pick } from './caption-grammar.ts'
import { Comparison } from './captions.ts'
import { type ConformancePart, scaled } from './part.ts'

const SETS = 1500
const CLASSES = 12

export const coin: ConformancePart = {
  name: 'coin',
  official: 'coin-dataset/code @c1e09e7',
  run: async (context) => {
    const random = context.random('coin')
    const sets = Array.from({ length: scaled(SETS, context) }, () => ({
      ...drawnVideos(random),
      classes: CLASSES,
      nms: pick(random, [0.6, 0.6, 0.3, null]),
    }))
    const answers = await context.official('coin', sets, { checkouts: true })
    const comparison = new Comparison([
      'mAP',
      'mAR',
      'mAP over annotated classes',
      'F1',
      'mIoU',
      'mIoU per video',
      'proposals kept',
    ])
    sets.forEach(({ truth, proposals, classes, nms }, index) => {
      const official = answers[index] as {
        raised?: string
        tIoU: Record<string, Record<string, number>>
        miou: number
        miou_per_video: number
        n_predictions: number
      }
      if (official.raised !== undefined) return comparison.leaveOut('sets without any match, where the official program raises')
      const own = stepLocalization(proposals, truth, { classes, nms })
      for (const [threshold, { mAP, mAR, mAP_over_classes_with_ground_truth, F1 }] of Object.entries(own.tIoU)) {
        const theirs = official.tIoU[threshold]!
        comparison.add(
          {
            mAP,
            mAR,
            'mAP over annotated classes': mAP_over_classes_with_ground_truth,
            F1,
            mIoU: own.mIoU,
            'mIoU per video': own.mIoU_per_video,
            'proposals kept': own.proposals,
          },
          {
            mAP: theirs[`mAP_over_${classes}`]!,
            mAR: theirs[`mAR_over_${classes}`]!,
            'mAP over annotated classes': theirs['mAP_over_classes_with_gt']!,
            F1: theirs['F1']!,
            mIoU: official.miou,
            'mIoU per video': official.miou_per_video,
            'proposals kept': official.n_predictions,
          },
          { truth, proposals, nms },
        )
      }
    })
    return comparison.rows()
  },
}

function drawnVideos(random: CounterRandom): { truth: Segment[]; proposals: ScoredSegment[] } {
  const truth: Segment[] = []
  const proposals: ScoredSegment[] = []
  const seconds = () => (chance(random, 0.5) ? random.below(40) : Math.round(random.uniform() * 40_000) / 1000)
  const step = () => (chance(random, 0.04) ? pick(random, [0, -1]) : 1 + random.below(4))
  for (let video = random.below(4) + 1; video > 0; video--) {
    const name = `v${video}`
    for (let left = random.below(5); left > 0; left--) {
      const start = seconds()
      truth.push({ video: name, step: 1 + random.below(4), start, end: start + 0.5 + seconds() / 4 })
    }
    for (let left = random.below(14); left > 0; left--) {
      const like = truth.length > 0 && chance(random, 0.6) ? pick(random, truth) : undefined
      const start = like === undefined ? seconds() : like.start + random.below(5) - 2
      const length = chance(random, 0.05) ? -1 - random.below(3) : 0.5 + seconds() / 4
      // Distinct scores: equal ones keep the order of the file in both programs.
      proposals.push({
        video: name,
        step: like?.step ?? step(),
        start,
        end: start + length,
        score: (random.below(1000) + proposals.length / 1000) / 1000,
      })
    }
  }
  return { truth, proposals }
}
