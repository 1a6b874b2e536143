/** Captions: the effect of a missing caption on CIDEr. */
import { describe, expect, test } from 'vitest'
import { captionMetrics } from '../../../../src/cli/metrics/intervals.ts'
import type { AggregateInput } from '../../../../src/scorers/aggregate-input.ts'
import { aggregateCaption } from '../../../../src/scorers/caption/aggregate.ts'
import type { CaptionItem } from '../../../../src/tasks/caption/item.ts'

const CAPTION = { type: 'caption', name: 'caption', meteor: 'none' } as const

describe('CIDEr of a part of the planned images', () => {
  const references = ['a dog runs', 'a cat sleeps', 'two birds fly']
  const input = (answers: readonly (string | null)[]): AggregateInput<CaptionItem, 'text'> => ({
    embeddings: [],
    seed: 0,
    level: 0.95,
    complete: true,
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
    // the values of the terminal command and of pycocoevalcap for the same two
    const items = [0, 1].map((id) => ({ id: `${id}`, candidate: ['a dog runs', 'a cat'][id]!, references: [references[id]!] }))
    const official = captionMetrics(items, 3, false)[0]!
    expect(official).toMatchObject({ variant: 'CIDEr-D', n: 2, missing: 1 })
    expect(official.value).not.toBe(part.value)
  })
})
