/**
 * Step localization on COIN: mAP and AR over temporal IoU, F1, mIoU, and frame accuracy.
 *
 * Tang et al., "COIN", CVPR 2019; coin-dataset/code @c1e09e7 `evaluate.py` with the protocol of
 * `tc-rc3d/json_eval.py`. Quirks kept: IoU over the segments' hull; the mean over all 778 classes, those
 * without ground truth counting 0; a non-maximum suppression in which only the *last* comparison decides; a
 * proposal of class 0 or below joins a class from the end and matches nothing; a ground truth matched by
 * several proposals counts once.
 * @module
 */
import type { MetricDescriptor } from './descriptor.ts'

export const stepLocalizationMetric: MetricDescriptor = {
  name: 'step_localization',
  variants: ['mAP', 'mAR', 'F1', 'mIoU', 'frame-accuracy'],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  source: { paper: 'Tang et al., CVPR 2019', code: 'coin-dataset/code @c1e09e7 evaluate.py, tc-rc3d/json_eval.py' },
}

export interface Segment {
  readonly video: string
  /** Class id, from 1. */
  readonly step: number
  /** Seconds. */
  readonly start: number
  readonly end: number
}

export interface ScoredSegment extends Segment {
  readonly score: number
}

export interface StepLocalizationOptions {
  readonly classes?: number
  /** Proposals kept per video, by score. */
  readonly topK?: number
  /** IoU from which a proposal yields to a better one of its class and video; null disables suppression. */
  readonly nms?: number | null
}

export interface ThresholdScores {
  /** Mean over all classes. */
  readonly mAP: number
  readonly mAR: number
  readonly mAP_over_classes_with_ground_truth: number
  readonly F1: number
}

export interface StepLocalizationScores {
  /** By threshold, `0.1` to `0.9`. */
  readonly tIoU: Readonly<Record<string, ThresholdScores>>
  readonly average: { readonly mAP: number; readonly mAR: number; readonly F1: number }
  /** Over all proposals of an annotated class. */
  readonly mIoU: number
  /** The same, averaged per video first. NaN if no proposal has an annotated class. */
  readonly mIoU_per_video: number
  readonly proposals: number
}

/** numpy's `arange(.1, 1, .1)`, with its rounding. */
const THRESHOLDS = Array.from({ length: 9 }, (_, i) => 0.1 + i * 0.1)

/** Scores proposals against ground truth. Both keep their order among equal scores. */
export function stepLocalization(
  proposals: readonly ScoredSegment[],
  truth: readonly Segment[],
  { classes = 778, topK = 60, nms = 0.6 }: StepLocalizationOptions = {},
): StepLocalizationScores {
  const outside = [...proposals, ...truth].find(({ step }) => step > classes || step <= -classes)
  if (outside !== undefined) throw new RangeError(`class ${outside.step} of video ${outside.video} is not within 1 to ${classes}`)
  const kept = suppress(byClass(bestOfEachVideo(proposals, topK), classes), nms)
  const truths = byClass(truth, classes)
  const all = kept.flat()
  const tIoU: Record<string, ThresholdScores> = {}
  for (const threshold of THRESHOLDS) {
    const scores = kept.map((own, index) => averagePrecision(own, threshold, truths[index]!))
    const annotated = scores.filter((_, index) => truths[index]!.length > 0)
    tIoU[threshold.toFixed(1)] = {
      mAP: meanOf(scores.map(({ precision }) => precision)),
      mAR: meanOf(scores.map(({ recall }) => recall)),
      mAP_over_classes_with_ground_truth: meanOf(annotated.map(({ precision }) => precision)),
      F1: f1(all, threshold, truths),
    }
  }
  const rows = Object.values(tIoU)
  return {
    tIoU,
    average: {
      mAP: meanOf(rows.map(({ mAP }) => mAP)),
      mAR: meanOf(rows.map(({ mAR }) => mAR)),
      F1: meanOf(rows.map(({ F1 }) => F1)),
    },
    ...meanIou(all, truths),
    proposals: all.length,
  }
}

/**
 * Intersection over hull of two segments of one class and video, in [0, 1]; two points at one instant give 0.
 * @internal
 */
export function temporalIou(a: Segment, b: Segment): number {
  if (a.video !== b.video || a.step !== b.step) return 0
  const hull = Math.max(a.end, b.end) - Math.min(a.start, b.start)
  return hull === 0 ? 0 : Math.max((Math.min(a.end, b.end) - Math.max(a.start, b.start)) / hull, 0)
}

/**
 * The overlap that suppression compares: between any two proposals of one list and video, so also those of
 * class -1 and of the last class but one. Segments that end before they start have no intersection, so none
 * suppresses its like.
 */
function overlap(a: Segment, b: Segment): number {
  const hull = Math.max(a.end, b.end) - Math.min(a.start, b.start)
  return hull === 0 ? 0 : Math.max(Math.min(a.end, b.end) - Math.max(a.start, b.start), 0) / hull
}

