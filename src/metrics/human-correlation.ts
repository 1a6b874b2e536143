/**
 * Agreement of a caption metric with people: the Flickr8k-Expert and Flickr8k-CF protocols.
 *
 * Hodosh et al., JAIR 2013; protocol of jmhessel/clipscore `flickr8k_example`. Details that are often missed:
 * every expert judgement is a row of its own (three per pair, not their mean), so CIDEr's corpus is
 * triplicated; Expert uses τ-c and CF τ-b; Expert leaves out pairs whose candidate is among the image's
 * references; CF removes every candidate of an image from that image's references.
 * @module
 */
import { kendallTauB, kendallTauC } from '../statistics/correlation.ts'
import type { CaptionedItem } from './caption-evaluation.ts'
import type { MetricDescriptor } from './descriptor.ts'

export const humanCorrelationMetric: MetricDescriptor = {
  name: 'human_correlation',
  variants: ['flickr8k-expert/tau-c', 'flickr8k-cf/tau-b'],
  direction: 'higher_is_better',
  range: [-1, 1],
  unit: 'correlation',
  source: { paper: 'Hodosh et al., JAIR 2013; Hessel et al., EMNLP 2021', code: 'jmhessel/clipscore flickr8k_example' },
}

/** A caption shown with an image, and its human scores. */
export interface Judgement {
  readonly image: string
  readonly captionId: string
  readonly scores: readonly number[]
}

export interface Captions {
  readonly byId: ReadonlyMap<string, string>
  readonly byImage: ReadonlyMap<string, readonly string[]>
}

/** Items to score, in the protocol's order: one per human score. */
export interface CorrelationPlan {
  readonly items: CaptionedItem[]
  /** One human score per item. */
  readonly human: number[]
  readonly variant: 'b' | 'c'
  /** Pairs left out because the candidate is among the image's references. */
  readonly skipped: number
}

/**
 * Flickr8k-Expert.
 * @throws {RangeError} for a judgement of an unknown image or caption.
 */
export function planExpert(judgements: readonly Judgement[], captions: Captions): CorrelationPlan {
  const items: CaptionedItem[] = []
  const human: number[] = []
  let skipped = 0
  for (const { image, captionId, scores } of judgements) {
    const { candidate, references } = lookUp(image, captionId, captions)
    if (references.includes(candidate)) {
      skipped++
      continue
    }
    scores.forEach((score, rater) => {
      items.push({ id: `${image} ${captionId} ${rater}`, candidate, references })
      human.push(score)
    })
  }
  return { items, human, variant: 'c', skipped }
}

/**
 * Flickr8k-CF.
 * @throws {RangeError} for a judgement of an unknown image or caption, or an image whose references are all
 *   candidates.
 */
export function planCrowdFlower(judgements: readonly Judgement[], captions: Captions): CorrelationPlan {
  const candidates = new Map<string, Set<string>>()
  for (const { image, captionId } of judgements) {
    const own = candidates.get(image) ?? new Set()
    own.add(lookUp(image, captionId, captions).candidate)
    candidates.set(image, own)
  }
  const items = judgements.map(({ image, captionId }): CaptionedItem => {
    const { candidate, references } = lookUp(image, captionId, captions)
    const others = references.filter((reference) => !candidates.get(image)!.has(reference))
    if (others.length === 0) throw new RangeError(`image ${image}: every reference is also a candidate`)
    return { id: `${image} ${captionId}`, candidate, references: others }
  })
  return { items, human: judgements.map(({ scores }) => scores[0]!), variant: 'b', skipped: 0 }
}

/** Kendall's τ of the plan's variant, in [-1, 1]; NaN if one side is constant. */
export function correlate(plan: Pick<CorrelationPlan, 'human' | 'variant'>, scores: readonly number[]): number {
  return plan.variant === 'c' ? kendallTauC(scores, plan.human) : kendallTauB(scores, plan.human)
}

function lookUp(image: string, captionId: string, captions: Captions): { candidate: string; references: readonly string[] } {
  const candidate = captions.byId.get(captionId)
  const references = captions.byImage.get(image)
  if (candidate === undefined) throw new RangeError(`the captions file has no caption ${captionId}`)
  if (references === undefined) throw new RangeError(`the captions file has no image ${image}`)
  return { candidate, references }
}
