/**
 * The descriptor of every metric: the names that reports use, and the source of each definition.
 * @module
 */
import { bleuMetric } from './bleu.ts'
import { calibrationMetric } from './calibration.ts'
import { ciderMetric } from './cider.ts'
import { classificationMetric } from './classification.ts'
import { clipScoreMetric } from './clipscore.ts'
import { contrastiveMetric } from './contrastive.ts'
import type { MetricDescriptor } from './descriptor.ts'
import { humanCorrelationMetric } from './human-correlation.ts'
import { meteorMetric } from './meteor.ts'
import { multipleChoiceMetric } from './multiple-choice.ts'
import { nlvr2Metric, nlvrMetric } from './nlvr2.ts'
import { retrievalMetric } from './retrieval.ts'
import { rougeLMetric } from './rouge-l.ts'
import { spiceMetric } from './spice.ts'
import { stepLocalizationMetric } from './step-localization.ts'
import { textVideoRetrievalMetric } from './text-video-retrieval.ts'
import { vqaAccuracyMetric } from './vqa-accuracy.ts'
import { vqaScoreMetric } from './vqa-score.ts'

export const METRICS: readonly MetricDescriptor[] = [
  vqaAccuracyMetric,
  nlvr2Metric,
  nlvrMetric,
  classificationMetric,
  multipleChoiceMetric,
  bleuMetric,
  rougeLMetric,
  ciderMetric,
  meteorMetric,
  spiceMetric,
  retrievalMetric,
  textVideoRetrievalMetric,
  clipScoreMetric,
  vqaScoreMetric,
  stepLocalizationMetric,
  humanCorrelationMetric,
  contrastiveMetric,
  calibrationMetric,
]
