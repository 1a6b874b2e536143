/**
 * Compares the metrics of one copy of `src` with the golden sets made here: per metric, the largest relative
 * difference of any number from the official program's. It is below 1e-9 for the unchanged sources, and must
 * not be for a copy with a broken quirk.
 * @module
 */
import { pathToFileURL } from 'node:url'
import { bytesOf, vqaAnnotationsOf } from '../support/official-files.ts'
import { made } from '../unit/metrics/golden.ts'

/** Loads a module of the copy, with the types of the unchanged sources. */
// oxlint-disable-next-line typescript/no-explicit-any -- what a broken copy exports is found out by running
// it
type Load = (path: string) => Promise<any>

/** Compares numbers, lists and records; any other unequal values are infinitely far apart. */
function difference(actual: unknown, expected: unknown): number {
  if (Object.is(actual, expected)) return 0
  if (expected === null) return typeof actual === 'number' && !Number.isFinite(actual) ? 0 : Infinity
  if (typeof actual === 'number' && typeof expected === 'number') {
    const value = Math.abs(actual - expected) / (expected === 0 ? 1 : Math.abs(expected))
    return Number.isNaN(value) ? Infinity : value
  }
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null) return Infinity
  const [left, right] = [actual as Record<string, unknown>, expected as Record<string, unknown>]
  return Object.keys(right).reduce((largest, key) => Math.max(largest, difference(left[key], right[key])), 0)
}

// Files are parsed once for all copies.
const parsed = new Map<string, unknown>()
// oxlint-disable-next-line typescript/no-explicit-any -- golden files are checked by the comparisons
// themselves
function json(file: string): any {
  if (!parsed.has(file)) parsed.set(file, made.json(file))
  return structuredClone(parsed.get(file))
}

/** A difference of this size is noticed; the rest can be skipped. */
const ENOUGH = 1e-6

/** The largest difference over rows, up to the first sufficient one. */
function largestOf<T>(rows: readonly T[], differenceOfRow: (row: T) => number): number {
  let largest = 0
  for (const row of rows) {
    largest = Math.max(largest, differenceOfRow(row))
    if (largest > ENOUGH) break
  }
  return largest
}

async function captions(load: Load): Promise<number> {
  const { evaluateCaptions, tokenizeItems } = await load('metrics/caption-evaluation.ts')
  const { readCocoCaptions, readCocoResults } = await load('tasks/caption/formats/coco-captions.ts')
  const annotations = readCocoCaptions(bytesOf(json('coco-captions/annotations.json')))
  const results = readCocoResults(json('coco-captions/results.json'), annotations)
  const items = annotations.images.map(({ id, captions: own }: any) => ({
    id,
    candidate: results.get(id),
    references: own,
  }))
  const expected = json('coco-captions/expected.json')
  const { aggregate, perItem } = evaluateCaptions(tokenizeItems(items))
  const rows = items.map(({ id }: any, index: number) =>
    difference(expected.per_image[id], { ...expected.per_image[id], ...perItem[index] }),
  )
  let largest = Math.max(difference(aggregate, picked(expected.aggregate, aggregate)), ...rows)
  for (const { gts, res, expected: numbers } of Object.values<any>(json('caption-metric-edge-cases/cases.json'))) {
    const own = evaluateCaptions(Object.keys(gts).map((id) => ({ id, candidate: res[id][0], references: gts[id] })))
    const byId = Object.fromEntries(Object.keys(gts).map((id, index) => [id, own.perItem[index]]))
    largest = Math.max(largest, difference({ aggregate: own.aggregate, per_image: byId }, numbers))
  }
  return largest
}

function picked(from: Record<string, unknown>, keys: object): Record<string, unknown> {
  return Object.fromEntries(Object.keys(keys).map((key) => [key, from[key]]))
}

