/**
 * An eval that an earlier command made.
 * @module
 */
import type { components } from '../../contracts/api-types.d.ts'
import type { Connection } from '../connection.ts'

type EvalObject = components['schemas']['Eval']

/** Pages of evals that are searched, newest first. */
const MOST_PAGES = 10

/** The newest eval with this pair of metadata among the last thousand; null without one. */
export async function findEval(server: Connection, key: string, value: string): Promise<EvalObject | null> {
  let after = ''
  for (let page = 0; page < MOST_PAGES; page++) {
    const {
      data,
      has_more: more,
      last_id: last,
    } = await server.call<{ data: EvalObject[]; has_more: boolean; last_id: string | null }>(
      'GET',
      `/v1/evals?order=desc&limit=100${after}`,
    )
    const found = data.find(({ metadata }) => metadata?.[key] === value)
    if (found !== undefined) return found
    if (!more) return null
    after = `&after=${last}`
  }
  return null
}
