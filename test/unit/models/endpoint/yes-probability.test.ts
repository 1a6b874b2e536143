import { expect, test } from 'vitest'
import { yesProbability } from '../../../../src/models/endpoint/chat/yes-probability.ts'

const tokens = (given: Record<string, number>) =>
  Object.entries(given).map(([token, probability]) => ({ token, logprob: Math.log(probability) }))

test.each<[string, Record<string, number>, number | null]>([
  ['both words', { yes: 0.6, no: 0.2 }, 0.75],
  ['all spellings of each', { Yes: 0.3, ' yes': 0.2, '▁YES': 0.1, ĠNo: 0.1, 'no.': 0.1, maybe: 0.2 }, 0.75],
  ['true and false', { True: 0.9, False: 0.1 }, 0.9],
  ['one word alone', { yes: 0.4, red: 0.5 }, 1],
  ['neither', { red: 0.9, yesterday: 0.1 }, null],
  ['nothing', {}, null],
])('of %s', (_, given, expected) => {
  const probability = yesProbability(tokens(given))
  if (expected === null) expect(probability).toBeNull()
  else expect(probability).toBeCloseTo(expected, 12)
})

test('tokens that never occur give no probability', () => {
  expect(yesProbability([{ token: 'yes', logprob: -Infinity }])).toBeNull()
})