async function cider(load: Load): Promise<number> {
  const { cider: score } = await load('metrics/cider.ts')
  const { countDocumentFrequencies, tableOfFrequencies } = await load('metrics/document-frequencies.ts')
  const tokenized = json('coco-captions/tokenized.json')
  const { ref_len, document_frequency } = json('cider-document-frequencies/document_frequencies.json')
  const expected = json('cider-document-frequencies/expected.json')
  const table = tableOfFrequencies(document_frequency, ref_len)
  const of = (variant: string) =>
    Object.fromEntries(
      expected.image_ids.map((id: string) => [id, score(tokenized[id].test, tokenized[id].refs, table, variant)]),
    )
  const own = countDocumentFrequencies(Object.values<any>(tokenized).map(({ refs }) => refs))
  const whole = Object.fromEntries(
    Object.entries<any>(tokenized).map(([id, { test, refs }]) => [id, score(test, refs, own, 'CIDEr')]),
  )
  return Math.max(
    difference({ CIDEr: of('CIDEr'), CIDErD: of('CIDEr-D') }, { CIDEr: expected.CIDEr, CIDErD: expected.CIDErD }),
    difference(whole, expected.whole_file_corpus_idf.CIDEr_per_image),
  )
}

async function meteor(load: Load): Promise<number> {
  const { meteorOf, meteorStatistics, sumMeteor } = await load('metrics/meteor.ts')
  const { readSynsets } = await load('metrics/resources/spice-tuples-file.ts')
  const tokenized = Object.entries<any>(json('coco-captions/tokenized.json'))
  const expected = json('coco-captions/expected.json')
  const synonyms = readSynsets(json('coco-captions/synsets.json'))
  let largest = 0
  for (const [key, modules] of [
    ['exact_stem_synonym', ['exact', 'stem', 'synonym']],
    ['exact', ['exact']],
  ] as const) {
    const statistics: unknown[] = []
    largest = Math.max(
      largest,
      largestOf(tokenized, ([id, { test, refs }]) => {
        const own = meteorStatistics(test, refs, { modules, synonyms })
        statistics.push(own)
        return Math.max(
          difference(own, expected.meteor_statistics[id][key].split(' ').map(Number)),
          difference(meteorOf(own), expected.per_image[id][`METEOR_noparaphrase:${key}`]),
        )
      }),
    )
    if (largest > ENOUGH) return largest
    largest = Math.max(largest, difference(meteorOf(sumMeteor(statistics)), expected.meteor_aggregate[key].score))
  }
  return largest
}

async function meteorCases(load: Load): Promise<number> {
  const { meteorOf, meteorStatistics } = await load('metrics/meteor.ts')
  return largestOf<any>(json('meteor-cases/cases.json'), ({ candidate, references, statistics, score }) => {
    const own = meteorStatistics(candidate, references)
    return Math.max(difference(own, statistics.split(' ').map(Number)), difference(meteorOf(own), score))
  })
}

async function meteorParaphrases(load: Load): Promise<number> {
  const { meteorOf, meteorStatistics } = await load('metrics/meteor.ts')
  const { ParaphraseTable } = await load('metrics/meteor-paraphrases.ts')
  const { paraphrases, cases } = json('meteor-paraphrases/cases.json')
  const table = new ParaphraseTable()
  for (const [phrase, paraphrase] of paraphrases) table.add(phrase, paraphrase)
  return largestOf<any>(cases, ({ candidate, references, statistics, score }) => {
    const own = meteorStatistics(candidate, references, { paraphrases: table })
    return Math.max(difference(own, statistics), difference(meteorOf(own), score))
  })
}

async function tokens(load: Load): Promise<number> {
  const { ptbTokenize, tokenizeCaptions } = await load('metrics/ptb-tokenizer.ts')
  const kinds = Map.groupBy(json('ptb-tokenizer/lines.json') as any[], ({ kind }) => kind)
  for (const { texts } of json('ptb-tokenizer/kinds.json').kinds)
    for (const { captions: lines, tokens: official } of texts) if (difference(ptbTokenize(lines), official) > 0) return Infinity
  return largestOf([...kinds.values()], (own) => {
    const raw = own.map((line) => line.raw)
    return Math.max(
      difference(
        ptbTokenize(raw),
        own.map(({ ptb }) => ptb),
      ),
      difference(
        tokenizeCaptions(raw),
        own.map(({ coco }) => coco),
      ),
    )
  })
}

