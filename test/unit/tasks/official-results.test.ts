/** A written results file is read back by the format's own reader, to the same answers. */
import { expect, test } from 'vitest'
import { resultsWriter } from '../../../src/tasks/formats/official-results.ts'
import { taskRegistry } from '../../../src/tasks/registry.ts'

const WORDS = ['a "quoted" dog', 'line\nbreak', 'commas, too', 'Ünïcode 🐕', '']

const segments = (score: number) => JSON.stringify([{ step: 3, start: 0.5, end: 2, score }])

const CASES: readonly [format: string, source: Record<string, string>, answers: Record<string, string>][] = [
  ['vqa-v2', {}, Object.fromEntries(WORDS.map((words, index) => [`${262148000 + index}`, words]))],
  ['coco-captions', { id_type: 'number' }, Object.fromEntries(WORDS.map((words, index) => [`${index}`, words]))],
  ['coco-captions', { id_type: 'string' }, { a: 'a dog', 'b"c': 'a cat' }],
  ['msvd-captions', { id_type: 'string' }, { vid1: 'a man runs' }],
  ['nlvr2', {}, { 'dev-1-0-0': 'true', 'dev-1-0-1': 'false' }],
  ['nlvr', { split: 'dev' }, { '3-1-2': 'true', '4-0-0': 'false' }],
  ['coin', {}, { v1: segments(0.25), v2: '[]' }],
  ['items-jsonl', {}, { 'a.jpg': 'cat', 'b.jpg': 'a "dog"' }],
]

test.each(CASES)('%s %j', (format, source, answers) => {
  const { head, separator, tail, item } = resultsWriter(format, source)
  const text = `${head}${Object.entries(answers)
    .map(([id, answer]) => item({ id, answer }))
    .join(separator)}${tail}`
  const { readResults } = taskRegistry.format(format)
  expect(Object.fromEntries(readResults!(text, Object.keys(answers), source))).toEqual(answers)
})

test('a prediction of several lines stays on its line', () => {
  expect(resultsWriter('nlvr2', {}).item({ id: 'dev-1', answer: ' true,\nbecause' })).toBe('dev-1,true')
})
