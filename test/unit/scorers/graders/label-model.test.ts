/** Labels of a grading model: a list that could never pass, or that no answer can name, is refused. */
import { expect, test } from 'vitest'
import { labelModelSpec } from '../../../../src/scorers/graders/label-model/spec.ts'

const spec = (labels: readonly string[], passing: readonly string[]) =>
  labelModelSpec.safeParse({
    type: 'label_model',
    name: 'judge',
    model: 'gpu/m',
    input: 'Is it {{item.a}}?',
    labels,
    passing_labels: passing,
  })

test('some of the labels pass, or all', () => {
  expect(spec(['yes', 'no'], ['yes']).success).toBe(true)
  expect(spec(['yes', 'no'], ['no', 'yes']).success).toBe(true)
})

test.each([
  ['a passing label that no answer can be', ['yes', 'no'], ['maybe'], ['passing_labels', 0], 'is not one of labels'],
  ['one of another case', ['Yes', 'no'], ['no', 'yes'], ['passing_labels', 1], 'is not one of labels'],
  ['a blank label', [' \n', 'no'], ['no'], ['labels', 0], 'must not be blank'],
  ['labels that differ in case alone', ['yes', 'YES '], ['yes'], ['labels'], 'must differ, whatever the case'],
])('%s is refused', (_, labels, passing, path, message) => {
  expect(spec(labels, passing).error?.issues).toMatchObject([{ path, message }])
})
