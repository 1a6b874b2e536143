/**
 * A run's events as Server-Sent Events (WHATWG HTML, section 9.2), for a bounded time. A client that
 * reconnects with `Last-Event-ID` gets each event once, in order.
 * @module
 */
import type { Clock } from '../../../contracts/ports.ts'
import type { RunEvent, RunEventStore } from '../../../contracts/run-events.ts'
import type { RunRecord } from '../../../contracts/run.ts'
import { addPartialValues, type PartialValuesDependencies } from '../../../runs/partial-values.ts'
import { textStream } from '../../body/text-stream.ts'
import { unixSeconds } from '../../unix-seconds.ts'

export interface StreamDependencies extends Omit<PartialValuesDependencies, 'events'> {
  readonly events: RunEventStore
  readonly clock: Clock
  sleep(milliseconds: number): Promise<void>
  /** Whether the key of the request is still valid: it may be revoked while the connection lives. */
  mayRead(): Promise<boolean>
}

/** Life of a connection. Each second takes up to four queries of the thousand that an invocation has. */
const LIFE_MILLISECONDS = 120_000
const POLL_MILLISECONDS = 1000
const AUTHORIZE_MILLISECONDS = 5000
/** Proxies close connections that are silent for longer. */
const HEARTBEAT_MILLISECONDS = 15_000
const RECONNECT_MILLISECONDS = 1000
const EVENTS_AT_ONCE = 100

/**
 * Streams events after `last` until the run's end, until the connection has lived long enough, or until its
 * key is revoked.
 * @param last - number of the last event that the client has; 0 for none
 */
export function eventStream(dependencies: StreamDependencies, run: RunRecord, last: number): ReadableStream<Uint8Array> {
  return textStream(piecesOf(dependencies, run, last))
}

async function* piecesOf(
  { clock, sleep, mayRead, ...dependencies }: StreamDependencies,
  run: RunRecord,
  last: number,
): AsyncGenerator<string, void, undefined> {
  const until = clock.now() + LIFE_MILLISECONDS
  let seen = last
  let looked = 0
  let saidAt = clock.now()
  let authorizedAt = clock.now()
  yield `retry: ${RECONNECT_MILLISECONDS}\n\n`
  for (;;) {
    if (clock.now() - authorizedAt >= AUTHORIZE_MILLISECONDS) {
      authorizedAt = clock.now()
      if (!(await mayRead())) return
    }
    const events = await dependencies.events.after(run.tenant, run.id, seen, EVENTS_AT_ONCE)
    for (const event of events) {
      yield textOf(event)
      if (event.type === 'run.ended') return
      if (event.type === 'run.values') looked = (JSON.parse(event.data) as { items: number }).items
    }
    seen = events.at(-1)?.seq ?? seen
    if (events.length > 0) saidAt = clock.now()
    if (events.length === EVENTS_AT_ONCE) continue
    if (clock.now() >= until) return
    // New progress may complete a prefix; its values arrive with the next query.
    const before = looked
    if (events.length > 0 || seen === last) looked = await valuesOrNone(dependencies, run, looked)
    if (looked > before && looked !== Infinity) continue
    if (clock.now() - saidAt >= HEARTBEAT_MILLISECONDS) {
      saidAt = clock.now()
      yield ': still here\n\n'
    }
    await sleep(POLL_MILLISECONDS)
  }
}

/** Values that cannot be computed must not end the stream of everything else. */
async function valuesOrNone(dependencies: PartialValuesDependencies, run: RunRecord, before: number): Promise<number> {
  try {
    return await addPartialValues(dependencies, run, before)
  } catch (error) {
    console.error({ message: 'no partial values', run: run.id, error: String(error) })
    return Infinity
  }
}

/** The data is one line: JSON has no line breaks of its own. */
function textOf({ seq, type, data, createdAt }: RunEvent): string {
  const body = JSON.stringify({
    type,
    sequence_number: seq,
    created_at: unixSeconds(createdAt),
    ...(JSON.parse(data) as Record<string, unknown>),
  })
  return `id: ${seq}\nevent: ${type}\ndata: ${body}\n\n`
}
