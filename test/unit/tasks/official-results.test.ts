/** A written results file is read back by the format's own reader, to the same answers. */
import { expect, test } from 'vitest'
import { resultsWriter } from '../../../src/tasks/formats/official-results.ts'
import { csvLine } from '../../../src/contracts/csv.ts'
import { resultsReader } from '../../../src/tasks/formats/other-results.ts'
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

/** Layouts that are not official, with the same answers. */
const LAYOUTS: Readonly<Record<string, (answers: readonly (readonly [id: string, answer: string])[]) => string>> = {
  'items.csv': (answers) =>
    [
      ['id', 'datasource_item_id', 'item_id', 'status', 'output', 'error_code', 'x.score'],
      ...answers.map(([id, answer], index) => [`outputitem_${index}`, `${index}`, id, 'fail', answer, '', '0']),
      ['outputitem_9', '9', 'errored', 'error', '', 'no_image', ''],
    ]
      .map(csvLine)
      .join(''),
  'items.jsonl': (answers) =>
    [
      ...answers.map(([id, content]) => ({ datasource_item: { id }, sample: { output: [{ role: 'assistant', content }] } })),
      { datasource_item: { id: 'errored' }, sample: { output: [] } },
    ]
      .map((sample) => `${JSON.stringify({ object: 'eval.run.output_item', ...sample })}\n`)
      .join(''),
  'a table with a byte order mark': (answers) =>
    `\uFEFF${[['Question_ID', 'Answer'], ...answers].map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(';')).join('\r\n')}`,
  'JSON Lines of official records': (answers) =>
    answers.map(([id, caption]) => JSON.stringify({ image_id: Number.isNaN(Number(id)) ? id : Number(id), caption })).join('\n'),
}

test.each(
  CASES.flatMap(([format, source, answers]) => Object.keys(LAYOUTS).map((layout) => ({ format, source, answers, layout }))),
)('$format as $layout, $source', ({ format, source, answers, layout }) => {
  const formulas = format === 'vqa-v2' ? { ...answers, 7: '=1+1', 8: "'=1", 9: '-1' } : answers
  // Only an export doubles the apostrophe of a formula, so `'=1` means itself elsewhere.
  const text = LAYOUTS[layout]!(Object.entries(formulas))
  const expected = layout === 'items.csv' && format === 'vqa-v2' ? { ...formulas, 8: '=1' } : formulas
  const read = resultsReader(format, taskRegistry.format(format).readResults)!
  expect(Object.fromEntries(read(text, Object.keys(formulas), source))).toEqual(expected)
})

test.each([
  ['an official table', 'nlvr2', 'dev-1,true\n', { 'dev-1': 'true' }],
  ['an official list', 'vqa-v2', '[{"question_id":1,"answer":"x"}]', { 1: 'x' }],
])('%s is read as before', (_, format, text, answers) => {
  const read = resultsReader(format, taskRegistry.format(format).readResults)!
  expect(Object.fromEntries(read(text, Object.keys(answers), {}))).toEqual(answers)
})

test.each([
  ['another text', 'vqa-v2', 'hello\nworld\n', 'results file: is not JSON, and not a table: its first line must be a header'],
  ['broken JSON keeps the official refusal', 'vqa-v2', '[{', 'the results file is not JSON'],
  ['a row with too many cells', 'vqa-v2', 'question_id,answer\n1,a,b\n', '/1: has 3 cells, and the header has 2'],
  ['segments that are not JSON', 'coin', 'id,answer\nv1,nothing\n', 'the answer of item v1 is not one of format coin'],
])('%s', (_, format, text, message) => {
  const read = resultsReader(format, taskRegistry.format(format).readResults)!
  expect(() => read(text, ['1'], {})).toThrow(message)
})
