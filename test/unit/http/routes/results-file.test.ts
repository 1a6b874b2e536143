/**
 * A results file of questions with options: it has the letters that the reader of such files takes.
 */
import { expect, test } from 'vitest'
import type { RunRecord } from '../../../../src/contracts/run.ts'
import type { Services } from '../../../../src/http/app-context.ts'
import { csvRows, jsonLines, resultsFile } from '../../../../src/http/routes/exports/items.ts'
import { resultsWriter } from '../../../../src/tasks/formats/official-results.ts'
import { resultsReader } from '../../../../src/tasks/formats/other-results.ts'
import { multipleChoiceLines } from '../../../../src/tasks/multiple-choice/own-lines.ts'
import { taskRegistry } from '../../../../src/tasks/registry.ts'

const item = {
  task: 'multiple_choice',
  image: null,
  question: 'Which?',
  options: ['p.m.', 'a cat', 'A'],
  answer: 0,
  category: 'c',
}
const outputs = ['a cat', null, 'A', 'p.m.']
const UNSCORED = { name: 'c', type: 'multiple_choice', status: 'unscored', score: null, passed: false }
const SCORED = { ...UNSCORED, status: 'scored', score: 1 }
const ITEMS = outputs.map((_, index) => ({ ...item, id: `q${index}`, cluster: `q${index}` }))

const run: RunRecord = {
  id: 'evalrun_1',
  evalId: 'eval_1',
  tenant: 't',
  createdAt: 0,
  ranksKey: null,
  spec: { dataset: { task: 'multiple_choice', digest: 'd' }, subject: { type: 'results', name: 'n' }, criteria: [{ name: 'c' }] },
} as never

const servicesWith = (items: readonly object[] | null): Services => {
  const samples = outputs.map((output, ordinal) => ({
    ordinal,
    item_id: `q${ordinal}`,
    output,
    results: [output === null ? UNSCORED : SCORED],
  }))
  const reader = { items: async (first: number, end: number) => items?.slice(first, end) ?? null }
  const views = {
    async *evidence(_run: RunRecord, first: number) {
      yield { samples: samples.slice(first) }
    },
  }
  return { datasets: { open: async () => reader }, views } as never
}

const fileOf = async (items: readonly object[] | null): Promise<string> => {
  const parts: string[] = []
  for await (const part of resultsFile(servicesWith(items), run, resultsWriter('items-jsonl', {}))) parts.push(part)
  return parts.join('')
}

test('letters stand for the options that were chosen, and the file is read again', async () => {
  const file = await fileOf(ITEMS)
  expect(file).toBe('{"id":"q0","answer":"B"}\n{"id":"q2","answer":"C"}\n{"id":"q3","answer":"A"}\n')
  const read = multipleChoiceLines.readResults!(file, ['q0', 'q2', 'q3'])
  expect([...read.values()]).toEqual(['[1]', '[2]', '[0]'])
})

test.each([
  ['items.csv', csvRows],
  ['items.jsonl', jsonLines],
])('%s is read again, to the same options', async (_, exported) => {
  const parts: string[] = []
  for await (const part of exported(servicesWith(ITEMS), run)) parts.push(part)
  for (const format of ['items-csv', 'items-jsonl']) {
    const read = resultsReader(format, taskRegistry.format(format).readResults)!
    const found = read(parts.join(''), ['q0', 'q2', 'q3'], { task: 'multiple_choice' })
    expect([...found.values()]).toEqual(['[1]', '[2]', '[0]'])
  }
})

test('without its dataset a run shows the texts that it has', async () => {
  expect(await fileOf(null)).toContain('{"id":"q0","answer":"a cat"}')
})
