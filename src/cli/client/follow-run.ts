/**
 * Waits for a run, with its progress on stderr.
 * @module
 */
import type { components } from '../../contracts/api-types.d.ts'
import type { Output } from '../dispatch.ts'
import type { Connection } from '../connection.ts'

export type RunObject = components['schemas']['Run']

const FIRST_WAIT_MILLISECONDS = 200
const LONGEST_WAIT_MILLISECONDS = 3000

export const runPath = ({ eval_id: evalId, id }: Pick<RunObject, 'eval_id' | 'id'>) => `/v1/evals/${evalId}/runs/${id}`

/** The run after its end, with any status. Waits without limit: the server ends or fails every run. */
export async function followRun(server: Connection, run: RunObject, io: Output): Promise<RunObject> {
  let now = run
  let said = ''
  let wait = FIRST_WAIT_MILLISECONDS
  while (now.status === 'queued' || now.status === 'in_progress') {
    await new Promise((resolve) => setTimeout(resolve, wait))
    wait = Math.min(LONGEST_WAIT_MILLISECONDS, 1.3 * wait)
    now = await server.call<RunObject>('GET', runPath(run))
    const line = progressOf(now)
    if (line !== said) io.stderr(`assay: ${(said = line)}\n`)
  }
  return now
}

function progressOf({ id, status, result_counts: { total, passed, failed, errored } }: RunObject): string {
  const tried = passed + failed + errored
  return `${id} ${status}: ${tried} of ${total} items${errored > 0 ? `, ${errored} errored` : ''}`
}