async function vqa(load: Load): Promise<number> {
  const { vqaAccuracy, vqaSummary } = await load('metrics/vqa-accuracy.ts')
  const { processDigitArticle, processPunctuation } = await load('metrics/vqa-normalization.ts')
  const { readVqaResults } = await load('tasks/vqa/formats/vqa-v2-results.ts')
  let largest = 0
  for (const [folder, scorer, file] of [
    ['vqa-v2', 'vqa-2021', 'expected.json'],
    ['vqa-v2', 'vqa-2015', 'expected_before_2021.json'],
    ['vqa-v2/rounding', 'vqa-2021', 'expected.json'],
    ['vqa-v2/alike', 'vqa-2021', 'expected.json'],
  ] as const) {
    const annotations = vqaAnnotationsOf(json(`${folder}/annotations.json`))
    const answers = readVqaResults(
      json(`${folder}/results.json`),
      annotations.map(({ question_id }: any) => question_id),
    )
    const rows = annotations.map((annotation: any) =>
      Object.assign({}, annotation, { accuracy: vqaAccuracy(answers.get(annotation.question_id), annotation.answers, scorer) }),
    )
    const { rounded } = vqaSummary(rows)
    const expected = json(`${folder}/${file}`)
    const { overall, perAnswerType, perQuestionType } = expected.rounded_n2.accuracy
    const items = rows.map(({ question_id, accuracy }: any) =>
      difference(100 * accuracy, expected.unrounded_n15.evalQA[question_id]),
    )
    largest = Math.max(
      largest,
      difference(rounded, { overall, per_answer_type: perAnswerType, per_question_type: perQuestionType }),
      ...items,
    )
  }
  for (const { cleaned, processPunctuation: punctuation, processDigitArticle: final } of json('vqa-v2/normalisation.json'))
    largest = Math.max(largest, difference([processPunctuation(cleaned), processDigitArticle(punctuation)], [punctuation, final]))
  return largest
}

async function nlvr2(load: Load): Promise<number> {
  const { categoryAccuracy, filteredAccuracy, nlvr2Correct, nlvr2Summary } = await load('metrics/nlvr2.ts')
  const { readNlvr2 } = await load('tasks/nlvr2/formats/nlvr2.ts')
  const { readNlvr2Predictions } = await load('tasks/nlvr2/formats/nlvr2-predictions.ts')
  const { readNlvr2Categories } = await load('tasks/nlvr2/formats/nlvr2-categories.ts')
  const expected = json('nlvr2/expected.json')
  const examples = readNlvr2(bytesOf(made.text('nlvr2/examples.json')))
  let largest = 0
  for (const [file, suffix] of [
    ['predictions.csv', ''],
    ['predictions_invalid.csv', ' invalid'],
  ] as const) {
    const predictions = readNlvr2Predictions(made.text(`nlvr2/${file}`))
    const rows = examples.map(({ identifier, sentence, label }: any) => ({
      identifier,
      sentence,
      correct: nlvr2Correct(predictions.get(identifier), label),
    }))
    largest = Math.max(largest, difference(nlvr2Summary(rows), expected[`metrics.py${suffix}`]))
    for (const subset of ['balanced', 'unbalanced']) {
      const own = readNlvr2(bytesOf(made.text(`nlvr2/${subset}.json`)))
      const filtered = filteredAccuracy(
        own.map(({ identifier, label }: any) => ({ label, prediction: predictions.get(identifier) })),
      )
      largest = Math.max(largest, difference(filtered, expected[`filtered ${subset}${suffix}`]))
    }
    if (suffix !== '') continue
    const categories = categoryAccuracy(readNlvr2Categories(made.text('nlvr2/annotated_examples.txt')), rows)
    largest = Math.max(largest, difference(categories, expected.categories))
  }
  return largest
}

