/**
 * Which models the first evaluation in a state was about, so that a start evaluates again where one of them
 * has changed.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ApiClient } from './api-client.ts'
import { EVALUATED_MODELS, firstEvaluation, type RunPath, takeDown } from './first-evaluation.ts'
import { STATE } from './paths.ts'

/** Lies with the state, so that a reset forgets it too. */
const EVALUATED = join(STATE, 'first-evaluation.json')

/** Digests of everything that the last complete evaluation in this state depended on. */
interface Evaluated {
  readonly at: string
  /** Digests of the model and of its preprocessing, by id. */
  readonly models: Readonly<Record<string, string>>
  readonly runs: readonly RunPath[]
}

/**
 * Evaluates the shipped models, takes the runs of the evaluation before off the leaderboard, and notes the
 * models. A run that fails leaves everything as it was.
 * @returns a sentence for each run that failed
 */
export async function evaluateFirst(
  api: ApiClient,
  say: (message: string) => void,
  { evaluate = firstEvaluation, file = EVALUATED } = {},
): Promise<readonly string[]> {
  const started = performance.now()
  const models = await shippedModels(api)
  const before = lastEvaluation(file)
  say(
    'the first evaluation begins; a run that you start meanwhile waits for its turn (npm start -- --no-evaluation leaves it out)',
  )
  const { runs, failed } = await evaluate(api, say)
  say(`the first evaluation took ${((performance.now() - started) / 1000).toFixed(1)} s`)
  if (failed.length > 0) return failed
  // The numbers of other files, or the same ones twice, say nothing more.
  await takeDown(api, before.runs ?? [])
  const evaluated: Evaluated = { at: new Date().toISOString(), models, runs }
  writeFileSync(file, `${JSON.stringify(evaluated)}\n`)
  return failed
}

/** Nothing of it where there was none, or an earlier Assay wrote it. */
function lastEvaluation(file: string): Partial<Evaluated> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Evaluated>
  } catch {
    return {}
  }
}

/** Whether the numbers of this state are missing, or are those of other files than the ones shipped now. */
export async function hasChanged(api: ApiClient, say: (message: string) => void, file: string = EVALUATED): Promise<boolean> {
  const before = lastEvaluation(file)
  if (before.models === undefined) return true
  const changed = Object.entries(await shippedModels(api)).filter(([id, digest]) => before.models![id] !== digest)
  for (const [id] of changed) say(`${id} is not the model that was evaluated here last; evaluating again`)
  return changed.length > 0
}

async function shippedModels(api: ApiClient): Promise<Evaluated['models']> {
  const identities = await Promise.all(
    EVALUATED_MODELS.map(async (id): Promise<[string, string]> => {
      const model = await api.get<{ model_digest: string; preprocessing_digest: string }>(`/v1/models/${id}`)
      return [id, `${model.model_digest} ${model.preprocessing_digest}`]
    }),
  )
  return Object.fromEntries(identities)
}
