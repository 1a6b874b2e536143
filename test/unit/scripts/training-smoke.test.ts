/**
 * `training/` still trains: two minutes of one core from drawings to int8 files that retrieve drawings
 * never seen, and the parts that `assay-photo` is made of (pytest, training/tests/test_smoke.py and
 * test_photo.py). Only where PyTorch is present: `ASSAY_TRAINING_PYTHON` names the interpreter, else
 * `python3`.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'

const TRAINING = join(import.meta.dirname, '../../../training')
const PYTHON = process.env['ASSAY_TRAINING_PYTHON'] ?? 'python3'

/** Why the training cannot run here, or undefined where it can. */
function lacking(): string | undefined {
  const needed = 'import numpy, onnx, onnxruntime, PIL, pytest, tokenizers, torch'
  const { error, status, stderr } = spawnSync(PYTHON, ['-c', needed], { encoding: 'utf8' })
  if (status === 0) return undefined
  return `${PYTHON}: ${error?.message ?? stderr.trim().split('\n').at(-1)}; ASSAY_TRAINING_PYTHON names a Python with training/requirements.lock`
}

test('a model trained for at most two minutes retrieves what it never saw', { timeout: 600_000 }, (context) => {
  const reason = lacking()
  if (reason !== undefined) {
    // Named on purpose and unusable is a mistake; not there at all is not.
    expect(process.env['ASSAY_TRAINING_PYTHON'], reason).toBeUndefined()
    console.warn(`skipped: ${reason}`)
    context.skip(reason)
  }
  const { status, stdout, stderr } = spawnSync(
    PYTHON,
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'tests/test_smoke.py', 'tests/test_photo.py', 'tests/test_recipe.py'],
    {
      cwd: TRAINING,
      encoding: 'utf8',
    },
  )
  expect(status, `${stdout}${stderr}`).toBe(0)
})
