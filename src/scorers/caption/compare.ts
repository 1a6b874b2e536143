/**
 * Captions as a comparison needs them: CIDEr-D and ROUGE-L per item, sums per cluster for BLEU and METEOR.
 * @module
 */
import { BLEU_WIDTH, bleuOf, decodeBleu, encodeBleu, unseenBleu } from '../../metrics/bleu.ts'
import { encodeMeteor, METEOR_WIDTH, meteorOf, unseenMeteor } from '../../metrics/meteor.ts'
import type { Comparable } from '../comparable.ts'
import type { Statistic } from '../statistic.ts'
import { unitColumns } from '../unit-columns.ts'
import { type CaptionEvaluation, type CaptionInput, clusterRows, evaluate, meteorOfItems } from './evaluation.ts'
import type { CaptionSpec } from './spec.ts'
import { BLEU, CIDER, METEOR_MODULES, meteorStatistic, ROUGE_L } from './statistics.ts'

/** Document frequencies are the planned selection's, hence the same in both runs. */
export function compareCaptions(spec: CaptionSpec, input: CaptionInput): Comparable[] {
  const evaluation = evaluate(input)
  return [meanOfItems(CIDER, evaluation), ...bleu(evaluation), meanOfItems(ROUGE_L, evaluation), ...meteor(spec, evaluation)]
}

function meanOfItems(statistic: Statistic, { answered, clusters, perItem }: CaptionEvaluation): Comparable {
  const [low, high] = statistic.range
  const score = statistic === CIDER ? 'CIDEr' : 'ROUGE_L'
  const values = answered.map(({ ordinal }, index) => ({
    ordinal,
    cluster: clusters[index]!,
    // A caption that equals its reference may pass the range by rounding.
    value: Math.min(high!, Math.max(low!, perItem[index]![score])),
  }))
  const inOrder = values.toSorted((a, b) => a.ordinal - b.ordinal)
  return { kind: 'mean', statistic, data: 'bounded', range: statistic.range, units: unitColumns(inOrder) }
}

function bleu({ clusters, bleu: statistics, items }: CaptionEvaluation): Comparable[] {
  const rows = clusterRows(clusters, statistics.map(encodeBleu), BLEU_WIDTH)
  return BLEU.map((statistic, order) => ({
    kind: 'corpus',
    statistic,
    n: items.length,
    rows,
    width: BLEU_WIDTH,
    size: 0,
    unseen: unseenBleu,
    value: (sums) => bleuOf(decodeBleu([...sums]))[order]!,
  }))
}

function meteor(spec: CaptionSpec, { clusters, items }: CaptionEvaluation): Comparable[] {
  if (spec.meteor === 'none') return []
  const modules = METEOR_MODULES[spec.meteor]
  const rows = clusterRows(clusters, meteorOfItems(items, modules).map(encodeMeteor), METEOR_WIDTH)
  const statistic = meteorStatistic(modules)
  return [
    { kind: 'corpus', statistic, n: items.length, rows, width: METEOR_WIDTH, size: 0, unseen: unseenMeteor, value: meteorOf },
  ]
}
