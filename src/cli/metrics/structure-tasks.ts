/**
 * `metrics coin`, `metrics spice`, `metrics human-correlation` and `metrics catalogue`.
 * @module
 */
import { readCoin, readCoinResults } from '../../tasks/step-localization/formats/coin.ts'
import {
  judgementKind,
  readCrowdFlowerAnnotations,
  readExpertAnnotations,
  readFlickr8kCaptions,
} from '../../tasks/caption/formats/flickr8k.ts'
import { readSpiceInput, readSynsets } from '../../metrics/resources/spice-tuples-file.ts'
import { METRICS } from '../../metrics/catalogue.ts'
import { evaluateCaptions, tokenizeItems } from '../../metrics/caption-evaluation.ts'
import { correlate, planCrowdFlower, planExpert } from '../../metrics/human-correlation.ts'
import { mean } from '../../metrics/averages.ts'
import { spice, spiceMean } from '../../metrics/spice.ts'
import { stepLocalization } from '../../metrics/step-localization.ts'
import { METEOR_OPTIONS, METEOR_TABLES, scoreMeteor } from './caption-tasks.ts'
import { UsageError } from '../arguments.ts'
import { EXAMPLE } from '../example.ts'
import { type MetricsTask, readBytes, readJson, readText } from './task.ts'

export const coin: MetricsTask = {
  usage: 'metrics coin --annotations COIN.json --results R.json [--no-nms]',
  examples: [`${EXAMPLE} metrics coin --annotations test/golden/coin/annotations.json --results test/golden/coin/results.json`],
  options: { annotations: true, results: true },
  flags: ['no-nms'],
  async run(options, io) {
    const videos = readCoin(await readBytes(options.get('annotations'), io)).filter(({ subset }) => subset !== 'training')
    const truth = videos.flatMap(({ id, segments }) => segments.map((segment) => ({ video: id, ...segment })))
    const proposals = readCoinResults(await readJson(options.get('results'), io))
    io.stderr(`scoring ${proposals.length} proposals against ${truth.length} steps of ${videos.length} videos\n`)
    const annotated = new Set(videos.map(({ id }) => id))
    const strays = new Set(proposals.map(({ video }) => video).filter((video) => !annotated.has(video)))
    if (strays.size > 0)
      io.stderr(
        `${strays.size} videos of the results are not annotated for evaluation; their proposals count as wrong, as officially\n`,
      )
    const scores = stepLocalization(proposals, truth, { nms: options.has('no-nms') ? null : 0.6 })
    const byThreshold = Object.entries(scores.tIoU).map(([threshold, { mAP, mAR, mAP_over_classes_with_ground_truth, F1 }]) => [
      threshold,
      { mAP_over_778: mAP, mAR_over_778: mAR, mAP_over_classes_with_gt: mAP_over_classes_with_ground_truth, F1 },
    ])
    const { mAP, mAR, F1 } = scores.average
    return {
      n_videos: videos.length,
      n_gt: truth.length,
      n_predictions: scores.proposals,
      miou_per_video: scores.mIoU_per_video,
      miou: scores.mIoU,
      tIoU: Object.fromEntries(byThreshold),
      average: { mAP_over_778: mAP, mAR_over_778: mAR, F1 },
    }
  },
}

export const spiceTask: MetricsTask = {
  usage: 'metrics spice --tuples T.json [--synsets S.json | --exact]',
  examples: [
    `${EXAMPLE} metrics spice --tuples test/golden/spice-from-tuples/input_tuples.json --synsets test/golden/spice-from-tuples/synsets.json`,
  ],
  options: { tuples: true, synsets: false },
  flags: ['exact'],
  async run(options, io) {
    const input = readSpiceInput(await readJson(options.get('tuples'), io))
    if (input.kind === 'scores') {
      const per_image = Object.fromEntries(input.images.map(({ id, f }) => [id, { All: { f } }]))
      return { SPICE: mean(input.images.map(({ f }) => f)), variant: 'spice-output', per_image }
    }
    const path = options.find('synsets')
    if (path !== undefined && options.has('exact'))
      throw new UsageError(
        '--exact neither matches nor merges by synsets (-noSynsets in the official program): leave out --synsets',
      )
    const synsets = path === undefined ? undefined : readSynsets(await readJson(path, io))
    const scores = input.images.map(({ test, references }) => spice(test, references, synsets))
    return {
      SPICE: spiceMean(scores),
      variant: synsets === undefined ? 'tuples/exact' : 'tuples/synsets',
      per_image: Object.fromEntries(input.images.map(({ id }, index) => [id, scores[index]])),
    }
  },
}

export const catalogue: MetricsTask = {
  usage: 'metrics catalogue',
  examples: [`${EXAMPLE} metrics catalogue`],
  options: {},
  run: async () => METRICS,
}

export const humanCorrelation: MetricsTask = {
  usage:
    'metrics human-correlation --judgements ExpertAnnotations.txt|CrowdFlowerAnnotations.txt --captions Flickr8k.token.txt --metric CIDEr|Bleu_1|Bleu_4|ROUGE_L|METEOR ' +
    METEOR_TABLES,
  examples: [
    `${EXAMPLE} metrics human-correlation --judgements test/golden/flickr8k-judgements/expert.txt --captions test/golden/flickr8k-judgements/captions.token.txt --metric CIDEr`,
  ],
  options: { judgements: true, captions: true, metric: true, ...METEOR_OPTIONS },
  async run(options, io) {
    const metric = options.choose('metric', ['CIDEr', 'Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'METEOR'])
    const text = await readText(options.get('judgements'), io)
    const captions = readFlickr8kCaptions(await readText(options.get('captions'), io))
    const plan =
      judgementKind(text) === 'expert'
        ? planExpert(readExpertAnnotations(text), captions)
        : planCrowdFlower(readCrowdFlowerAnnotations(text), captions)
    io.stderr(`correlating ${plan.items.length} judgements with ${metric} (${plan.skipped} pairs left out)\n`)
    const items = tokenizeItems(plan.items)
    const result = { variant: plan.variant, metric, n: items.length }
    if (metric === 'METEOR') {
      const { perItem, variant } = await scoreMeteor(items, options, io)
      return { kendall_tau: correlate(plan, perItem), ...result, meteor_variant: variant }
    }
    const { perItem } = evaluateCaptions(items)
    const scores = perItem.map((row) => row[metric])
    return { kendall_tau: correlate(plan, scores), ...result }
  },
}