function bestOfEachVideo(proposals: readonly ScoredSegment[], topK: number): ScoredSegment[] {
  return [...Map.groupBy(proposals, ({ video }) => video).values()].flatMap((own) =>
    own.toSorted((a, b) => b.score - a.score).slice(0, topK),
  )
}

function byClass<T extends Segment>(segments: readonly T[], classes: number): T[][] {
  const groups: T[][] = Array.from({ length: classes }, () => [])
  for (const segment of segments) groups[classIndex(segment.step, classes)]!.push(segment)
  return groups
}

/**
 * Ids up to 0 count from the end, like Python's negative indices: published results contain a class -1, which
 * matches nothing.
 */
function classIndex(step: number, classes: number): number {
  return step >= 1 ? step - 1 : step - 1 + classes
}

function suppress(groups: readonly ScoredSegment[][], threshold: number | null): ScoredSegment[][] {
  return groups.map((group) => {
    const sorted = group.toSorted((a, b) => b.score - a.score)
    if (threshold === null) return sorted
    const kept = new Map<string, ScoredSegment[]>()
    return sorted.filter((proposal) => {
      const rivals = kept.get(proposal.video)
      if (rivals === undefined) {
        kept.set(proposal.video, [proposal])
        return true
      }
      // Only the last comparison decides, as published.
      if (overlap(rivals.at(-1)!, proposal) >= threshold) return false
      rivals.push(proposal)
      return true
    })
  })
}

interface Matching {
  /**
   * Per proposal, the index of the most similar ground truth of its class above the threshold, or -1.
   */
  readonly matched: Int32Array
  /** Per ground truth, the number of its matching proposals. */
  readonly counts: Int32Array
}

/** Among equally similar ground truths the last one wins. Other videos have no similarity. */
function match(proposals: readonly ScoredSegment[], threshold: number, truth: readonly Segment[]): Matching {
  const counts = new Int32Array(truth.length)
  const ofVideo = Map.groupBy(truth.keys(), (index) => truth[index]!.video)
  const matched = Int32Array.from(proposals, (proposal) => {
    let best = -1
    let bestIou = 0
    for (const index of ofVideo.get(proposal.video) ?? []) {
      const iou = temporalIou(proposal, truth[index]!)
      if (iou < threshold || (best >= 0 && iou < bestIou)) continue
      best = index
      bestIou = iou
    }
    if (best >= 0) counts[best]!++
    return best
  })
  return { matched, counts }
}

/**
 * Interpolated: proposals leave in ascending score while recall integrates the best precision so far.
 */
function averagePrecision(proposals: readonly ScoredSegment[], threshold: number, truth: readonly Segment[]) {
  const ascending = proposals.toSorted((a, b) => a.score - b.score)
  const { matched, counts } = match(ascending, threshold, truth)
  let positive = counts.reduce((sum, count) => sum + Number(count > 0), 0)
  let left = ascending.length
  let [bestPrecision, recallThen] = precisionRecall(positive, left, truth.length)
  const recall = recallThen
  let precision = 0
  for (const index of matched) {
    left--
    if (index >= 0 && --counts[index]! === 0) positive--
    const [nowPrecision, nowRecall] = precisionRecall(positive, left, truth.length)
    precision += bestPrecision * (recallThen - nowRecall)
    bestPrecision = Math.max(bestPrecision, nowPrecision)
    recallThen = nowRecall
  }
  return { precision, recall }
}

function f1(proposals: readonly ScoredSegment[], threshold: number, truths: readonly Segment[][]): number {
  const groups = Map.groupBy(proposals, ({ step }) => step)
  let positive = 0
  for (const [step, own] of groups)
    positive += match(own, threshold, truths[classIndex(step, truths.length)]!).counts.reduce(
      (sum, count) => sum + Number(count > 0),
      0,
    )
  const [precision, recall] = precisionRecall(
    positive,
    proposals.length,
    truths.reduce((sum, { length }) => sum + length, 0),
  )
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
}

function precisionRecall(positive: number, proposals: number, truths: number): [number, number] {
  return proposals === 0 || truths === 0 ? [0, 0] : [positive / proposals, positive / truths]
}

/** Every proposal of a class that is annotated anywhere counts, also with 0. */
function meanIou(proposals: readonly ScoredSegment[], truths: readonly Segment[][]): { mIoU: number; mIoU_per_video: number } {
  const videos = new Map<string, { sum: number; n: number }>()
  const ofVideo = truths.map((truth) => Map.groupBy(truth, ({ video }) => video))
  let sum = 0
  let n = 0
  for (const proposal of proposals) {
    const truth = ofVideo[classIndex(proposal.step, truths.length)]!
    if (truth.size === 0) continue
    const iou = (truth.get(proposal.video) ?? []).reduce((best, segment) => Math.max(best, temporalIou(proposal, segment)), 0)
    const video = videos.get(proposal.video) ?? { sum: 0, n: 0 }
    video.sum += iou
    video.n++
    videos.set(proposal.video, video)
    sum += iou
    n++
  }
  return { mIoU: n === 0 ? 0 : sum / n, mIoU_per_video: meanOf(Array.from(videos.values(), (video) => video.sum / video.n)) }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
