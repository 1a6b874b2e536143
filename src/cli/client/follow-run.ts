/**
 * Waits for a run, with its progress on stderr.
 * @module
 */
import type { components } from '../../contracts/api-types.d.ts'
import type { PartialValue } from '../../contracts/run-events.ts'
import type { Output } from '../dispatch.ts'
import type { Connection } from '../connection.ts'
import { serverEvents } from '../../contracts/server-events.ts'

export type RunObject = components['schemas']['Run']

const RECONNECT_MILLISECONDS = 1000

export const runPath = ({ eval_id: evalId, id }: Pick<RunObject, 'eval_id' | 'id'>) => `/v1/evals/${evalId}/runs/${id}`

/**
 * The run after its end, with any status. Waits without limit: the server ends or fails every run. Follows
 * its events, and asks again after each connection: a proxy may allow no streams.
 */
export async function followRun(server: Connection, run: RunObject, io: Output): Promise<RunObject> {
  const say = sayOnce(run.id, io)
  let last = ''
  let now = run
  while (now.status === 'queued' || now.status === 'in_progress') {
    last = await followEvents(server, now, last, say)
    now = await server.call<RunObject>('GET', runPath(run))
    if (now.status === 'in_progress') await new Promise((resolve) => setTimeout(resolve, RECONNECT_MILLISECONDS))
  }
  return now
}

/** One connection. @returns the id of the last event. */
async function followEvents(server: Connection, run: RunObject, from: string, say: (line: string) => void): Promise<string> {
  let last = from
  try {
    const body = await server.stream(`${runPath(run)}/events`, last === '' ? {} : { 'last-event-id': last })
    if (body === null) return last
    for await (const { id, type, data } of serverEvents(body)) {
      last = id
      for (const line of linesOf(type, data)) say(line)
    }
  } catch {
    // A stream that drops or is refused: the question that follows says what is wrong, or how far the run is.
  }
  return last
}

interface EventData {
  readonly status?: string
  readonly result_counts?: { total: number; passed: number; failed: number; errored: number }
  readonly items?: number
  readonly of?: number
  readonly values?: readonly PartialValue[]
  readonly message?: string
}

function linesOf(type: string, data: string): string[] {
  const { status, result_counts: counts, items, of, values, message } = JSON.parse(data) as EventData
  if (type === 'run.log') return [message ?? '']
  if (type === 'run.values')
    return (values ?? []).map(
      ({ criterion, metric, value, low, high, level }) =>
        `${criterion} ${metric} ${shown(value)} on ${items} of ${of} items; ${100 * level} % ${shown(low)} … ${shown(high)}`,
    )
  if (counts === undefined) return []
  const { total, passed, failed, errored } = counts
  const tried = passed + failed + errored
  return [`${status ?? 'in_progress'}: ${tried} of ${total} items${errored > 0 ? `, ${errored} errored` : ''}`]
}

const shown = (value: number | null) => (value === null ? '–' : String(Number(value.toPrecision(3))))

/** Says a line unless it is the last one that was said. */
function sayOnce(id: string, io: Output): (line: string) => void {
  let said = ''
  return (line) => {
    if (line !== said) io.stderr(`assay: ${id} ${(said = line)}\n`)
  }
}