async function spice(load: Load): Promise<number> {
  const { spice: score } = await load('metrics/spice.ts')
  const { readSpiceInput, readSynsets } = await load('metrics/resources/spice-tuples-file.ts')
  const { images } = readSpiceInput(json('spice-from-tuples/input_tuples.json'))
  const synsets = readSynsets(json('spice-from-tuples/synsets.json'))
  const expected = json('spice-from-tuples/expected.json')
  return Math.max(
    ...(
      [
        ['with_synsets', synsets],
        ['noSynsets', undefined],
      ] as const
    ).flatMap(([key, table]) =>
      images.map(({ test, references }: any, index: number) => {
        const own = score(test, references, table)
        const rows = Object.entries<any>(expected[key][index].scores)
        return Math.max(...rows.map(([category, numbers]) => difference({ numImages: 1, ...own[category] }, numbers)))
      }),
    ),
  )
}

async function retrieval(load: Load): Promise<number> {
  const { foldedRetrieval, imageTextRanks, laterWinsRank, summarizeRetrieval } = await load('metrics/retrieval.ts')
  const {
    averagedRank,
    clip4clipColumns,
    clip4clipMetrics,
    clip4clipRetrieval,
    collaborativeExpertsMetrics,
    collaborativeExpertsRetrieval,
  } = await load('metrics/text-video-retrieval.ts')
  const { readKarpathySplit } = await load('tasks/retrieval/formats/karpathy-split.ts')
  const drafts = readKarpathySplit(bytesOf(json('retrieval-image-text/dataset.json')), { split: 'test' })
  const { image, caption } = json('retrieval-image-text/embeddings.json')
  const images = drafts.map(({ id }: any) => image[Number(id)])
  const texts = drafts.map(({ captions: own }: any) => own.map(({ id }: any) => caption[Number(id)]))
  const expected = json('retrieval-image-text/expected.json')
  const ranks = imageTextRanks(images, texts)
  const named = ({ r1, r5, r10, medr, meanr }: any) => ({ 'R@1': r1, 'R@5': r5, 'R@10': r10, medr, meanr })
  const { i2t, t2i, rsum } = summarizeRetrieval(ranks)
  let largest = difference(
    { i2t: named(i2t), t2i: named(t2i), rsum, i: [...ranks.imageToText], t: [...ranks.textToImage] },
    {
      i2t: expected.i2t,
      t2i: expected.t2i,
      rsum: expected.rsum,
      i: expected.i2t_rank_0based_per_image,
      t: expected.t2i_rank_0based_per_caption,
    },
  )
  const folds = foldedRetrieval(images, texts).folds.map((fold: any) => [
    ...Object.values(named(fold.i2t)),
    ...Object.values(named(fold.t2i)),
    fold.rsum,
  ])
  largest = Math.max(largest, difference(folds, expected.fold5))
  for (const { sims_rows_are_queries: rows, ...official } of json('retrieval-image-text/ties.json')) {
    const columns = rows.flatMap(clip4clipColumns)
    const own = {
      rank0_argsort_reversed_numpy: rows.map(laterWinsRank),
      CLIP4Clip_compute_metrics: { ...clip4clipMetrics(columns), cols: columns },
      CE_averaging: collaborativeExpertsMetrics(rows.map(averagedRank)),
    }
    largest = Math.max(largest, difference(own, official))
  }
  const { video, caption: sentences, captions_per_video } = json('retrieval-text-video/embeddings.json')
  let from = 0
  const own = captions_per_video.map((count: number) => sentences.slice(from, (from += count)))
  const official = json('retrieval-text-video/expected.json')
  const { t2v, v2t, t2v_ranks } = clip4clipRetrieval(video, own)
  const { t2v_ranks_0based_in_caption_order: order, ...summary } = official.CLIP4Clip_multi_sentence
  return Math.max(
    largest,
    difference({ t2v, v2t, ranks: [...t2v_ranks] }, { ...summary, ranks: order }),
    difference(collaborativeExpertsRetrieval(video, own), official['collaborative-experts']),
  )
}

