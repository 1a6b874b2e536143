/**
 * Makes a comparison on the server, and waits for the job of a large one.
 * @module
 */
import { type Connection, ServerError } from '../connection.ts'
import type { ComparisonObject } from './run-tables.ts'
import { untilEnded } from './until-ended.ts'

/** @throws {ServerError} for a comparison that failed, with its reason */
export async function compareOnServer(server: Connection, request: object): Promise<ComparisonObject> {
  const first = await server.send<ComparisonObject>('POST', '/v1/comparisons', request)
  const made = await untilEnded(first, () => server.call<ComparisonObject>('GET', `/v1/comparisons/${first.id}`))
  if (made.status === 'failed') throw new ServerError(`comparison ${made.id} failed: ${made.error}`, null)
  return made
}
