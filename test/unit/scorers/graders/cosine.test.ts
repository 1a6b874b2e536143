/**
 * The `cosine` of two texts: who is asked, what is compared, and the texts that have no vector.
 */
import { describe, expect, test } from 'vitest'
import type { EmbeddedText } from '../../../../src/contracts/model.ts'
import { SCORERS } from '../../../../src/scorers/registry.ts'
import type { CustomItem } from '../../../../src/tasks/custom/item.ts'

const SPEC = {
  type: 'text_similarity',
  name: 'near',
  input: '{{sample.output_text}}',
  reference: '{{item.answer}}',
  evaluation_metric: 'cosine',
  pass_threshold: 0.5,
}
const item = (answer: string): CustomItem => ({ task: 'custom', id: 'i', cluster: 'i', image: null, item: { answer } })
const embedded = (vector: number[], truncated: boolean | null = null): EmbeddedText => ({
  vector: Float32Array.from(vector),
  truncated,
  unknownTokens: null,
})
const judge = (text: string | null, answer: string, vectors: readonly [EmbeddedText, EmbeddedText] | null) =>
  SCORERS.bind(SPEC).score({
    item: item(answer),
    output: { kind: 'text', text },
    embed: async (texts) => {
      expect(texts).toEqual([text, answer])
      if (vectors === null) throw new Error('nothing is to be embedded')
      return { texts: vectors }
    },
  })

describe('cosine', () => {
  test.each([
    [[1, 0], [2, 0], 1, 1],
    [[1, 0], [1, Math.sqrt(3)], 0.5, 1],
    [[1, 0], [-3, 0], -1, 0],
    [[1, 0], [0, 5], 0, 0],
  ])('of %j and %j is %d', async (one, other, score, passed) => {
    const judged = await judge('a', 'b', [embedded(one), embedded(other)])
    expect(judged).toEqual({ status: 'scored', stats: [expect.closeTo(score, 6), passed], score: expect.closeTo(score, 6) })
  })

  test('says which text the model read only in part', async () => {
    expect(await judge('a', 'b', [embedded([1], true), embedded([1], false)])).toMatchObject({
      details: { truncated: { input: true, reference: false } },
    })
  })

  test('an empty answer scores 0, an empty reference and a missing answer are unscored, and nothing is asked', async () => {
    expect(await judge(' ', 'b', null)).toEqual({ status: 'scored', stats: [0, 0], score: 0 })
    expect(await judge('a', '', null)).toMatchObject({ status: 'unscored', reason: expect.stringContaining('reference') })
    expect(await judge(null, 'b', null)).toMatchObject({ status: 'unscored' })
  })
})

test('the model is named by the grader, or by OpenAI; other metrics ask none', () => {
  const graderOf = (spec: object) => SCORERS.bind({ ...SPEC, ...spec } as never).grader
  expect(graderOf({})).toEqual({ model: 'text-embedding-3-large', gives: 'embeddings', sampling: {} })
  expect(graderOf({ model: 'gpu/e5' })).toMatchObject({ model: 'gpu/e5' })
  expect(graderOf({ evaluation_metric: 'bleu' })).toBeNull()
  const refused = SCORERS.spec.safeParse({ ...SPEC, evaluation_metric: 'bleu', model: 'gpu/e5' })
  expect(refused.error?.issues).toMatchObject([{ path: ['model'], message: expect.stringContaining('is for cosine') }])
})

test('its mean has the range of a cosine', () => {
  expect(SCORERS.bind(SPEC).statistics.map(({ metric, range }) => [metric, range])).toEqual([
    ['cosine', [-1, 1]],
    ['pass_rate', [0, 1]],
  ])
})
