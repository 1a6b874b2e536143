/**
 * Prints the largest relative difference of every metric from the golden output of the official code, on the
 * sets made here and on the public ones if present, for `docs/metrics.md`:
 * `node test/unit/metrics/conformance.ts`. The tests beside it assert the bounds.
 * @module
 */
import { existsSync } from 'node:fs'
import { readCoin, readCoinResults } from '../../../src/tasks/step-localization/formats/coin.ts'
import {
  readCrowdFlowerAnnotations,
  readExpertAnnotations,
  readFlickr8kCaptions,
} from '../../../src/tasks/caption/formats/flickr8k.ts'
import { readKarpathySplit } from '../../../src/tasks/retrieval/formats/karpathy-split.ts'
import { readMsvdSentences } from '../../../src/tasks/caption/formats/msvd-captions.ts'
import { readNlvr2 } from '../../../src/tasks/nlvr2/formats/nlvr2.ts'
import { readNlvr2Predictions } from '../../../src/tasks/nlvr2/formats/nlvr2-predictions.ts'
import { readSpiceInput, readSynsets } from '../../../src/metrics/resources/spice-tuples-file.ts'
import { readVqaResults } from '../../../src/tasks/vqa/formats/vqa-v2-results.ts'
import { type CaptionedItem, evaluateCaptions, evaluateMeteor, tokenizeItems } from '../../../src/metrics/caption-evaluation.ts'
import { cider } from '../../../src/metrics/cider.ts'
import { clipScore, refClipScore } from '../../../src/metrics/clipscore.ts'
import { countDocumentFrequencies, tableOfFrequencies } from '../../../src/metrics/document-frequencies.ts'
import { correlate, planCrowdFlower, planExpert } from '../../../src/metrics/human-correlation.ts'
import { ParaphraseTable } from '../../../src/metrics/meteor-paraphrases.ts'
import { meteorOf, meteorStatistics, meteorVariant } from '../../../src/metrics/meteor.ts'
import { nlvr2Correct, nlvr2Summary } from '../../../src/metrics/nlvr2.ts'
import { ptbTokenize } from '../../../src/metrics/ptb-tokenizer.ts'
import { foldedRetrieval, imageTextRanks, summarizeRetrieval } from '../../../src/metrics/retrieval.ts'
import { spice } from '../../../src/metrics/spice.ts'
import { stepLocalization } from '../../../src/metrics/step-localization.ts'
import { clip4clipRetrieval, collaborativeExpertsRetrieval } from '../../../src/metrics/text-video-retrieval.ts'
import { vqaAccuracy, vqaSummary } from '../../../src/metrics/vqa-accuracy.ts'
import { type GoldenSource, largestDifference, made, official } from './golden.ts'
import { bytesOf, vqaAnnotationsOf } from '../../support/official-files.ts'

const KEYS = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'CIDEr'] as const
type Scores = Record<string, number>

function vqa({ json }: GoldenSource, folder: string, scorer: 'vqa-2021' | 'vqa-2015', expected: string): number {
  const annotations = vqaAnnotationsOf(json(`${folder}/annotations.json`))
  const ids = annotations.map(({ question_id }) => question_id)
  const answers = readVqaResults(json(`${folder}/results.json`), ids)
  const { unrounded } = vqaSummary(
    annotations.map(({ question_id, question_type, answer_type, answers: humans }) => ({
      accuracy: vqaAccuracy(answers.get(question_id)!, humans, scorer),
      question_type,
      answer_type,
    })),
  )
  const { accuracy } = json(`${folder}/${expected}`).unrounded_n15
  return largestDifference(
    { overall: unrounded.overall, perAnswerType: unrounded.per_answer_type, perQuestionType: unrounded.per_question_type },
    accuracy,
  )
}

/** Largest difference of corpus and items, by metric. */
function captions(items: readonly CaptionedItem[], aggregate: Scores, perItem: readonly Scores[]): Record<string, number> {
  const own = evaluateCaptions(items)
  return Object.fromEntries(
    KEYS.map((key) => [
      key,
      Math.max(
        largestDifference(own.aggregate[key], aggregate[key]),
        ...perItem.map((scores, index) => largestDifference(own.perItem[index]![key], scores[key])),
      ),
    ]),
  )
}

