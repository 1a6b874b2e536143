import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ApiClient } from '../../../scripts/api-client.ts'
import { evaluateFirst, hasChanged } from '../../../scripts/evaluated-models.ts'

let folder: string
let file: string
let said: string[]
let patched: [path: string, body: unknown][]
let digests: Record<string, string>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-evaluated-'))
  file = join(folder, 'evaluated.json')
  said = []
  patched = []
  digests = {}
})

afterEach(() => rmSync(folder, { recursive: true }))

const say = (message: string) => void said.push(message)
const api = {
  get: async (path: string) => ({ model_digest: digests[path.slice('/v1/models/'.length)] ?? 'd', preprocessing_digest: 'p' }),
  patch: async (path: string, body: unknown) => void patched.push([path, body]),
} as unknown as ApiClient

function evaluated(runs: readonly string[], failed: readonly string[] = []) {
  const evaluate = async () => ({ runs: runs.map((id) => ({ id, eval_id: 'e' })), failed })
  return evaluateFirst(api, say, { evaluate, file })
}

test('a state without an evaluation needs one, and one of the same models needs no other', async () => {
  expect(await hasChanged(api, say, file)).toBe(true)
  expect(await evaluated(['r1'])).toEqual([])
  expect(await hasChanged(api, say, file)).toBe(false)
  expect(patched).toEqual([])
})

test('another model under a name is said, and its evaluation replaces the runs of the one before', async () => {
  await evaluated(['r1', 'r2'])
  digests['assay-photo'] = 'other'
  said = []
  expect(await hasChanged(api, say, file)).toBe(true)
  expect(said).toEqual(['assay-photo is not the model that was evaluated here last; evaluating again'])
  await evaluated(['r3'])
  const made = { visibility: 'private' }
  expect(patched).toEqual([
    ['/v1/evals/e/runs/r1', made],
    ['/v1/evals/e/runs/r2', made],
  ])
  expect(await hasChanged(api, say, file)).toBe(false)
  await evaluated(['r4'])
  expect(patched.at(-1)).toEqual(['/v1/evals/e/runs/r3', made])
})

test('an evaluation with a failed run takes nothing down and is not noted', async () => {
  expect(await evaluated(['r1'], ['a run failed'])).toEqual(['a run failed'])
  expect(existsSync(file)).toBe(false)
  expect(await hasChanged(api, say, file)).toBe(true)
  await evaluated(['r2'])
  await evaluated(['r3'], ['a run failed'])
  expect(patched).toEqual([])
})
