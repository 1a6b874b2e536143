/**
 * Lint and types of the Python sources: ruff and basedpyright, where a Python that has them is present.
 * Skips, saying so, where none is. `ASSAY_TRAINING_PYTHON` names the interpreter; default `python3`.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { ROOT } from './paths.ts'

const PYTHON = process.env['ASSAY_TRAINING_PYTHON'] ?? 'python3'
const cwd = join(ROOT, 'training')

function python(...args: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr, error } = spawnSync(PYTHON, args, { cwd, encoding: 'utf8' })
  return { status, said: error?.message ?? `${stdout}${stderr}`.trim() }
}

const present = python('-c', 'import ruff, basedpyright, torch')
if (present.status !== 0) {
  const reason = present.said.split('\n').at(-1)
  process.stdout.write(`skipped: ${PYTHON}: ${reason}; ASSAY_TRAINING_PYTHON names a Python with training/requirements.lock\n`)
  // A named interpreter that cannot be used is a mistake. An absent one is not.
  process.exit(process.env['ASSAY_TRAINING_PYTHON'] === undefined ? 0 : 1)
}
const results = [python('-m', 'ruff', 'check', '.', '../scenes'), python('-m', 'basedpyright', '--pythonpath', PYTHON)]
for (const { status, said } of results) if (status !== 0) process.stdout.write(`${said}\n`)
process.exit(results.every(({ status }) => status === 0) ? 0 : 1)
