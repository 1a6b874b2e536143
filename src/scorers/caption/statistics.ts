/**
 * The caption scorer's metrics. All are computed from texts at the merge.
 * @module
 */
import { bleuMetric } from '../../metrics/bleu.ts'
import { ciderMetric } from '../../metrics/cider.ts'
import type { MetricDescriptor } from '../../metrics/descriptor.ts'
import { meteorMetric, meteorVariant } from '../../metrics/meteor.ts'
import type { MeteorModule } from '../../metrics/meteor-aligner.ts'
import { rougeLMetric } from '../../metrics/rouge-l.ts'
import type { Statistic } from '../statistic.ts'
import type { CaptionSpec } from './spec.ts'

export const METEOR_MODULES: Readonly<Record<Exclude<CaptionSpec['meteor'], 'none'>, readonly MeteorModule[]>> = {
  exact: ['exact'],
  exact_stem: ['exact', 'stem'],
}

export const CIDER = statistic('CIDEr', 'CIDEr-D', ciderMetric, true)
export const BLEU = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4'].map((name) => statistic(name, 'coco-caption', bleuMetric))
export const ROUGE_L = statistic('ROUGE_L', 'coco-caption', rougeLMetric)

export function meteorStatistic(modules: readonly MeteorModule[]): Statistic {
  return statistic('METEOR', meteorVariant({ modules }), meteorMetric, true)
}

export function captionStatistics({ meteor }: Pick<CaptionSpec, 'meteor'>): Statistic[] {
  return [CIDER, ...BLEU, ROUGE_L, ...(meteor === 'none' ? [] : [meteorStatistic(METEOR_MODULES[meteor])])]
}

function statistic(metric: string, variant: string, definition: MetricDescriptor, isListed = false): Statistic {
  const { direction, range } = definition
  return { metric, variant, direction, range, unit: 'score', definition, isListed, value: 'from_outputs' }
}
