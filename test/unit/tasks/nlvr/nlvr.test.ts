import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, test } from 'vitest'
import type { AggregateInput } from '../../../../src/scorers/aggregate-input.ts'
import { SCORERS } from '../../../../src/scorers/registry.ts'
import { readWhole } from '../../../../src/tasks/format-reader.ts'
import { nlvrExamples } from '../../../../src/tasks/nlvr/formats/nlvr.ts'
import { nlvr } from '../../../../src/tasks/nlvr/task.ts'

/** The official files, which are never committed. */
const OFFICIAL = join(process.env['ASSAY_NLVR'] ?? join(import.meta.dirname, '../../../../../shared/data/nlvr'), 'dev.json')
const scorer = SCORERS.bind({ type: 'nlvr', name: 'nlvr' })
const encode = (...lines: object[]) => new TextEncoder().encode(lines.map((line) => JSON.stringify(line)).join('\n'))
const read = (annotations: Uint8Array, split?: string) => readWhole(nlvrExamples, { annotations }, { withPictures: true, split })
const line = (identifier: string, label = 'true') => ({ identifier, label, sentence: 'There is a box.', directory: '2' })

test('an example is six items, one per order of its boxes, with the official names of their pictures', () => {
  const { items } = read(encode(line('12-0'), line('12-1')), 'dev')
  expect(items.map(({ draft }) => draft.id)).toEqual(
    ['12-0', '12-1'].flatMap((identifier) => [0, 1, 2, 3, 4, 5].map((order) => `${identifier}-${order}`)),
  )
  expect(items[7]).toMatchObject({
    draft: { task: 'nlvr', cluster: '12', label: 'true' },
    labels: ['12'],
    pictures: [['dev-12-1-1']],
  })
  expect(read(encode(line('12-0'))).items[0]!.pictures).toEqual([['train-12-0-0', 'dev-12-0-0', 'test-12-0-0', 'hidden-12-0-0']])
})

test.each([
  [[line('12')], '/0/identifier'],
  [[line('12-0'), line('a-b')], '/1/identifier'],
  [[line('12-0', 'maybe')], '/0/label'],
  [[{ ...line('12-0'), sentence: 7 }], '/0/sentence'],
])('%j is refused with its place', (lines, pointer) => {
  expect(() => read(encode(...lines))).toThrow(pointer)
})

test('a repeated example is named once', () => {
  expect(() => read(encode(line('12-0'), line('13-0'), line('12-0')))).toThrow('/2/identifier: 12-0 was already used by line 1')
  expect(() => read(encode(line('12-0'), line('13-0'), line('12-0')))).not.toThrow('12-1')
})

test('predictions are the official CSV, one per picture', () => {
  const { items } = read(encode(line('12-0')))
  const ids = items.map(({ draft }) => draft.id)
  const predictions = ids.map((id) => `dev-${id}.png,True`).join('\n')
  expect(nlvrExamples.readResults!(predictions, ids, {})).toEqual(new Map(ids.map((id) => [id, 'True'])))
  expect(() => nlvrExamples.readResults!(predictions.replace('dev-12-0-3.png,True\n', ''), ids, {})).toThrow('12-0-3')
})

test('the prompt shows the picture before the statement, never the label', () => {
  const image = { sha256: '0'.repeat(64), media_type: 'image/png' as const, bytes: 1, width: 1, height: 1 }
  const item = { task: 'nlvr' as const, id: '1-0-0', cluster: '1', image, sentence: 'It is {{item.label}}.', label: 'true' }
  const prompt = nlvr.prompt!
  prompt.check(prompt.template, '/prompt')
  expect(prompt.render(prompt.template, item)).toEqual([
    {
      role: 'user',
      content: [
        { type: 'image', image },
        { type: 'text', text: expect.stringContaining('\nIt is {{item.label}}.\n') },
      ],
    },
  ])
  expect(() => prompt.check('{{item.label}}', '/prompt')).toThrow('unknown placeholder {{item.label}}')
})

interface Example {
  readonly identifier: string
  readonly label: string
}

/** Precision and consistency as `nlvr/metrics_images.py` defines them. */
function officialNumbers(examples: readonly Example[], predictions: ReadonlyMap<string, string>) {
  const consistent = new Map<string, boolean>()
  let right = 0
  for (const { identifier, label } of examples)
    for (let order = 0; order < 6; order++) {
      const sentence = identifier.split('-')[0]!
      const hit = predictions.get(`${identifier}-${order}`)!.toLowerCase() === label.toLowerCase()
      if (hit) right++
      consistent.set(sentence, (consistent.get(sentence) ?? true) && hit)
    }
  return [right / (6 * examples.length), [...consistent.values()].filter(Boolean).length / consistent.size]
}

async function ourNumbers(file: Uint8Array, predictions: ReadonlyMap<string, string>): Promise<readonly (number | null)[]> {
  const { items } = read(file)
  const codes = [...new Set(items.map(({ labels }) => labels[0]!))].toSorted()
  const rows: { ordinal: number; cluster: number; status: 'scored'; stats: readonly number[] }[] = []
  for (const [ordinal, { draft, labels }] of items.entries()) {
    const item = { ...draft, image: null }
    const score = await scorer.score({ item, output: { kind: 'text', text: predictions.get(draft.id)! } })
    if (score.status !== 'scored') throw new Error(score.reason)
    rows.push({ ordinal, cluster: codes.indexOf(labels[0]!), status: 'scored', stats: score.stats })
  }
  const input: AggregateInput = {
    embeddings: [],
    outputs: [],
    seed: 0,
    level: 0.95,
    complete: true,
    rows,
    version: { digest: '', items: rows.length, strata: [{ name: 'consistency_group', values: codes }] },
    columns: {
      cluster: Uint32Array.from(rows, ({ cluster }) => cluster),
      strata: [Uint16Array.from(rows, ({ cluster }) => cluster)],
    },
  }
  return scorer.aggregate(input).metrics.map(({ value }) => value)
}

/** Right for most identifiers, wrong for some orders of some. */
function predict(examples: readonly Example[]): Map<string, string> {
  const other = (label: string) => (label.toLowerCase() === 'true' ? 'False' : 'True')
  return new Map(
    examples.flatMap(({ identifier, label }, index) =>
      [0, 1, 2, 3, 4, 5].map(
        (order) => [`${identifier}-${order}`, index % 5 === 2 && order % 2 === 1 ? other(label) : label] as const,
      ),
    ),
  )
}

test('accuracy and consistency are the official ones', async () => {
  const examples = [line('1-0'), line('1-1', 'false'), line('2-0'), line('3-0', 'false'), line('3-2')]
  const predictions = predict(examples)
  expect(await ourNumbers(encode(...examples), predictions)).toEqual(officialNumbers(examples, predictions))
})

describe.skipIf(!existsSync(OFFICIAL))('the official development split (skipped where its files are absent)', () => {
  test('has 989 examples and the official numbers', async () => {
    const file = readFileSync(OFFICIAL)
    const examples = file
      .toString()
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each) as Example)
    expect(examples).toHaveLength(989)
    const predictions = predict(examples)
    expect(await ourNumbers(file, predictions)).toEqual(officialNumbers(examples, predictions))
  })
})
