import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { runMetrics } from '../../../src/cli/metrics/run-metrics.ts'
import { goldenJson, goldenPath, hasOfficial, largestDifference, official } from './golden.ts'

/** Runs a command; `@set/file` stands for a golden file made here, `@@set/file` for a public one. */
async function run(line: string, files: Record<string, string> = {}) {
  let stdout = ''
  let stderr = ''
  const argv = (line === '' ? [] : line.split(' ')).map((word) =>
    word.startsWith('@@') ? official.path(word.slice(2)) : word.startsWith('@') ? goldenPath(word.slice(1)) : word,
  )
  const status = await runMetrics(argv, {
    readFile: async (path) => files[path] ?? readFile(path, 'utf8'),
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
  })
  return { status, stdout, stderr, json: () => JSON.parse(stdout) }
}

async function json(line: string): Promise<any> {
  const { status, stdout, stderr } = await run(line)
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout)
}

const CAPTION_KEYS = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'CIDEr']
const pick = (scores: Record<string, number>, keys = CAPTION_KEYS) => Object.fromEntries(keys.map((key) => [key, scores[key]]))

describe('assay metrics', () => {
  test('coco-captions', async () => {
    const files = '--annotations @coco-captions/annotations.json --results @coco-captions/results.json'
    const output = await json(`coco-captions ${files} --json`)
    expect(Object.keys(output)).toEqual([...CAPTION_KEYS, 'n', 'missing'])
    expect(output).toMatchObject({ n: goldenJson('coco-captions/results.json').length, missing: 0 })
    expect(largestDifference(pick(output), pick(goldenJson('coco-captions/expected.json').aggregate))).toBeLessThan(1e-9)
  })

  test('coco-captions with METEOR and its tables: the variant says which modules', async () => {
    const files = {
      'a.json': JSON.stringify({
        images: [{ id: 1 }],
        annotations: [{ id: 1, image_id: 1, caption: 'a dog runs before the automobile' }],
      }),
      'r.json': JSON.stringify([{ image_id: 1, caption: 'a dog runs in front of the car' }]),
      'p.txt': '0.5\nbefore\nin front of\n',
      'w/english.synsets': 'automobile\n1\ncar\n1 2\n',
      'w/english.exceptions': '',
    }
    const meteor = async (tables: string) => {
      const {
        status,
        stderr,
        json: output,
      } = await run(`coco-captions --annotations a.json --results r.json --meteor${tables}`, files)
      expect(status, stderr).toBe(0)
      return output()
    }
    const plain = await meteor('')
    const para = await meteor(' --paraphrases p.txt')
    const both = await meteor(' --paraphrases p.txt --meteor-synonyms w')
    expect([plain, para, both].map(({ meteor_variant }) => meteor_variant)).toEqual([
      'METEOR_noparaphrase:exact_stem',
      'METEOR:exact_stem_paraphrase',
      'METEOR:exact_stem_synonym_paraphrase',
    ])
    expect(para.METEOR).toBeGreaterThan(plain.METEOR)
    expect(both.METEOR).toBeGreaterThan(para.METEOR)
    const refused = await run('coco-captions --annotations a.json --results r.json --meteor --paraphrases r.json', files)
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('line 1 must be a probability') })
    const two = await run('coco-captions --annotations a.json --results r.json --meteor --wordnet w --meteor-synonyms w', files)
    expect(two).toMatchObject({ status: 2, stderr: expect.stringContaining('exclude each other') })
  })

  test('vqa-v2 under both scorers', async () => {
    const files = '--questions @vqa-v2/questions.json --annotations @vqa-v2/annotations.json --results @vqa-v2/results.json'
    for (const [scorer, file] of [
      ['2021', 'expected'],
      ['2015', 'expected_before_2021'],
    ] as const) {
      const { accuracy } = goldenJson(`vqa-v2/${file}.json`).rounded_n2
      const output = await json(`vqa-v2 ${files} --scorer ${scorer}`)
      expect(output.overall).toBe(accuracy.overall)
      expect(output.per_answer_type).toEqual(accuracy.perAnswerType)
      expect(output.per_question_type).toEqual(accuracy.perQuestionType)
      expect(output.overall_unrounded).toBeCloseTo(goldenJson(`vqa-v2/${file}.json`).unrounded_n15.accuracy.overall, 12)
    }
  })

  test('nlvr2', async () => {
    const output = await json('nlvr2 --examples @nlvr2/examples.json --predictions @nlvr2/predictions.csv')
    const official = goldenJson('nlvr2/expected.json')['metrics.py']
    expect(output).toEqual({ ...official, n: expect.any(Number), unreadable: 0, official })
  })

  describe('predictions that are neither true nor false', () => {
    const statement = (pair: number, label: string) =>
      JSON.stringify({ identifier: `dev-${pair >> 1}-${pair & 1}-0`, sentence: 's', label })
    const examples = [0, 1, 2, 3].map((pair) => statement(pair, pair === 0 ? 'False' : 'True')).join('\n')
    const score = (predictions: readonly string[], options = '') =>
      run(`nlvr2 --examples e.json --predictions p.csv${options}`, {
        'e.json': examples,
        'p.csv': predictions.map((prediction, pair) => `dev-${pair >> 1}-${pair & 1}-0,${prediction}`).join('\n'),
      })

    test('are counted, not scored; the official numbers count them as wrong', async () => {
      const { stderr, json: output } = await score(['False', 'True', ' True', 'true'])
      expect(output()).toEqual({
        accuracy: 1,
        consistency: 1,
        n: 3,
        unreadable: 1,
        official: { accuracy: 0.75, consistency: 0.5 },
      })
      expect(stderr).toContain('1 of 4 predictions of p.csv are neither true nor false, dev-1-0-0 first: " True"')
    })

    test.each(['1 0 1 1', 'yes no yes yes'])('%s: no accuracy at all', async (predictions) => {
      const { status, json: output } = await score(predictions.split(' '))
      expect(status).toBe(0)
      expect(output()).toMatchObject({ accuracy: null, consistency: null, n: 0, unreadable: 4, official: { accuracy: 0 } })
    })

    test('are excluded from both systems of a comparison', async () => {
      const { stderr, json: output } = await run('compare --task nlvr2 --examples e.json --a a.csv --b b.csv', {
        'e.json': examples,
        'a.csv': 'dev-0-0-0,1\ndev-0-1-0,True\ndev-1-0-0,True\ndev-1-1-0,False',
        'b.csv': 'dev-0-0-0,False\ndev-0-1-0,True\ndev-1-0-0,yes\ndev-1-1-0,True',
      })
      expect(stderr).toContain('2 statements with an unreadable prediction are left out of both')
      expect(output()).toMatchObject({ a: 0.5, b: 1 })
    })

    test('intervals come with counts', async () => {
      const { metrics } = (await score(['False', 'True', ' True', 'true'], ' --intervals')).json()
      expect(metrics[0]).toMatchObject({ metric: 'accuracy', value: 1, n: 3, errored: 0, unscored: 1, missing: 0 })
      expect(metrics[0].interval).toMatchObject({ level: 0.95, high: 1 })
    })
  })

  test('results for a part of the images: the terminal says what is missing, and whose document frequencies count', async () => {
    const files = {
      'a.json': JSON.stringify({
        images: [{ id: 1 }, { id: 2 }, { id: 3 }],
        annotations: ['a dog runs', 'a cat sleeps', 'two birds'].map((caption, id) => ({ id, image_id: id + 1, caption })),
      }),
      'r.json': JSON.stringify([
        { image_id: 1, caption: 'a dog runs' },
        { image_id: 2, caption: 'a dog' },
      ]),
      'one.json': JSON.stringify([{ image_id: 1, caption: 'a dog runs' }]),
    }
    const part = await run('coco-captions --annotations a.json --results r.json --intervals', files)
    expect(part.json()).toMatchObject({ n: 2, missing: 1 })
    expect(part.stderr).toContain('1 of 3 annotated images have no result')
    const { metrics, CIDEr } = part.json()
    const counts = { n: 2, errored: 0, unscored: 0, missing: 1 }
    expect(metrics[0]).toMatchObject({ metric: 'CIDEr', variant: 'CIDEr-D', value: CIDEr, ...counts })
    expect(metrics.map(({ metric }: { metric: string }) => metric)).toEqual([
      'CIDEr',
      'Bleu_1',
      'Bleu_2',
      'Bleu_3',
      'Bleu_4',
      'ROUGE_L',
    ])
    const one = await run('coco-captions --annotations a.json --results one.json', files)
    expect(one.json()).toMatchObject({ CIDEr: 0, n: 1 })
    expect(one.stderr).toContain('CIDEr of one image is 0')
  })

  test('vqa-v2 with intervals and counts', async () => {
    const files = '--questions @vqa-v2/questions.json --annotations @vqa-v2/annotations.json --results @vqa-v2/results.json'
    const { n, overall_unrounded, metrics } = await json(`vqa-v2 ${files} --intervals`)
    expect(metrics[0]).toMatchObject({ metric: 'vqa_accuracy', variant: 'vqa-2021', n, errored: 0, missing: 0 })
    expect(100 * metrics[0].value).toBeCloseTo(overall_unrounded, 9)
    expect(metrics[0].interval.low).toBeLessThan(metrics[0].value)
    expect(metrics.length).toBeGreaterThan(3)
  })

  test('retrieval, whole and in folds', async () => {
    const files = '--split @retrieval-image-text/dataset.json --embeddings @retrieval-image-text/embeddings.json'
    const expected = goldenJson('retrieval-image-text/expected.json')
    const whole = await json(`retrieval ${files}`)
    expect(whole.rsum).toBeCloseTo(expected.rsum, 9)
    expect(whole.t2i).toEqual({
      r1: expected.t2i['R@1'],
      r5: expected.t2i['R@5'],
      r10: expected.t2i['R@10'],
      medr: 1,
      meanr: expected.t2i.meanr,
    })
    expect((await json(`retrieval ${files} --folds 5`)).rsum).toBeCloseTo(expected.fold5_mean.rsum, 9)
  })

  test('clipscore', async () => {
    const output = await json('clipscore --embeddings @clipscore/embeddings.json')
    const { float64 } = goldenJson('clipscore/expected.json')
    expect(largestDifference(output.CLIPScore, float64.CLIPScore)).toBeLessThan(1e-9)
    expect(output.RefCLIPScore_mean).toBeCloseTo(float64.RefCLIPScore_mean, 12)
  })

  test('spice', async () => {
    const output = await json('spice --tuples @spice-from-tuples/input_tuples.json --synsets @spice-from-tuples/synsets.json')
    expect(output.SPICE).toBeCloseTo(goldenJson('spice-from-tuples/expected.json').mean_F.with_synsets, 12)
    expect(output.variant).toBe('tuples/synsets')
    expect((await json('spice --tuples @spice-from-tuples/input_tuples.json')).variant).toBe('tuples/exact')
  })

  test.skipIf(!hasOfficial('ptb-tokenizer'))('ptb-tokenize prints text', async () => {
    const { status, stdout } = await run('ptb-tokenize --input @@ptb-tokenizer/coco_captions_raw.txt')
    expect(status).toBe(0)
    expect(stdout).toBe(official.text('ptb-tokenizer/coco_captions_tokenized_with_punctuation.txt'))
  })

  test('msvd-captions', async () => {
    const output = await json('msvd-captions --captions @msvd/sentences.txt --results @msvd/results.json --per-image')
    const expected = goldenJson('msvd/expected.json')
    expect(largestDifference(pick(output), pick(expected.aggregate))).toBeLessThan(1e-9)
    for (const [id, scores] of Object.entries<Record<string, number>>(output.per_image))
      expect(largestDifference(pick(scores), pick(expected.per_image[id]))).toBeLessThan(1e-9)
  })

  test('text-video-retrieval', async () => {
    const files = '--captions @retrieval-text-video/captions.json --embeddings @retrieval-text-video/embeddings.json'
    const expected = goldenJson('retrieval-text-video/expected.json')
    const { t2v, v2t } = expected.CLIP4Clip_multi_sentence
    expect(largestDifference(await json(`text-video-retrieval ${files} --rules clip4clip`), { t2v, v2t })).toBeLessThan(1e-12)
    const experts = await json(`text-video-retrieval ${files} --rules collaborative-experts`)
    expect(largestDifference(experts, expected['collaborative-experts'])).toBeLessThan(1e-12)
  })

  test('coin', async () => {
    const output = await json('coin --annotations @coin/annotations.json --results @coin/results.json')
    expect(largestDifference(output, goldenJson('coin/expected.json')['with_nms_0.6_top60'])).toBeLessThan(1e-9)
  })
})

