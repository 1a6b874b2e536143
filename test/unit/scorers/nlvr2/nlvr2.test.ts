/** NLVR2: the effect of an answer that is neither true nor false. */
import { describe, expect, test } from 'vitest'
import { consistencyGroup } from '../../../../src/contracts/nlvr2-identifier.ts'
import type { AggregateInput } from '../../../../src/scorers/aggregate-input.ts'
import { aggregateNlvr2, CONSISTENCY_GROUP } from '../../../../src/scorers/nlvr2/aggregate.ts'
import { SCORERS } from '../../../../src/scorers/registry.ts'
import type { Nlvr2Item } from '../../../../src/tasks/nlvr2/item.ts'

const NLVR2 = { type: 'nlvr2', name: 'nlvr2' } as const

describe('NLVR2 answers that are neither true nor false', () => {
  const item = {
    task: 'nlvr2',
    id: 'dev-1-0-0',
    cluster: 'dev-1',
    images: null,
    sentence: 's',
    label: 'True',
  } satisfies Nlvr2Item
  const score = (text: string) => SCORERS.bind(NLVR2).score({ item, output: { kind: 'text', text } })

  test.each(['1', 'yes', ' True', 'True ', '', 'true.'])('%j is unscored, with what it is', async (answer) => {
    expect(await score(answer)).toEqual({
      status: 'unscored',
      reason: `the answer is neither true nor false: ${JSON.stringify(answer)}`,
    })
  })

  test('any letter case is read', async () => {
    expect(await Promise.all(['true', 'TRUE', 'false'].map(score))).toMatchObject([
      { status: 'scored', stats: [1, 0] },
      { status: 'scored', stats: [1, 0] },
      { status: 'scored', stats: [0, 0] },
    ])
  })

  test('the probability of yes is the verdict where the criterion says so, and the report counts the others', async () => {
    const scorer = SCORERS.bind({ ...NLVR2, verdict: 'probability' })
    const judge = (text: string | null, yesProbability?: number) =>
      scorer.score({ item, output: { kind: 'text', text, ...(yesProbability !== undefined && { yesProbability }) } })
    expect(await Promise.all([judge('false', 0.5), judge(null, 0.49), judge('true')])).toMatchObject([
      { stats: [1, 1], details: { yes_probability: 0.5 } },
      { stats: [0, 1] },
      { stats: [1, 0] },
    ])
    expect(await SCORERS.bind(NLVR2).score({ item, output: { kind: 'text', text: 'false', yesProbability: 0.9 } })).toMatchObject(
      {
        stats: [0, 0],
      },
    )
  })

  const ids = ['dev-0-0-0', 'dev-0-1-0', 'dev-1-0-0', 'dev-1-1-0']
  const groups = [...new Set(ids.map(consistencyGroup))]
  const aggregate = (answers: readonly (0 | 1 | null)[]) => {
    const input: AggregateInput = {
      embeddings: [],
      outputs: [],
      seed: 0,
      level: 0.95,
      complete: true,
      rows: answers.map((correct, ordinal) => ({
        ordinal,
        cluster: ordinal >> 1,
        status: correct === null ? 'unscored' : 'scored',
        stats: [correct ?? 0],
      })),
      version: { digest: '', items: 4, strata: [{ name: CONSISTENCY_GROUP, values: groups }] },
      columns: {
        cluster: Uint32Array.of(0, 0, 1, 1),
        strata: [Uint16Array.from(ids, (id) => groups.indexOf(consistencyGroup(id)))],
      },
    }
    return aggregateNlvr2(NLVR2, input)
  }

  test('a report counts them, and has the official numbers beside', () => {
    const { metrics, details } = aggregate([1, 1, null, 1])
    expect(metrics).toMatchObject([
      { metric: 'accuracy', value: 1, n: 3, unscored: 1 },
      { metric: 'consistency', value: 1, n: 1, errored: 1 },
    ])
    expect(details).toEqual({ official: false, groups: 2, unreadable: 1, official_accuracy: 0.75, official_consistency: 0.5 })
  })

  test('without one the details are as they were', () => {
    expect(aggregate([1, 0, 1, 1]).details).toEqual({ official: true, groups: 2 })
  })
})
