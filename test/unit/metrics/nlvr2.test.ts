import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readNlvr2 } from '../../../src/tasks/nlvr2/formats/nlvr2.ts'
import { readNlvr2Categories } from '../../../src/tasks/nlvr2/formats/nlvr2-categories.ts'
import { readNlvr2Predictions, requirePredictions } from '../../../src/tasks/nlvr2/formats/nlvr2-predictions.ts'
import { categoryAccuracy, filteredAccuracy, nlvr2Correct, nlvr2Summary } from '../../../src/metrics/nlvr2.ts'
import { goldenSources, largestDifference, made } from './golden.ts'
import { bytesOf } from '../../support/official-files.ts'

describe.each(goldenSources('nlvr2'))('NLVR2 equals the official scripts: $name', ({ json, text }) => {
  const predictions = readNlvr2Predictions(text('nlvr2/predictions.csv'))
  const expected = json('nlvr2/expected.json')

  test('accuracy and consistency', () => {
    const examples = readNlvr2(bytesOf(text('nlvr2/examples.json')))
    requirePredictions(
      examples.map(({ identifier }) => identifier),
      predictions,
    )
    const rows = examples.map(({ identifier, label }) => ({
      identifier,
      correct: nlvr2Correct(predictions.get(identifier)!, label),
    }))
    const { accuracy, consistency, groups } = nlvr2Summary(rows)
    expect({ accuracy, consistency }).toEqual(expected['metrics.py'])
    expect(groups).toBe(expected.n_consistency_groups)
  })

  test.each(['balanced', 'unbalanced'])('filtered accuracy on the %s subset', (subset) => {
    const examples = readNlvr2(bytesOf(text(`nlvr2/${subset}.json`)))
    const { accuracy_percent, n } = filteredAccuracy(
      examples.map(({ identifier, label }) => ({ label, prediction: predictions.get(identifier)! })),
    )
    const official = expected[`compute_filtered_accuracy.py ${subset}`] ?? expected[`filtered ${subset}`]
    expect(largestDifference({ accuracy_percent, n }, official)).toBeLessThan(1e-12)
  })
})

describe('NLVR2 equals the official scripts for invalid predictions, and by category', () => {
  const expected = made.json('nlvr2/expected.json')
  const examples = readNlvr2(bytesOf(made.text('nlvr2/examples.json')))
  const invalid = readNlvr2Predictions(made.text('nlvr2/predictions_invalid.csv'))

  test('an invalid prediction is wrong in accuracy and consistency', () => {
    const rows = examples.map(({ identifier, label }) => ({ identifier, correct: nlvr2Correct(invalid.get(identifier)!, label) }))
    const { accuracy, consistency } = nlvr2Summary(rows)
    expect({ accuracy, consistency }).toEqual(expected['metrics.py invalid'])
  })

  test.each(['balanced', 'unbalanced'])('and excluded from the filtered accuracy on the %s subset', (subset) => {
    const { accuracy_percent, n } = filteredAccuracy(
      readNlvr2(bytesOf(made.text(`nlvr2/${subset}.json`))).map(({ identifier, label }) => ({
        label,
        prediction: invalid.get(identifier)!,
      })),
    )
    expect(largestDifference({ accuracy_percent, n }, expected[`filtered ${subset} invalid`])).toBeLessThan(1e-12)
  })

  test('categories', () => {
    const predictions = readNlvr2Predictions(made.text('nlvr2/predictions.csv'))
    const categories = categoryAccuracy(
      readNlvr2Categories(made.text('nlvr2/annotated_examples.txt')),
      examples.map(({ identifier, sentence, label }) => ({
        sentence,
        correct: nlvr2Correct(predictions.get(identifier)!, label),
      })),
    )
    const plain = JSON.parse(JSON.stringify(categories))
    expect(largestDifference(plain, expected.categories)).toBeLessThan(1e-12)
  })
})

describe('NLVR2', () => {
  test('an invalid prediction leaves the filtered denominator, and is wrong elsewhere', () => {
    const examples = [
      { label: 'True', prediction: 'TRUE' },
      { label: 'True', prediction: 'maybe' },
    ]
    expect(filteredAccuracy(examples)).toEqual({ accuracy_percent: 100, n: 1, invalid: 1 })
    expect(nlvr2Correct('maybe', 'True')).toBe(false)
    expect(nlvr2Correct(' True', 'True')).toBe(false)
  })

  test('the last categories of a sentence that is annotated twice count', () => {
    const annotations = readNlvr2Categories('S one.\n* negation\n\nS one.\n* coordination\n')
    expect(categoryAccuracy(annotations, [{ sentence: 'S one.', correct: true }])).toEqual({
      coordination: { accuracy_percent: 100, n: 1 },
      negation: { accuracy_percent: NaN, n: 0 },
    })
  })

  test('categories group by sentence', () => {
    const annotations = readNlvr2Categories(
      'A cat.\n* negation\n* coordination\n\nTwo dogs.\n* coordination\n\nNo fish.\n* negation\n',
    )
    const rows = [
      { sentence: 'A cat.', correct: true },
      { sentence: 'A cat.', correct: false },
      { sentence: 'Two dogs.', correct: true },
    ]
    expect(categoryAccuracy(annotations, rows)).toEqual({
      coordination: { accuracy_percent: 200 / 3, n: 3 },
      negation: { accuracy_percent: 50, n: 2 },
    })
  })

  test('any order of rows gives the same values', () => {
    const row = fc.record({
      identifier: fc.constantFrom('dev-1-0-0', 'dev-1-1-0', 'dev-1-0-1', 'dev-2-0-0'),
      correct: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (rows) => {
        expect(nlvr2Summary(rows.toReversed())).toEqual(nlvr2Summary(rows))
      }),
    )
  })

  const line = (change: object) =>
    JSON.stringify(Object.assign({ identifier: 'dev-1-0-0', label: 'True', sentence: 'A.' }, change))
  test.each([
    ['a boolean label', line({ label: true }), '/0/label'],
    ['another label', line({ label: 'yes' }), '/0/label'],
    ['no identifier', line({ identifier: undefined }), '/0/identifier'],
    ['a malformed identifier', line({ identifier: 'dev-1' }), '/0/identifier'],
    ['a blank line', `${line({})}\n\n${line({ identifier: 'dev-2-0-0' })}`, 'line 2 is not JSON'],
    ['a duplicate', `${line({})}\n${line({})}`, 'already used by line 1'],
    ['an empty file', '', 'holds no example'],
  ])('refuses %s', (_, text, message) => {
    expect(() => readNlvr2(bytesOf(text))).toThrow(message)
  })

  test('refuses predictions without a comma or for too few examples', () => {
    expect(() => readNlvr2Predictions('dev-1-0-0 True')).toThrow('line 1 has no comma')
    expect(() => requirePredictions(['dev-1-0-0'], new Map())).toThrow('1 of 1 examples have no prediction: dev-1-0-0')
    expect(() => requirePredictions(['a'], readNlvr2Predictions('"a","True"'))).toThrow(
      '1 of 1 examples have no prediction: a; the first of the file is called "a", and quotes belong to the name: leave them out',
    )
    expect(() => requirePredictions(['a'], readNlvr2Predictions('x,True'))).toThrow('; the first of the file is called x')
    expect(() => requirePredictions(['a', 'b'], readNlvr2Predictions('a,True'))).toThrow(/have no prediction: b$/)
    expect(readNlvr2Predictions('a,True,rest\na,False\n')).toEqual(new Map([['a', 'False']]))
  })
})
