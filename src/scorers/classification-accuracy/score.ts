/**
 * One item: whether its label is the first that the model names, and among the first five.
 * @module
 */
import { LABELS_KEPT } from '../../contracts/model.ts'
import type { ClassificationItem } from '../../tasks/classification/item.ts'
import type { ItemScore, ScoreContext } from '../scorer.ts'
import type { ClassificationAccuracySpec } from './spec.ts'

/** Stands in a row for a fact that the model does not tell. */
export const UNTOLD = -1

/**
 * `top5` is {@link UNTOLD} for a model that named fewer labels, `label` and `predicted` are places among the
 * dataset's labels, and the last two count labels that the model read only in part or has no words for.
 */
export const COLUMNS = ['top1', 'top5', 'label', 'predicted', 'truncated_labels', 'unknown_labels'] as const

export function scoreLabels({ item, output }: ScoreContext<ClassificationAccuracySpec, ClassificationItem, 'labels'>): ItemScore {
  const { ranked, unanswered, read } = output
  const { candidates = [] } = item
  if (ranked === null) return { status: 'unscored', reason: unanswered ?? 'the subject has no answer for this picture' }
  const label = candidates.findIndex((candidate) => candidate.label === item.label)
  if (label < 0) throw new RangeError(`item ${item.id}: its label is not one of the dataset's`)
  const places = ranked.map(({ index }) => index)
  const top1 = places[0] === label ? 1 : 0
  const isDeep = places.length >= Math.min(LABELS_KEPT, candidates.length)
  const top5 = isDeep ? Number(places.includes(label)) : UNTOLD
  const named = ranked.map(({ index, cosine }) => ({
    label: candidates[index]!.label,
    ...(cosine !== null && { cosine }),
  }))
  return {
    status: 'scored',
    stats: [top1, top5, label, places[0]!, read?.truncated ?? UNTOLD, read?.unknown ?? UNTOLD],
    score: top1,
    details: { label: item.label, ranked: named },
  }
}