function print(set: string, what: string, difference: number | Record<string, number>): void {
  const value =
    typeof difference === 'number'
      ? difference.toExponential(1)
      : Object.entries(difference)
          .map(([key, d]) => `${key} ${d.toExponential(1)}`)
          .join(', ')
  console.log(`${set} | ${what} | ${value}`)
}

function measure(source: GoldenSource): void {
  const { json, text } = source
  print('vqa-v2', 'vqa-2021', vqa(source, 'vqa-v2', 'vqa-2021', 'expected.json'))
  print('vqa-v2', 'vqa-2015', vqa(source, 'vqa-v2', 'vqa-2015', 'expected_before_2021.json'))
  print('vqa-v2/rounding', 'vqa-2021', vqa(source, 'vqa-v2/rounding', 'vqa-2021', 'expected.json'))

  const predictions = readNlvr2Predictions(text('nlvr2/predictions.csv'))
  const { accuracy, consistency } = nlvr2Summary(
    readNlvr2(bytesOf(text('nlvr2/examples.json'))).map(({ identifier, label }) => ({
      identifier,
      correct: nlvr2Correct(predictions.get(identifier)!, label),
    })),
  )
  print('nlvr2', 'accuracy, consistency', largestDifference({ accuracy, consistency }, json('nlvr2/expected.json')['metrics.py']))

  if (source === made) {
    const lines: { kind: string; raw: string; ptb: string }[] = json('ptb-tokenizer/lines.json')
    const differing = [...Map.groupBy(lines, ({ kind }) => kind).values()].flatMap((own) =>
      ptbTokenize(own.map(({ raw }) => raw)).filter((line, index) => line !== own[index]!.ptb),
    )
    console.log(`ptb-tokenizer | lines that differ | ${differing.length} of ${lines.length}`)
  } else {
    const raw = text('ptb-tokenizer/coco_captions_raw.txt').trimEnd().split('\n')
    const tokens = text('ptb-tokenizer/coco_captions_tokenized_with_punctuation.txt').trimEnd().split('\n')
    const difficult: { source: string; raw: string; ptb: string }[] = json('ptb-tokenizer/difficult.json')
    const plain = ptbTokenize(raw).filter((line, index) => line !== tokens[index]).length
    const odd = ['hand', 'coco-odd', 'vqa'].flatMap((kind) => {
      const entries = difficult.filter((entry) => entry.source === kind)
      return ptbTokenize(entries.map((entry) => entry.raw)).filter((line, index) => line !== entries[index]!.ptb)
    })
    console.log(`ptb-tokenizer | lines that differ | ${plain} of ${raw.length}, ${odd.length} of ${difficult.length}`)
  }

  const tokenized: Record<string, { test: string; refs: string[] }> = json('coco-captions/tokenized.json')
  const coco = json('coco-captions/expected.json')
  const cocoItems = Object.entries(tokenized).map(([id, { test, refs }]) => ({ id, candidate: test, references: refs }))
  print(
    'coco-captions',
    'pycocoevalcap',
    captions(
      cocoItems,
      coco.aggregate,
      cocoItems.map(({ id }) => coco.per_image[id]),
    ),
  )
  // Words of the public captions, by METEOR's own table.
  const shared = readSynsets(source === official ? made.json('meteor-synonyms/synsets.json') : json('coco-captions/synsets.json'))
  for (const modules of [['exact'], ['exact', 'stem'], ['exact', 'stem', 'synonym']] as const) {
    const own = evaluateMeteor(cocoItems, { modules, synonyms: shared })
    const key = `METEOR_noparaphrase:${modules.join('_')}`
    const differences = cocoItems.map(({ id }, index) => largestDifference(own.perItem[index], coco.per_image[id][key]))
    print('coco-captions', key, Math.max(largestDifference(own.aggregate, coco.aggregate[key]), ...differences))
  }

  if (source === made) {
    const overlapping = json('meteor-paraphrases/cases.json')
    const madeTable = new ParaphraseTable()
    for (const [phrase, paraphrase] of overlapping.paraphrases) madeTable.add(phrase, paraphrase)
    print(
      'meteor-paraphrases',
      meteorVariant({ paraphrases: madeTable }),
      Math.max(
        ...overlapping.cases.map(({ candidate, references, statistics, score }: any) => {
          const own = meteorStatistics(candidate, references, { paraphrases: madeTable })
          return Math.max(largestDifference(own, statistics), largestDifference(meteorOf(own), score))
        }),
      ),
    )
  }

  if (source === made) {
    const cases: {
      gts: Record<string, string[]>
      res: Record<string, [string]>
      expected: { aggregate: Scores; per_image: Record<string, Scores> }
    }[] = Object.values(json('caption-metric-edge-cases/cases.json'))
    const worst: Record<string, number> = {}
    for (const { gts, res, expected } of cases) {
      const items = Object.keys(gts).map((id) => ({ id, candidate: res[id]![0], references: gts[id]! }))
      const differences = captions(
        items,
        expected.aggregate,
        items.map(({ id }) => expected.per_image[id]!),
      )
      for (const key of KEYS) worst[key] = Math.max(worst[key] ?? 0, differences[key]!)
    }
    print('caption-metric-edge-cases', 'pycocoevalcap', worst)
  }

  const { ref_len, document_frequency } = json('cider-document-frequencies/document_frequencies.json')
  const table = tableOfFrequencies(document_frequency, ref_len)
  const fixed = json('cider-document-frequencies/expected.json')
  for (const [variant, key] of [
    ['CIDEr', 'CIDEr'],
    ['CIDEr-D', 'CIDErD'],
  ] as const) {
    const scores = Object.fromEntries(
      fixed.image_ids.map((id: string) => [id, cider(tokenized[id]!.test, tokenized[id]!.refs, table, variant)]),
    )
    print('cider-document-frequencies', variant, largestDifference(scores, fixed[key]))
  }

  if (source === official) {
    const abstract = json('cider-abstract48s/expected.json')
    const pools = Map.groupBy(
      json('cider-abstract48s/abstract48S.json') as { image_id: string; caption: string }[],
      ({ image_id }) => image_id,
    )
    const abstractItems = tokenizeItems(
      (json('cider-abstract48s/abstract_candsB.json') as { image_id: string; caption: string }[]).map(
        ({ image_id, caption }, index) => ({
          id: String(index),
          candidate: caption,
          references: pools.get(image_id)!.map((entry) => entry.caption),
        }),
      ),
    )
    const frequencies = countDocumentFrequencies(abstractItems.map(({ references }) => references))
    for (const [variant, key] of [
      ['CIDEr', 'CIDEr'],
      ['CIDEr-D', 'CIDErD'],
    ] as const)
      print(
        'cider-abstract48s',
        variant,
        largestDifference(
          abstractItems.map((item) => cider(item.candidate, item.references, frequencies, variant)),
          abstract[key],
        ),
      )
  }

  const clips = new Map(readMsvdSentences(bytesOf(text('msvd/sentences.txt'))).map(({ id, sentences }) => [id, sentences]))
  const msvd = json('msvd/expected.json')
  const msvdItems = tokenizeItems(
    (json('msvd/results.json') as { image_id: string; caption: string }[]).map(({ image_id, caption }) => ({
      id: image_id,
      candidate: caption,
      references: clips.get(image_id)!,
    })),
  )
  print(
    'msvd',
    'pycocoevalcap',
    captions(
      msvdItems,
      msvd.aggregate,
      msvdItems.map(({ id }) => msvd.per_image[id]),
    ),
  )

  const { image, candidate, references } = json('clipscore/embeddings.json')
  const { float64 } = json('clipscore/expected.json')
  print(
    'clipscore',
    'CLIPScore',
    largestDifference(
      image.map((vector: number[], i: number) => clipScore(vector, candidate[i])),
      float64.CLIPScore,
    ),
  )
  const defined = float64.RefCLIPScore.flatMap((score: number | null, i: number) => (score === null ? [] : [i]))
  const ref = (i: number) => refClipScore(image[i], candidate[i], references[i])
  print(
    'clipscore',
    'RefCLIPScore',
    largestDifference(
      defined.map(ref),
      defined.map((i: number) => float64.RefCLIPScore[i]),
    ),
  )

  const vectors = json('retrieval-image-text/embeddings.json')
  const drafts = readKarpathySplit(bytesOf(json('retrieval-image-text/dataset.json')), { split: 'test' })
  const retrieved = drafts.map(({ id }) => vectors.image[Number(id)])
  const pairs = drafts.map(({ captions: own }) => own.map(({ id }) => vectors.caption[Number(id)]))
  const vsepp = json('retrieval-image-text/expected.json')
  const { rsum } = summarizeRetrieval(imageTextRanks(retrieved, pairs))
  print(
    'retrieval-image-text',
    'rsum, five-fold rsum',
    Math.max(
      largestDifference(rsum, vsepp.rsum),
      largestDifference(foldedRetrieval(retrieved, pairs).mean.rsum, vsepp.fold5_mean.rsum),
    ),
  )

  const video = json('retrieval-text-video/embeddings.json')
  let from = 0
  const sentences = video.captions_per_video.map((count: number) => video.caption.slice(from, (from += count)))
  const videoExpected = json('retrieval-text-video/expected.json')
  const four = clip4clipRetrieval(video.video, sentences)
  const { t2v, v2t } = videoExpected.CLIP4Clip_multi_sentence
  print('retrieval-text-video', 'clip4clip', largestDifference({ t2v: four.t2v, v2t: four.v2t }, { t2v, v2t }))
  const experts = collaborativeExpertsRetrieval(video.video, sentences)
  print(
    'retrieval-text-video',
    'collaborative-experts',
    largestDifference({ t2v: experts.t2v, v2t: experts.v2t }, videoExpected['collaborative-experts']),
  )

  const input = readSpiceInput(json('spice-from-tuples/input_tuples.json'))
  const synsets = readSynsets(json('spice-from-tuples/synsets.json'))
  const spiceExpected = json('spice-from-tuples/expected.json')
  for (const [key, table] of [
    ['with_synsets', synsets],
    ...(source === made ? [['noSynsets', undefined] as const] : []),
  ] as const) {
    if (input.kind !== 'tuples') throw new Error('expected tuples')
    const own = input.images.map(({ test, references: truth }) => spice(test, truth, table).All.f)
    print(
      'spice-from-tuples',
      key,
      largestDifference(
        own,
        spiceExpected[key].map((entry: { scores: { All: { f: number } } }) => entry.scores.All.f),
      ),
    )
  }

  const truth = readCoin(bytesOf(json('coin/annotations.json')))
    .filter(({ subset }) => subset !== 'training')
    .flatMap(({ id, segments }) => segments.map((segment) => Object.assign({ video: id }, segment)))
  const coinExpected = json('coin/expected.json')['with_nms_0.6_top60']
  const localized = stepLocalization(readCoinResults(json('coin/results.json')), truth)
  print(
    'coin',
    'mAP, mAR, F1, mIoU',
    largestDifference(
      { mAP: localized.average.mAP, mAR: localized.average.mAR, F1: localized.average.F1, mIoU: localized.mIoU_per_video },
      {
        mAP: coinExpected.average.mAP_over_778,
        mAR: coinExpected.average.mAR_over_778,
        F1: coinExpected.average.F1,
        mIoU: coinExpected.miou_per_video,
      },
    ),
  )

  const flickr = readFlickr8kCaptions(text('flickr8k-judgements/captions.token.txt'))
  const plans = {
    expert: planExpert(readExpertAnnotations(text('flickr8k-judgements/expert.txt')), flickr),
    crowdflower: planCrowdFlower(readCrowdFlowerAnnotations(text('flickr8k-judgements/crowd.txt')), flickr),
  }
  for (const [kind, plan] of Object.entries(plans)) {
    const { perItem } = evaluateCaptions(tokenizeItems(plan.items))
    const expected = json('flickr8k-judgements/expected.json')[kind].kendall_tau
    print(
      'flickr8k-judgements',
      kind,
      Object.fromEntries(
        KEYS.map((key) => [
          key,
          largestDifference(
            correlate(
              plan,
              perItem.map((row) => row[key]),
            ),
            expected[key][plan.variant],
          ),
        ]),
      ),
    )
  }
}

for (const source of [made, official]) {
  console.log(`\n${source.name}`)
  if (source === official && !existsSync(official.path('coco-captions'))) console.log('absent: skipped')
  else measure(source)
}