describe('assay metrics compare', () => {
  const vqa = '--task vqa-v2 --questions @vqa-v2/questions.json --annotations @vqa-v2/annotations.json'
  const results = '@vqa-v2/results.json'

  test('two identical files: difference 0, p 1, no difference found', async () => {
    expect(await json(`compare ${vqa} --a ${results} --b ${results}`)).toMatchObject({
      metric: 'vqa_accuracy',
      a: expect.closeTo(goldenJson('vqa-v2/expected.json').unrounded_n15.accuracy.overall / 100, 12),
      difference: 0,
      p: 1,
      test: 'sign-flip-and-mean-bound',
      verdict: 'no_difference_found',
    })
  })

  test('worse answers get the verdict degraded', async () => {
    const worse = JSON.stringify(
      goldenJson(results.slice(1)).map((entry: any, index: number) => (index % 3 === 0 ? { ...entry, answer: 'zzz' } : entry)),
    )
    const { status, json: output } = await run(`compare ${vqa} --a ${results} --b worse`, { worse })
    expect(status).toBe(0)
    expect(output()).toMatchObject({ verdict: 'degraded' })
    expect(output().difference).toBeLessThan(-0.1)
    expect(output().interval.high).toBeLessThan(0)
  })

  test('--fail-on degraded: status 1 after the output, for a gate in CI', async () => {
    const worse = JSON.stringify(
      goldenJson(results.slice(1)).map((entry: any, index: number) => (index % 3 === 0 ? { ...entry, answer: 'zzz' } : entry)),
    )
    const compared = (a: string, b: string) => run(`compare ${vqa} --a ${a} --b ${b} --fail-on degraded`, { worse })
    const degraded = await compared(results, 'worse')
    expect(degraded).toMatchObject({ status: 1, stdout: expect.stringContaining('"verdict":"degraded"') })
    expect(await compared('worse', results)).toMatchObject({ status: 0, stdout: expect.stringContaining('"verdict":"improved"') })
    expect(await compared(results, results)).toMatchObject({ status: 0 })
    expect(await run(`compare ${vqa} --a ${results} --b ${results} --fail-on worse`)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--fail-on must be degraded'),
    })
  })

  test.each(['--help', '-h', 'compare --help', 'compare --task nlvr2 -h', 'vqa-v2 --help'])(
    '%s prints the usage',
    async (line) => {
      const { status, stdout, stderr } = await run(line)
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(stdout).toMatch(/^usage:\n  assay metrics [a-z]/)
    },
  )

  test('corpus BLEU by swapping systems', async () => {
    const sentences = Array.from({ length: 40 }, (_, i) => `v${i}\ta man number ${i} rides a wave`).join('\n')
    const results = (word: string) =>
      JSON.stringify(
        Array.from({ length: 40 }, (_, i) => ({ image_id: `v${i}`, caption: `a man number ${i} rides ${word} wave` })),
      )
    const files = { sentences, a: results('no'), b: results('a') }
    const { stdout } = await run('compare --task msvd-captions --captions sentences --a a --b b --metric Bleu_4', files)
    expect(JSON.parse(stdout)).toMatchObject({ test: 'system-swap', verdict: 'improved', clusters: 40 })
    const other = { ...files, b: JSON.stringify([{ image_id: 'v1', caption: 'x' }]) }
    const refused = await run('compare --task msvd-captions --captions sentences --a a --b b', other)
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain('only in the baseline')
  })

  test('nlvr2 by clusters of image sets', async () => {
    const files = '--task nlvr2 --examples @nlvr2/examples.json --a @nlvr2/predictions.csv --b @nlvr2/predictions.csv'
    expect(await json(`compare ${files}`)).toMatchObject({
      a: goldenJson('nlvr2/expected.json')['metrics.py'].accuracy,
      difference: 0,
    })
  })
})

