/** Refusals of the file of `assay eval`: each names the member and the fix. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readEvalConfig } from '../../../../src/cli/client/eval-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-eval-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['dataset: ds_1', ['/eval: is missing', '/run: is missing']],
  ['{datasets: ds_1, eval: eval_1, run: 3}', ['/run: must be an object, is the number 3', '/datasets: is not a known field']],
  [
    '{dataset: {name: a, format: b, files: {annotations: c}, imagess: d}, eval: {testing_criteria: []}, run: {}}',
    ['/dataset/imagess: is not a known field; remove it', '/eval/testing_criteria: must have at least 1 entry'],
  ],
  ['{dataset: ds_1, eval: eval_1, run: {}}', ['/run/subject: is missing: the model to run on the dataset']],
])('%s', async (text, sentences) => {
  const file = join(folder, 'own.yaml')
  writeFileSync(file, text)
  const { message } = await readEvalConfig(file).then(
    () => ({ message: 'accepted' }),
    (error: Error) => error,
  )
  for (const sentence of sentences) expect(message).toContain(sentence)
})
