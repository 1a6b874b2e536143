/**
 * The quirks of the official programs that the metrics keep (docs/metrics.md), each with a change of the
 * source that breaks it. A committed golden set must notice every one of them. Quirks of the lexer's table
 * are in `ptb-mutations.test.ts`.
 * @module
 */
import type { Comparison } from './golden-comparisons.ts'

export interface Mutation {
  /** The quirk, as broken. */
  readonly name: string
  /** Path below `src`. */
  readonly file: string
  /** Must occur exactly once in the file. */
  readonly from: string
  readonly to: string
  readonly comparison: Comparison
}

type Row = readonly [quirk: string, from: string, to: string]

function mutations(metric: string, file: string, comparison: Comparison, rows: readonly Row[]): Mutation[] {
  return rows.map(([quirk, from, to]) => ({ name: `${metric}: ${quirk}`, file, from, to, comparison }))
}

export const MUTATIONS: readonly Mutation[] = [
  ...mutations('PTB tokenizer', 'metrics/ptb-tokenizer.ts', 'tokens', [
    ['the filter keeps commas', "  ',',\n", ''],
    ['the filter keeps dashes', "  '--',\n", ''],
  ]),
  ...mutations('captions', 'metrics/caption-evaluation.ts', 'captions', [
    ['CIDEr of COCO is plain CIDEr', "ciderVariant = 'CIDEr-D'", "ciderVariant = 'CIDEr'"],
    [
      'an odd text is split into words for ROUGE-L as for BLEU',
      'isPlain ? rouge.score(first, end)',
      'true || isPlain ? rouge.score(first, end)',
    ],
    [
      'corpus BLEU is the mean of the images',
      'bleuOf(sumBleu(bleu)),',
      '[0, 1, 2, 3].map((k) => mean(bleu.map((b) => bleuOf(b)[k]!))) as never,',
    ],
  ]),
  ...mutations('BLEU', 'metrics/bleu.ts', 'captions', [
    ['of two equally close references the longer', 'length < reflen)', 'length > reflen)'],
    ['the shortest reference length', 'if (distance < closest ||', 'if (closest === Infinity || length < reflen ||'],
    ['no clipping of counts', 'if (++counts[id]! <= most[id]!) matched++', 'if (most[id]! > 0) matched++'],
    [
      'clipping by the sum over references',
      'if (count > most[id]!) most[id] = count',
      'most[id]!++; if (count < 0) most[id] = count',
    ],
    ['without the constant 1e-15', 'const TINY = 1e-15', 'const TINY = 0'],
    ['without the constant 1e-9', 'const SMALL = 1e-9', 'const SMALL = 0'],
    ['no brevity penalty', 'if (ratio >= 1) return 1', 'if (ratio >= 0) return 1'],
    ['the penalty as reflen / testlen', 'roundedExp(1 - 1 / ratio))', 'roundedExp(1 - ratio))'],
    ['the arithmetic instead of the geometric mean', 'return root(product) * penalty', 'return (product / (k + 1)) * penalty'],
  ]),
  ...mutations('ROUGE-L', 'metrics/rouge-l.ts', 'captions', [
    ['beta 1', 'const BETA = 1.2', 'const BETA = 1'],
    [
      'precision and recall of one reference',
      'precision = Math.max(precision, common / (to - from))',
      'if (common / (stop - begin) > recall) precision = common / (to - from)',
    ],
    ['the last reference alone', 'recall = Math.max(recall, common / (stop - begin))', 'recall = common / (stop - begin)'],
    ['empty words are left out', "(text) => text.split(' '))", "(text) => text.split(' ').filter(Boolean))"],
    ['a subsequence of at most 32 words', 'const WORD_BITS = 32', 'const WORD_BITS = 1000'],
  ]),
  ...mutations('CIDEr-D', 'metrics/cider.ts', 'captions', [
    ['sigma 5', 'const SIGMA = 6', 'const SIGMA = 5'],
    ['no clipping', 'this.#isClipped ? Math.min(weights[i]!, weight) : weights[i]!', 'weights[i]!'],
    ['no length penalty', 'this.#isClipped ? value * penalty(', 'value < -1 ? value * penalty('],
    ['length in 4-grams', 'return Math.max(0, words - 1)', 'return Math.max(0, words - 3)'],
    [
      'term frequencies relative to length',
      'this.#weights[i] = counts[id]! * this.#idf[id]!',
      'this.#weights[i] = Math.sqrt(counts[id]!) * this.#idf[id]!',
    ],
    ['the frequency of an unseen n-gram is 0.5', 'logOfCount(Math.max(1, counts[id]!))', 'log(Math.max(0.5, counts[id]!))'],
    ['not times ten', 'references) * 10', 'references) * 1'],
    [
      'an order without n-grams is left out of the mean',
      'return (sum / NGRAM_ORDERS / references) * 10',
      'return (sum / 3 / references) * 10',
    ],
  ]),
  ...mutations('CIDEr', 'metrics/cider.ts', 'cider', [
    ['clipped as CIDEr-D', "this.#isClipped = variant === 'CIDEr-D'", 'this.#isClipped = true'],
    ['CIDEr-D not clipped', "this.#isClipped = variant === 'CIDEr-D'", 'this.#isClipped = false'],
  ]),
  ...mutations('document frequencies', 'metrics/document-frequencies.ts', 'cider', [
    ['a document counts an n-gram as often as it has it', 'if (seen[rank] !== document) {', 'if (true) {'],
    [
      'a table counts as if it were of one document',
      'const levels = levelsOf(Uint32Array.from(words), starts, starts, vocabulary.size)\n  for (const { counts } of levels) counts.fill(0)',
      'const levels = levelsOf(Uint32Array.from(words), starts, starts, vocabulary.size)\n  for (const { counts } of levels) counts.fill(1)\n  return new SortedFrequencies(vocabulary, levels, documents)',
    ],
  ]),
  ...mutations('CIDEr-D', 'metrics/document-frequencies.ts', 'captions', [
    ['frequencies count references, not images', 'if (seen[id] === document) continue', 'if (document === -1) continue'],
  ]),
  ...mutations('METEOR', 'metrics/meteor.ts', 'meteor', [
    ['alpha .9', 'const ALPHA = 0.85', 'const ALPHA = 0.9'],
    ['beta 3, as in METEOR 1.0', 'const BETA = 0.2', 'const BETA = 3'],
    ['gamma .5', 'const GAMMA = 0.6', 'const GAMMA = 0.5'],
    ['delta .5: function words weigh as content words', 'const DELTA = 0.75', 'const DELTA = 0.5'],
    ['stems weigh 1', 'stem: 0.6,', 'stem: 1,'],
    ['synonyms weigh .6', 'synonym: 0.8,', 'synonym: 0.6,'],
    [
      'fragmentation counts matches of the candidate alone',
      'statistics[CHUNKS]! / ((statistics[CHUNKS + 1]! + statistics[CHUNKS + 2]!) / 2)',
      'statistics[CHUNKS]! / statistics[0]!',
    ],
    ['a perfect segment is penalised', 'isPerfect(statistics) ? 0 : GAMMA', 'GAMMA'],
    ['the chunks of perfect segments are added', 'isPerfect(segment) ? segment.with(CHUNKS, 0) : segment', 'segment'],
    ['the worst reference counts', 'if (score > bestScore) {', 'if (bestScore < 0 || score < bestScore) {'],
    ['a word too many among the function words', "'there they this time", "'is with picture there they this time"],
    ['a function word too few', ' with would year', ' would year'],
  ]),
  ...mutations('METEOR', 'metrics/meteor-aligner.ts', 'meteor', [
    [
      'synonyms do not match',
      'new Set([...(synonyms.get(word) ?? [])].flatMap((id) => bySynset.get(id) ?? []))',
      'new Set<string>()',
    ],
  ]),
  ...mutations('METEOR', 'metrics/meteor-search.ts', 'meteor', [
    [
      'chunks do not matter to the search',
      'return chunks === other.chunks ? distance < other.distance : chunks < other.chunks',
      'return distance < other.distance',
    ],
    [
      'distance does not matter to the search',
      'return chunks === other.chunks ? distance < other.distance : chunks < other.chunks',
      'return chunks < other.chunks',
    ],
  ]),
  ...mutations('METEOR', 'metrics/meteor-aligner.ts', 'meteor-cases', [
    ['a stem matches the word itself again', 'if (other === word) continue', ''],
  ]),
  ...mutations('METEOR', 'metrics/meteor-search.ts', 'meteor-cases', [['a beam of 2', 'const BEAM = 40', 'const BEAM = 2']]),
  ...mutations('METEOR', 'metrics/meteor-normalizer.ts', 'meteor-cases', [
    ['hyphenated words stay whole', ".replace(HYPHENATED, '$1 $2')", ''],
    ['points of abbreviations stay', "return word.replaceAll('.', '')", 'return word'],
    ['No. before a number is parted', "new Set(['No', 'Art', 'pp'])", 'new Set<string>([])'],
    ['apostrophes stay', 'for (const [pattern, replacement] of APOSTROPHES) text = text.replace(pattern, replacement)', ''],
  ]),
  ...mutations('METEOR', 'metrics/porter2-stemmer.ts', 'meteor-cases', [['irregular stems', "tying: 'tie',", '']]),
  ...mutations('METEOR', 'metrics/meteor-aligner.ts', 'meteor-paraphrases', [
    ['matches of the table read one way', 'if (occursAt(words, reference, j))', 'if (j < 0)'],
  ]),
  ...mutations('METEOR', 'metrics/meteor-search.ts', 'meteor-paraphrases', [
    [
      'a tried match leaves its distance to its own path',
      "'positions' in group ? this.#tryWords(path, current, group, distance) : this.#tryPhrases(path, current, group, distance)",
      "('positions' in group ? this.#tryWords(path, current, group, distance) : this.#tryPhrases(path, current, group, distance), path.distance)",
    ],
    [
      'half weights are not truncated',
      'Math.floor(candidateLength * searchWeight) + Math.floor(referenceLength * searchWeight)',
      'candidateLength * searchWeight + referenceLength * searchWeight',
    ],
    [
      'half weights of both sides are truncated together',
      'Math.floor(candidateLength * searchWeight) + Math.floor(referenceLength * searchWeight)',
      'Math.floor((candidateLength + referenceLength) * searchWeight)',
    ],
    ['what no other match touches is not settled', 'match !== undefined && isAlone(match) ? match : undefined', 'undefined'],
  ]),
  ...mutations('VQA', 'metrics/vqa-accuracy.ts', 'vqa', [
    [
      'all ten answers at once, min(n / 3, 1)',
      'humans[i] === predicted ? matches - countAlike(answers, humans, i) : matches',
      'matches',
    ],
    ['answers alike do not leave each other out', "if (typeof answer === 'string') return 1", 'return 1'],
    ['confidence does not part answers', 'other.answer_confidence === answer.answer_confidence && ', ''],
    [
      'unanimous answers are normalised too',
      'if (humans.every((human) => human === humans[0])) return { predicted, humans }',
      '',
    ],
    ['2015: human answers normalised in full', 'raw.map(processPunctuation)', 'raw.map(fullyNormalized)'],
    ['2015: unanimous human answers normalised', 'humans: unanimous ? raw :', 'humans: false ? raw :'],
    ['line breaks and tabs go', "stripPython2(text.replace(/[\\n\\t]/g, ' '))", "stripPython2(text.replace(/[\\n\\t]/g, ''))"],
    ['edges are not stripped', "return stripPython2(text.replace(/[\\n\\t]/g, ' '))", "return text.replace(/[\\n\\t]/g, ' ')"],
    ['three decimals', 'roundHalfAway(percent, 2)', 'roundHalfAway(percent, 3)'],
    [
      'breakdowns over all questions',
      'round((100 * tallies.get(key)!.sum) / tallies.get(key)!.n)',
      'round((100 * tallies.get(key)!.sum) / 400)',
    ],
  ]),
  ...mutations('VQA', 'metrics/python-semantics.ts', 'vqa', [
    [
      'halves round to even',
      'const magnitude = Number(Math.abs(value).toFixed(digits))',
      'const magnitude = Math.abs(value) === 3.125 ? 3.12 : Number(Math.abs(value).toFixed(digits))',
    ],
  ]),
  ...mutations('VQA', 'metrics/vqa-normalization.ts', 'vqa', [
    ['apostrophes are punctuation', '\';/[]"{}()=+', "'\\';/[]\"{}()=+"],
    ['colons are punctuation', "<@`,?!'", "<@`,?!:'"],
    ['a mark always becomes a blank', "digits || touchesSpace ? '' : ' '", "' '"],
    ['a comma between digits does not matter to other marks', 'digits || touchesSpace', 'touchesSpace'],
    [
      'marks are looked for in what is left, not in the text as given',
      'if (!text.includes(mark)) continue\n    const touchesSpace = text.includes(`${mark} `) || text.includes(` ${mark}`)',
      'if (!text.includes(mark)) continue\n    const touchesSpace = result.includes(`${mark} `) || result.includes(` ${mark}`)',
    ],
    ['every period goes', '/\\.(?![0-9])/g', '/\\./g'],
    ['a period after a digit stays, as the pattern was meant', '/\\.(?![0-9])/g', '/(?<![0-9])\\.(?![0-9])/g'],
    ['more than 32 periods go', 'const PERIODS_REMOVED = 32', 'const PERIODS_REMOVED = 1000'],
    ['none is not 0', "['none', '0'],", ''],
    ['ten is not 10', "'nine', 'ten']", "'nine']"],
    ['the stays', "new Set(['a', 'an', 'the'])", "new Set(['a', 'an'])"],
    ['a contraction too few', "youd've".length === 7 ? "you'd you'd've" : '', "you'd've"],
    ["somebody'd keeps its apostrophe", "[\"somebody'd\", 'somebodyd'] as const,", ''],
    ['contractions before articles are looked up', 'const mapped = NUMBERS.get(word) ?? word', 'const mapped = word'],
    ['letters keep their case', 'splitWhitespacePython2(lowerCasePython2(text))', 'splitWhitespacePython2(text)'],
    ['lower case of today', 'lowerCasePython2(text)', 'text.toLowerCase()'],
    ['white space of today', 'of splitWhitespacePython2(', 'of ((given: string) => given.split(/\\s+/).filter(Boolean))('],
  ]),
  ...mutations('NLVR2', 'metrics/nlvr2.ts', 'nlvr2', [
    ['letter case matters', 'return prediction.toLowerCase() === label.toLowerCase()', 'return prediction === label'],
    [
      'a group is consistent if one member is right',
      '(groups.get(group) ?? true) && row.correct',
      '(groups.get(group) ?? false) || row.correct',
    ],
    ['invalid predictions stay in the filtered denominator', ') invalid++\n', ') n++\n'],
    ['categories count each sentence once', 'total.n += tally.n', 'total.n += 1'],
    [
      'of a sentence annotated twice the first categories count',
      'annotated.set(sentence, categories)',
      'annotated.set(sentence, annotated.get(sentence) ?? categories)',
    ],
  ]),
  ...mutations('NLVR2', 'contracts/nlvr2-identifier.ts', 'nlvr2', [
    ['consistency by image set, over its sentences', "parts[2] = ''", "parts[2] = ''\n  parts[3] = ''"],
    ['consistency by pair', "parts[2] = ''", "parts[3] = ''"],
  ]),
  ...mutations('NLVR2', 'tasks/nlvr2/formats/nlvr2-predictions.ts', 'nlvr2', [
    [
      'of predictions given twice the first',
      'predictions.set(identifier!, prediction)',
      'predictions.set(identifier!, predictions.get(identifier!) ?? prediction)',
    ],
  ]),
  ...mutations('SPICE', 'metrics/spice.ts', 'spice', [
    ['similar objects are not merged', 'const merging = synsets !== undefined', 'const merging = false'],
    ['a leading "be " stays', ".replace(/^be /, '')", ''],
    ['every leading "be " goes', 'replace(/^be /,', 'replace(/^(?:be )+/,'],
    [
      'a reference tuple is matched once',
      'const tp = test.filter((tuple) => truth.some((other) => matches(tuple, other))).length',
      'const left = [...truth]\n  const tp = test.filter((tuple) => {\n    const at = left.findIndex((other) => matches(tuple, other))\n    if (at >= 0) left.splice(at, 1)\n    return at >= 0\n  }).length',
    ],
    [
      'the first similar object instead of the most similar',
      'if (similarity > bestSimilarity) {',
      'if (bestSimilarity === 0 && similarity > 0) {',
    ],
    [
      'synsets are not matched',
      'sharedCount(a.synsets, b.synsets) > 0 || sharedCount(a.words, b.words) > 0',
      'sharedCount(a.words, b.words) > 0',
    ],
    [
      'no reference tuples: 0 in sub-scores',
      'if (truth.length === 0 && nanWhenEmpty)',
      'if (truth.length === -1 && nanWhenEmpty)',
    ],
    ['cardinality up to nine', 'six seven eight nine ten', 'six seven eight nine'],
    ['beige is not a colour', "'beige black", "'black"],
    ['wide is not a size', ' whopping wide', ' whopping'],
  ]),
  ...mutations('retrieval', 'metrics/retrieval.ts', 'retrieval', [
    ['all captions of an image, not the first five', 'own.slice(0, captionsPerImage)', 'own.slice()'],
    [
      'the earlier index wins a tie',
      'const { greater, tiedAfter } = countsOfRow(similarities, match)\n  return greater + tiedAfter',
      'const { greater, tiedBefore } = countsOfRow(similarities, match)\n  return greater + tiedBefore',
    ],
    ['the median is not floored', 'Math.floor(median(ranks)) + 1', 'median(ranks) + 1'],
    ['ranks from 0', 'meanr: mean(ranks) + 1', 'meanr: mean(ranks)'],
    ['R@5 is R@6', 'r5: recallAt(ranks, 5)', 'r5: recallAt(ranks, 6)'],
  ]),
  ...mutations('text–video retrieval', 'metrics/text-video-retrieval.ts', 'retrieval', [
    ['CLIP4Clip: the upper middle as median', 'sorted[(sorted.length - 1) >> 1]!', 'sorted[(sorted.length + 6) >> 1]!'],
    [
      'CLIP4Clip: the mean over the sentences of a video',
      'if (similarities[sentence]! > groupBest[group]!) groupBest[group]',
      'if (groupBest[group] === -Infinity) groupBest[group]',
    ],
    ['CLIP4Clip: a tied row counts once', 'Array.from({ length: tiedBefore + tiedAfter + 1 }', 'Array.from({ length: 1 }'],
    [
      'CLIP4Clip: sample instead of population deviation',
      '(rank - average) ** 2)))',
      '(rank - average) ** 2)) * (ranks.length / (ranks.length - 1)))',
    ],
    ['collaborative-experts: the best of tied ranks', 'return greater + (tiedBefore + tiedAfter) / 2', 'return greater'],
    ['collaborative-experts: a tied best is a hit at 1', 'recallAt(ranks, Number.MIN_VALUE)', 'recallAt(ranks, 1)'],
  ]),
  ...mutations('CLIPScore', 'metrics/clipscore.ts', 'clipscore', [
    ['w 1', 'return 2.5 * Math.max(cosineValue, 0)', 'return Math.max(cosineValue, 0)'],
    ['not clipped', 'return 2.5 * Math.max(cosineValue, 0)', 'return 2.5 * cosineValue'],
    ['the text side scaled too', 'bestReferenceCosine(caption, references))', '2.5 * bestReferenceCosine(caption, references))'],
    [
      'the text side clipped',
      'bestReferenceCosine(caption, references))',
      'Math.max(0, bestReferenceCosine(caption, references)))',
    ],
    [
      'the mean over references',
      'return Math.max(...references.map((reference) => cosine(caption, reference)))',
      'return references.reduce((sum, reference) => sum + cosine(caption, reference), 0) / references.length',
    ],
    ['the arithmetic mean', '(2 * a * b) / (a + b)', '(a + b) / 2'],
  ]),
  ...mutations('COIN', 'metrics/step-localization.ts', 'coin', [
    ['suppression at .5', 'nms = 0.6 }', 'nms = 0.5 }'],
    [
      'every kept proposal decides suppression',
      'if (overlap(rivals.at(-1)!, proposal) >= threshold) return false',
      'if (rivals.some((rival) => overlap(rival, proposal) >= threshold)) return false',
    ],
    ['no limit of proposals a video', '.slice(0, topK)', '.slice(0, 1000)'],
    [
      'classes without ground truth are left out of mAP',
      'mAP: meanOf(scores.map(({ precision }) => precision)),',
      'mAP: meanOf(annotated.map(({ precision }) => precision)),',
    ],
    [
      'IoU over the longer segment',
      'return hull === 0 ? 0 : Math.max((Math.min(a.end, b.end) - Math.max(a.start, b.start)) / hull, 0)',
      'return hull === 0 ? 0 : Math.max((Math.min(a.end, b.end) - Math.max(a.start, b.start)) / Math.max(a.end - a.start, b.end - b.start), 0)',
    ],
    [
      'suppression by the IoU of matching',
      'if (overlap(rivals.at(-1)!, proposal) >= threshold) return false',
      'if (temporalIou(rivals.at(-1)!, proposal) >= threshold) return false',
    ],
    ['of equally similar ground truths the first', '(best >= 0 && iou < bestIou)', '(best >= 0 && iou <= bestIou)'],
    ['precision is not interpolated', 'bestPrecision = Math.max(bestPrecision, nowPrecision)', 'bestPrecision = nowPrecision'],
    [
      'mIoU over matched proposals only',
      'const video = videos.get(proposal.video) ?? { sum: 0, n: 0 }',
      'if (iou === 0) continue\n    const video = videos.get(proposal.video) ?? { sum: 0, n: 0 }',
    ],
  ]),
  ...mutations('judgements', 'metrics/human-correlation.ts', 'judgements', [
    ['Expert keeps candidates that are references', 'if (references.includes(candidate)) {', 'if (references.length === 0) {'],
    [
      'Expert: the mean of the raters',
      'scores.forEach((score, rater) => {',
      '[scores.reduce((a, b) => a + b) / scores.length].forEach((score, rater) => {',
    ],
    [
      'CF keeps candidates among the references',
      'references.filter((reference) => !candidates.get(image)!.has(reference))',
      '[...references]',
    ],
    ['Expert by τ-b', "variant: 'c', skipped }", "variant: 'b', skipped }"],
    ['CF by τ-c', "variant: 'b', skipped: 0 }", "variant: 'c', skipped: 0 }"],
  ]),
]
