/**
 * The `openai` package of PyPI, where a Python has it.
 * @module
 */
import { execFile, spawnSync } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'
import { ROOT } from '../../../scripts/paths.ts'

const PROGRAM = 'test/interop/openai_package.py'

/** A Python with the package, or null. `ASSAY_OPENAI_PYTHON` names one. */
export function pythonWithOpenAI(): string | null {
  const python = process.env['ASSAY_OPENAI_PYTHON'] ?? 'python3'
  const found = spawnSync(python, ['-c', 'from openai.resources.webhooks import Webhooks; Webhooks.rotate_secret'], {
    stdio: 'ignore',
  })
  return found.status === 0 ? python : null
}

/** Calls every method. @returns by method the status of a refusal, or null where it worked */
export async function callByPython(
  python: string,
  server: { readonly baseURL: string; readonly apiKey: string; readonly receiver: string },
): Promise<Readonly<Record<string, number | null>>> {
  const { stdout } = await promisify(execFile)(python, [PROGRAM, server.baseURL, server.apiKey, server.receiver], { cwd: ROOT })
  return (JSON.parse(stdout) as { refused: Record<string, number | null> }).refused
}

/** A method of npm's package as Python writes it. */
export const inPython = (method: string): string => method.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