describe('assay metrics refuses, with status 2, one line and nothing on stdout', () => {
  test.each([
    ['no task', '', 'usage'],
    ['a comparison without its files', 'compare --task nlvr2 --a x --b y', '--task nlvr2 needs --examples'],
    ['an unknown task', 'bleu', 'unknown task "bleu"'],
    ['a missing option', 'nlvr2 --examples x', 'missing --predictions'],
    ['an unknown option', 'nlvr2 --exmaples x', 'unknown option --exmaples'],
    ['a repeated option', 'clipscore --embeddings a --embeddings b', 'given twice'],
    ['an option without a value', 'clipscore --embeddings', 'needs a value'],
    ['a stray argument', 'clipscore x', 'unexpected argument "x"'],
    ['an absent file', 'clipscore --embeddings /nowhere.json', 'cannot read /nowhere.json'],
    ['a file that is not JSON', 'clipscore --embeddings broken', 'broken is not JSON'],
    ['vectors of unequal length', 'clipscore --embeddings ragged', '/candidate/0 has 1 numbers'],
    [
      'a bad choice',
      'text-video-retrieval --captions a --embeddings b --rules vse',
      '--rules must be clip4clip or collaborative-experts',
    ],
    ['folds that do not divide', 'retrieval --split split --embeddings rows --folds 3', 'do not divide into 3 folds'],
    ['an embeddings file with too few rows', 'retrieval --split split --embeddings few', '/caption has no row 1'],
    ['results of another dataset', 'coco-captions --annotations captions --results results', 'do not correspond'],
  ])('%s', async (_, line, message) => {
    const image = (imgid: number) => ({ imgid, split: 'test', filename: 'a.jpg', sentences: [{ raw: 'x', sentid: imgid }] })
    const { status, stdout, stderr } = await run(line, {
      broken: '{',
      ragged: '{"image":[[1,2]],"candidate":[[1]]}',
      split: JSON.stringify({ images: [image(0), image(1)] }),
      rows: '{"image":[[1],[1]],"caption":[[1],[1]]}',
      few: '{"image":[[1],[1]],"caption":[[1]]}',
      captions: '{"images":[{"id":1}],"annotations":[{"image_id":1,"id":1,"caption":"x"}]}',
      results: '[{"image_id":2,"caption":"x"}]',
    })
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
    if (line !== '') expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})
