/**
 * VQAScore: how probably a model that answers questions says yes to "Does this figure show …?".
 *
 * Lin et al., "Evaluating Text-to-Visual Generation with Image-to-Text Generation", ECCV 2024;
 * linzhiqiu/t2v_metrics. Here P(yes) is over yes and no alone, since endpoints give the likeliest tokens
 * only.
 * @module
 */
import type { MetricDescriptor } from './descriptor.ts'

export const vqaScoreMetric: MetricDescriptor = {
  name: 'VQAScore',
  variants: ['p-yes-of-yes-and-no'],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'score',
  source: { paper: 'Lin et al., ECCV 2024', code: 'linzhiqiu/t2v_metrics vqascore.py' },
}
