import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVqaResults } from '../../../src/tasks/vqa/formats/vqa-v2-results.ts'
import { normalizePrediction, vqaAccuracy, type VqaScorer, vqaSummary } from '../../../src/metrics/vqa-accuracy.ts'
import { processDigitArticle, processPunctuation } from '../../../src/metrics/vqa-normalization.ts'
import { lowerCasePython2, roundHalfAway, stripPython2 } from '../../../src/metrics/python-semantics.ts'
import { type GoldenSource, goldenSources, largestDifference } from './golden.ts'
import { vqaAnnotationsOf } from '../../support/official-files.ts'

function evaluate({ json }: GoldenSource, folder: string, scorer: VqaScorer) {
  const annotations = vqaAnnotationsOf(json(`${folder}/annotations.json`))
  const results = readVqaResults(
    json(`${folder}/results.json`),
    annotations.map(({ question_id }) => question_id),
  )
  const rows = annotations.map((annotation) =>
    Object.assign({}, annotation, { accuracy: vqaAccuracy(results.get(annotation.question_id)!, annotation.answers, scorer) }),
  )
  const summary = vqaSummary(rows)
  const official = (round: 'rounded' | 'unrounded', digits: number) => ({
    accuracy: {
      overall: summary[round].overall,
      perAnswerType: summary[round].per_answer_type,
      perQuestionType: summary[round].per_question_type,
    },
    evalQA: Object.fromEntries(rows.map((row) => [row.question_id, roundHalfAway(100 * row.accuracy, digits)])),
  })
  return { rounded_n2: official('rounded', 2), unrounded_n15: official('unrounded', 15) }
}

describe.each(goldenSources('vqa-v2'))('VQA accuracy equals the official scorers: $name', (source) => {
  test.each([
    ['vqa-v2', 'vqa-2021', 'expected.json'],
    ['vqa-v2', 'vqa-2015', 'expected_before_2021.json'],
    ['vqa-v2/rounding', 'vqa-2021', 'expected.json'],
    // Answers of one question that share an id, unlike any published file.
    ...(source.name === 'official' ? [] : ([['vqa-v2/alike', 'vqa-2021', 'expected.json']] as const)),
  ] as const)('%s under %s', (folder, scorer, expectedFile) => {
    const actual = evaluate(source, folder, scorer)
    const expected = source.json(`${folder}/${expectedFile}`)
    expect(actual.rounded_n2).toEqual(expected.rounded_n2)
    expect(largestDifference(actual.unrounded_n15, expected.unrounded_n15)).toBeLessThan(1e-12)
  })

  test('every step of normalisation', () => {
    for (const { input, cleaned, processPunctuation: punctuation, processDigitArticle: final } of source.json(
      'vqa-v2/normalisation.json',
    )) {
      expect(processPunctuation(cleaned), input).toBe(punctuation)
      expect(processDigitArticle(punctuation), input).toBe(final)
      expect(normalizePrediction(input), input).toBe(final)
    }
  })
})

describe('VQA accuracy', () => {
  test('n matches of ten give 0, .3, .6, .9, 1', () => {
    const values = [0, 1, 2, 3, 4, 10].map((n) =>
      vqaAccuracy(
        'cat',
        Array.from({ length: 10 }, (_, i) => (i < n ? 'cat' : `dog ${i}`)),
        'vqa-2021',
      ),
    )
    for (const [index, value] of [0, 0.3, 0.6, 0.9, 1, 1].entries()) expect(values[index]).toBeCloseTo(value, 12)
  })

  test('unanimous answers switch all normalisation off, since 2021', () => {
    const unanimous = Array.from({ length: 10 }, () => 'black')
    expect(vqaAccuracy('Black.', unanimous, 'vqa-2021')).toBe(0)
    expect(vqaAccuracy('Black.', unanimous, 'vqa-2015')).toBe(1)
  })

  test('human answers equal in answer, confidence and id exclude each other', () => {
    const twin = { answer: 'cat', answer_confidence: 'yes', answer_id: 1 }
    const answers = [twin, twin, { ...twin, answer_id: 2 }, { ...twin, answer: 'dog' }]
    expect(vqaAccuracy('cat', answers, 'vqa-2021')).toBeCloseTo((1 / 3 + 1 / 3 + 2 / 3 + 1) / 4, 12)
    expect(vqaAccuracy('cat', ['cat', 'cat', 'cat', 'dog'], 'vqa-2021')).toBeCloseTo((2 / 3 + 2 / 3 + 2 / 3 + 1) / 4, 12)
  })

  test('does not depend on the order of the human answers beyond the last bits', () => {
    const words = fc.constantFrom('cat', 'a cat', 'Cat.', 'two', '2', 'dog')
    fc.assert(
      fc.property(words, fc.array(words, { minLength: 10, maxLength: 10 }), (prediction, answers) => {
        const forward = vqaAccuracy(prediction, answers, 'vqa-2021')
        expect(vqaAccuracy(prediction, answers.toReversed(), 'vqa-2021')).toBeCloseTo(forward, 12)
        expect(forward).toBeGreaterThanOrEqual(0)
        expect(forward).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('lower-cases and splits words by Unicode 5.2, like Python 2.7.18', () => {
    // Cherokee, a Latin letter of 2024, Georgian, Deseret, Adlam, a dotted I, a sigma
    expect(lowerCasePython2('\u13a0\ua7cb\u1c90\u{10400}\u{1e900}\u0130\u03a3')).toBe(
      '\u13a0\ua7cb\u1c90\u{10428}\u{1e900}i\u03c3',
    )
    expect(normalizePrediction('2 bow tie \u180e 3.5')).toBe('2 bow tie 3.5')
    expect(stripPython2('\u180e a \u180e')).toBe('a')
    const answers: string[] = Array.from({ length: 10 }, (_, index) => (index < 5 ? '\uab70' : '\u13a0'))
    expect(vqaAccuracy('\u13a0', answers, 'vqa-2021')).toBe(1)
    expect(vqaAccuracy('\uab70', answers.with(0, 'x').with(1, 'x').with(2, 'x'), 'vqa-2021')).toBeCloseTo(0.6, 12)
  })

  test('rounds halves of the exact double away from zero', () => {
    expect([3.125, 2.675, -3.125, 0, 100].map((value) => roundHalfAway(value, 2))).toEqual([3.13, 2.67, -3.13, -0 + 0, 100])
  })
})