async function clipscore(load: Load): Promise<number> {
  const { clipScore, refClipScore } = await load('metrics/clipscore.ts')
  const { image, candidate, references } = json('clipscore/embeddings.json')
  const { float64 } = json('clipscore/expected.json')
  return difference(
    {
      CLIPScore: image.map((vector: number[], i: number) => clipScore(vector, candidate[i])),
      RefCLIPScore: image.map((vector: number[], i: number) => refClipScore(vector, candidate[i], references[i])),
    },
    { CLIPScore: float64.CLIPScore, RefCLIPScore: float64.RefCLIPScore },
  )
}

async function coin(load: Load): Promise<number> {
  const { stepLocalization } = await load('metrics/step-localization.ts')
  const { readCoin, readCoinResults } = await load('tasks/step-localization/formats/coin.ts')
  const truth = readCoin(bytesOf(json('coin/annotations.json')))
    .filter(({ subset }: any) => subset !== 'training')
    .flatMap(({ id, segments }: any) => segments.map((segment: object) => ({ video: id, ...segment })))
  const proposals = readCoinResults(json('coin/results.json'))
  return Math.max(
    ...(
      [
        ['with_nms_0.6_top60', 0.6],
        ['without_nms_top60', null],
      ] as const
    ).map(([key, nms]) => {
      const own = stepLocalization(proposals, truth, nms === null ? { nms } : {})
      const { tIoU, average, miou, miou_per_video, n_predictions } = json('coin/expected.json')[key]
      const rows = Object.fromEntries(
        Object.entries<any>(own.tIoU).map(([threshold, { mAP, mAR, mAP_over_classes_with_ground_truth, F1 }]) => [
          threshold,
          { mAP_over_778: mAP, mAR_over_778: mAR, mAP_over_classes_with_gt: mAP_over_classes_with_ground_truth, F1 },
        ]),
      )
      return difference(
        [rows, own.average.mAP, own.mIoU, own.mIoU_per_video, own.proposals],
        [tIoU, average.mAP_over_778, miou, miou_per_video, n_predictions],
      )
    }),
  )
}

async function judgements(load: Load): Promise<number> {
  const { correlate, planCrowdFlower, planExpert } = await load('metrics/human-correlation.ts')
  const { evaluateCaptions, tokenizeItems } = await load('metrics/caption-evaluation.ts')
  const { readCrowdFlowerAnnotations, readExpertAnnotations, readFlickr8kCaptions } = await load(
    'tasks/caption/formats/flickr8k.ts',
  )
  const texts = readFlickr8kCaptions(made.text('flickr8k-judgements/captions.token.txt'))
  const plans = {
    expert: planExpert(readExpertAnnotations(made.text('flickr8k-judgements/expert.txt')), texts),
    crowdflower: planCrowdFlower(readCrowdFlowerAnnotations(made.text('flickr8k-judgements/crowd.txt')), texts),
  }
  const expected = json('flickr8k-judgements/expected.json')
  return Math.max(
    ...Object.entries<any>(plans).map(([kind, plan]) => {
      const { perItem } = evaluateCaptions(tokenizeItems(plan.items))
      const { CIDEr, Bleu_4 } = expected[kind].kendall_tau
      const tau = (key: string) =>
        correlate(
          plan,
          perItem.map((row: any) => row[key]),
        )
      return difference([tau('CIDEr'), tau('Bleu_4')], [Object.values(CIDEr)[0], Object.values(Bleu_4)[0]])
    }),
  )
}

export const COMPARISONS = {
  captions,
  cider,
  meteor,
  'meteor-cases': meteorCases,
  'meteor-paraphrases': meteorParaphrases,
  tokens,
  vqa,
  nlvr2,
  spice,
  retrieval,
  clipscore,
  coin,
  judgements,
} as const

export type Comparison = keyof typeof COMPARISONS

/** The largest difference of a copy of `src` in a folder; infinite if it throws. */
export async function differenceOf(comparison: Comparison, folder: string): Promise<number> {
  try {
    return await COMPARISONS[comparison]((path) => import(pathToFileURL(`${folder}/${path}`).href))
  } catch {
    return Infinity
  }
}
