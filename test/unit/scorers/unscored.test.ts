/** What an answer that cannot be read, and what a missing caption, do to a report. */
import { describe, expect, test } from 'vitest'
import type { CaptionItem } from '../../../src/tasks/caption/item.ts'
import type { Nlvr2Item } from '../../../src/tasks/nlvr2/item.ts'
import { formatOf } from '../../../src/imports/formats.ts'
import { SCORERS } from '../../../src/scorers/registry.ts'
import { captionMetrics } from '../../../src/cli/metrics/intervals.ts'
import { consistencyGroup } from '../../../src/metrics/nlvr2.ts'
import { aggregateCaption } from '../../../src/scorers/caption/aggregate.ts'
import type { AggregateInput } from '../../../src/scorers/aggregate-input.ts'
import { CONSISTENCY_GROUP, aggregateNlvr2 } from '../../../src/scorers/nlvr2/aggregate.ts'

const NLVR2 = { type: 'nlvr2', name: 'nlvr2' } as const
const CAPTION = { type: 'caption', name: 'caption', meteor: 'none' } as const
const common = { embeddings: [], outputs: [], seed: 0, level: 0.95, complete: true } as const

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
      { status: 'scored', stats: [1] },
      { status: 'scored', stats: [1] },
      { status: 'scored', stats: [0] },
    ])
  })

  const ids = ['dev-0-0-0', 'dev-0-1-0', 'dev-1-0-0', 'dev-1-1-0']
  const groups = [...new Set(ids.map(consistencyGroup))]
  const fold = (answers: readonly (0 | 1 | null)[]) => {
    const input: AggregateInput = {
      ...common,
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
    const { metrics, details } = fold([1, 1, null, 1])
    expect(metrics).toMatchObject([
      { metric: 'accuracy', value: 1, n: 3, unscored: 1 },
      { metric: 'consistency', value: 1, n: 1, errored: 1 },
    ])
    expect(details).toEqual({ official: false, groups: 2, unreadable: 1, official_accuracy: 0.75, official_consistency: 0.5 })
  })

  test('without one the details are as they were', () => {
    expect(fold([1, 0, 1, 1]).details).toEqual({ official: true, groups: 2 })
  })
})

describe('CIDEr of a part of the planned images', () => {
  const references = ['a dog runs', 'a cat sleeps', 'two birds fly']
  const input = (answers: readonly (string | null)[]): AggregateInput<CaptionItem, 'text'> => ({
    ...common,
    rows: answers.map((answer, ordinal) => ({
      ordinal,
      cluster: ordinal,
      status: answer === null ? 'errored' : 'scored',
      stats: [],
    })),
    version: { digest: '', items: 3, strata: [] },
    columns: { cluster: Uint32Array.of(0, 1, 2), strata: [] },
    outputs: answers.map((text, ordinal) => {
      const item = { task: 'caption', id: `${ordinal}`, cluster: `${ordinal}`, image: null, position: ordinal } as const
      return {
        ordinal,
        item: { ...item, references: [references[ordinal]!] } satisfies CaptionItem,
        output: { kind: 'text', text } as const,
      }
    }),
  })

  test('is another number than the official one, so it has another name', () => {
    const whole = aggregateCaption(CAPTION, input(['a dog runs', 'a cat', 'birds'])).metrics[0]!
    expect(whole.variant).toBe('CIDEr-D')
    const part = aggregateCaption(CAPTION, input(['a dog runs', 'a cat', null])).metrics[0]!
    expect(part).toMatchObject({ variant: 'CIDEr-D/planned-frequencies', n: 2, errored: 1 })
    // what the terminal and pycocoevalcap give of the same two
    const items = [0, 1].map((id) => ({ id: `${id}`, candidate: ['a dog runs', 'a cat'][id]!, references: [references[id]!] }))
    const official = captionMetrics(items, 3, false)[0]!
    expect(official).toMatchObject({ variant: 'CIDEr-D', n: 2, missing: 1 })
    expect(official.value).not.toBe(part.value)
  })
})

test('a results file of COIN that names videos outside the dataset is refused, not read in part', () => {
  const { readResults } = formatOf('coin')
  const proposals = (video: string) => [video, [{ label: '1', score: 0.5, segment: [0, 1] }]]
  const file = (...videos: string[]) => JSON.stringify({ results: Object.fromEntries(videos.map(proposals)) })
  expect([...readResults!(file('a'), ['a', 'b'], {}).keys()]).toEqual(['a', 'b'])
  expect(() => readResults!(file('a', 'x', 'y'), ['a', 'b'], {})).toThrow(
    '/results: has proposals for 2 videos that the dataset does not hold: x, y; leave them out',
  )
})
