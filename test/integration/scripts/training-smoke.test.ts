/**
 * `training/` still trains: two minutes of one core, from drawings to int8 files that retrieve unseen
 * drawings, and the parts of `assay-photo` (pytest, training/tests/test_smoke.py and test_photo.py). Only
 * with PyTorch: `ASSAY_TRAINING_PYTHON` names the interpreter, default `python3`.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'

const TRAINING = join(import.meta.dirname, '../../../training')
const PYTHON = process.env['ASSAY_TRAINING_PYTHON'] ?? 'python3'

/** Why the training cannot run here; undefined if it can. */
function lacking(): string | undefined {
  const needed = 'import numpy, onnx, onnxruntime, PIL, pytest, tokenizers, torch'
  const { error, status, stderr } = spawnSync(PYTHON, ['-c', needed], { encoding: 'utf8' })
  if (status === 0) return undefined
  return `${PYTHON}: ${error?.message ?? stderr.trim().split('\n').at(-1)}; ASSAY_TRAINING_PYTHON names a Python with training/requirements.lock`
}

test('a model trained for at most two minutes retrieves what it never saw', { timeout: 600_000 }, (context) => {
  const reason = lacking()
  if (reason !== undefined) {
    // A named but unusable interpreter is a mistake. An absent one is not.
    expect(process.env['ASSAY_TRAINING_PYTHON'], reason).toBeUndefined()
    console.warn(`skipped: ${reason}`)
    context.skip(reason)
  }
  const { status, stdout, stderr } = spawnSync(
    PYTHON,
    [
      '-m',
      'pytest',
      '-q',
      '-p',
      'no:cacheprovider',
      'tests/test_smoke.py',
      'tests/test_photo.py',
      'tests/test_recipe.py',
      'tests/test_fusion.py',
      'tests/test_fusion_recipes.py',
      'tests/test_doubts.py',
      'tests/test_published.py',
      'tests/test_told.py',
      'tests/test_smaller.py',
    ],
    {
      cwd: TRAINING,
      encoding: 'utf8',
    },
  )
  expect(status, `${stdout}${stderr}`).toBe(0)
})
