/** Files of saved evals, runs and output items, in each form that a client may have written. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSavedEvals } from '../../../../src/cli/client/saved-evals.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-saved-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const written = (name: string, content: string) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const evaluation = { object: 'eval', id: 'eval_1', name: 'a', data_source_config: { type: 'custom' }, testing_criteria: [] }
const run = { object: 'eval.run', id: 'evalrun_1', eval_id: 'eval_1' }
const item = (id: number, runId = 'evalrun_1') => ({
  object: 'eval.run.output_item',
  id: `outputitem_${runId}_${id}`,
  eval_id: 'eval_1',
  run_id: runId,
  datasource_item: { n: id },
  datasource_item_id: id,
  results: [
    { name: 'exact', passed: true, score: 1 },
    { name: 'no verdict' },
    { name: 'unscored', passed: false, status: 'unscored' },
    null,
  ],
  sample: {},
})

describe('one object, a list, a page, lines', () => {
  const objects = [evaluation, run, item(2), item(0)]
  test.each([
    ['list.json', JSON.stringify(objects, null, 2)],
    ['page.json', JSON.stringify({ object: 'list', data: objects, has_more: false })],
    ['lines.jsonl', `\uFEFF${objects.map((each) => JSON.stringify(each)).join('\r\n')}\n\n`],
    ['pages.jsonl', objects.map((each) => JSON.stringify({ object: 'list', data: [each] })).join('\n')],
  ])('%s', async (name, text) => {
    const saved = await readSavedEvals([written(name, text)])
    expect([...saved.evals.keys()]).toEqual(['eval_1'])
    expect([...saved.runs.keys()]).toEqual(['evalrun_1'])
    const items = saved.items.get('evalrun_1')!
    expect(items.map((each) => each.datasource_item_id)).toEqual([0, 2])
    expect(items[0]!.results).toEqual([{ name: 'exact', passed: true }])
  })
})

test('of two objects with one id the later counts, also over files', async () => {
  const saved = await readSavedEvals([
    written('first.json', JSON.stringify([evaluation, item(0)])),
    written('second.json', JSON.stringify([{ ...evaluation, name: 'b' }, item(0)])),
  ])
  expect(saved.evals.get('eval_1')).toMatchObject({ name: 'b' })
  expect(saved.items.get('evalrun_1')).toHaveLength(1)
})

test('output items alone name their run', async () => {
  const saved = await readSavedEvals([written('items.json', JSON.stringify([item(0, 'evalrun_7')]))])
  expect(saved.runs.get('evalrun_7')).toEqual({ id: 'evalrun_7', eval_id: 'eval_1' })
})

describe('what is refused, with its place', () => {
  test.each([
    ['{"object": "eval"', 'bad.json, line 1: is not JSON'],
    [`${JSON.stringify(evaluation)}\nnot json`, 'bad.json, line 2: is not JSON'],
    ['7', 'bad.json: is not an object'],
    ['[{"object":"file","id":"file_1"}]', 'bad.json/0/object: must be list, eval, eval.run or eval.run.output_item, is "file"'],
    ['{"id":"e"}', 'bad.json/object: must be list, eval, eval.run or eval.run.output_item, is missing'],
    [JSON.stringify({ ...evaluation, testing_criteria: undefined }), 'bad.json/testing_criteria: must be a list, is missing'],
    [JSON.stringify({ ...evaluation, testing_criteria: [1] }), 'bad.json/testing_criteria/0: must be an object, is 1'],
    [JSON.stringify({ ...run, eval_id: 3 }), 'bad.json/eval_id: must be a text, is 3'],
    [
      `${JSON.stringify(evaluation)}\n${JSON.stringify({ ...item(0), datasource_item: [] })}`,
      'bad.json, line 2/datasource_item: must be an object, is []',
    ],
  ])('%s', async (text, problem) => {
    await expect(readSavedEvals([written('bad.json', text)])).rejects.toThrow(problem)
  })

  test('a file that is not there', async () => {
    await expect(readSavedEvals([join(folder, 'none.json')])).rejects.toThrow(/^cannot read .*none\.json: ENOENT/)
  })
})
