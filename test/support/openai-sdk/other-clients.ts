/**
 * Clients of OpenAI's wire that other evaluation tools bring, where they are installed.
 * @module
 */
import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'
import { ROOT } from '../../../scripts/paths.ts'

const run = promisify(execFile)

export interface Server {
  readonly baseURL: string
  readonly apiKey: string
}

/** A Python with lmms-eval, which `PYTHONPATH` may complete. */
export const LMMS_PYTHON = process.env['ASSAY_LMMS_PYTHON'] ?? null

/** A folder with promptfoo in its `node_modules`. */
export const PROMPTFOO = process.env['ASSAY_PROMPTFOO'] ?? null

/** Answers to questions about one picture. */
export async function askByLmmsEval({ baseURL, apiKey }: Server, model: string, questions: readonly string[]): Promise<string[]> {
  const program = ['test/interop/lmms_eval_client.py', baseURL, apiKey, model, ...questions]
  const { stdout } = await run(LMMS_PYTHON!, program, { cwd: ROOT })
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as string[]
}

/** The answer of a chat model, and the length of the question's vector. */
export async function askByPromptfoo(
  { baseURL, apiKey }: Server,
  { chat, embedding, question }: { readonly chat: string; readonly embedding: string; readonly question: string },
): Promise<unknown> {
  const program = ['test/interop/promptfoo_client.mjs', PROMPTFOO!, baseURL, apiKey, chat, embedding, question]
  const { stdout } = await run(process.execPath, program, { cwd: ROOT })
  return JSON.parse(stdout.slice(stdout.lastIndexOf('{"error"')))
}
