/**
 * An eval that an earlier command made.
 * @module
 */
import type { components } from '../../contracts/api-types.d.ts'
import type { Connection } from '../connection.ts'
import { pagesOf } from './pages.ts'

type EvalObject = components['schemas']['Eval']

/** Evals that are searched, newest first. */
const MOST_EVALS = 1000

/** The newest eval with this pair of metadata among the last thousand; null without one. */
export async function findEval(server: Connection, key: string, value: string): Promise<EvalObject | null> {
  let searched = 0
  for await (const found of pagesOf<EvalObject>(server, '/v1/evals', 'order=desc')) {
    if (found.metadata?.[key] === value) return found
    if (++searched === MOST_EVALS) return null
  }
  return null
}
