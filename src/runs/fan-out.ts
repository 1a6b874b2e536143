/**
 * Fan-out: sends committed shards. Their rows are the outbox, so a send may be repeated, reordered or lost
 * without harm. Shards are sent first and marked afterwards: a crash in between repeats a message but never
 * loses one.
 *
 * A queue delivers in order of arrival. So few messages are under way at a time, and runs share them: tenants
 * with work get equal parts, and runs of a tenant equal parts of its part. What one does not need goes to the
 * others.
 * @module
 */
import { perConsumer } from '../contracts/endpoint.ts'
import type { Queues, RunStore, SendingRun } from '../contracts/ports.ts'
import type { WorkQueue } from '../contracts/run.ts'

export interface FanOutDependencies {
  readonly runs: Pick<RunStore, 'sendingRuns' | 'unsentShards' | 'markSent'>
  readonly queues: Pick<Queues, 'sendShards' | 'capacity'>
}

/** Messages per batch: the platform's limit. */
const BATCH = 100

/**
 * Sends pending shards of all runs of a queue, each up to its part of the messages under way. Called whenever
 * a shard has ended. A run with more than half of its part under way waits, so that sends go together.
 * @param limit - most shards to send; the sweep sends the rest
 * @returns the number sent
 */
export async function fanOut({ runs, queues }: FanOutDependencies, queue: WorkQueue, limit = Infinity): Promise<number> {
  const capacity = queues.capacity[queue]
  const sending = await runs.sendingRuns(queue, capacity)
  const parts = partsOf(sending, capacity)
  let sent = 0
  for (const [index, { tenant, runId, inFlight, isWaiting }] of sending.entries()) {
    const part = parts[index]!
    if (!isWaiting || inFlight > part / 2) continue
    const most = Math.min(part - inFlight, limit - sent)
    sent += await sendShards({ runs, queues }, queue, { tenant, runId }, most)
  }
  return sent
}

async function sendShards(
  { runs, queues }: FanOutDependencies,
  queue: WorkQueue,
  run: { readonly tenant: string; readonly runId: string },
  most: number,
): Promise<number> {
  let sent = 0
  while (sent < most) {
    const shards = await runs.unsentShards(run.tenant, run.runId, Math.min(BATCH, most - sent))
    if (shards.length === 0) break
    await queues.sendShards(queue, run, shards)
    await runs.markSent(run.tenant, run.runId, shards)
    sent += shards.length
  }
  return sent
}

/**
 * Messages that a run can use. More consumers than its endpoint lets work would wait for each other's turns,
 * and each would cut its shard after a few items. Twice as many messages, so that none waits for one.
 */
function needOf({ inFlight, isWaiting, concurrency }: SendingRun): number {
  if (!isWaiting) return inFlight
  return concurrency === null ? Infinity : Math.max(inFlight, 2 * Math.ceil(concurrency / perConsumer({ concurrency })))
}

interface Sharing {
  part: number
  readonly need: number
  readonly inFlight: number
}

/**
 * Max-min fair parts of the messages, first among tenants, then among the runs of each.
 * @returns for each run, in the same order
 * @internal
 */
export function partsOf(runs: readonly SendingRun[], capacity: number): number[] {
  const parts = runs.map((run): Sharing => ({ part: 0, need: needOf(run), inFlight: run.inFlight }))
  const tenants = Map.groupBy(parts.keys(), (index) => runs[index]!.tenant)
  const shares = [...tenants.values()].map((indices) => {
    const own = indices.map((index) => parts[index]!)
    const sum = (of: 'need' | 'inFlight') => own.reduce((total, each) => total + each[of], 0)
    return { part: 0, need: sum('need'), inFlight: sum('inFlight'), own }
  })
  divide(shares, capacity)
  for (const { own, part } of shares) divide(own, part)
  return parts.map(({ part }) => part)
}

/**
 * Gives equal parts, and what exceeds a need to the others. A remainder goes to those with messages under
 * way, so that their number stays below the capacity, then to the first ones.
 */
function divide(sharing: readonly Sharing[], capacity: number): void {
  let open = sharing
  let left = capacity
  while (open.length > 0) {
    const part = Math.floor(left / open.length)
    const small = open.filter(({ need }) => need <= part)
    const given = small.length > 0 ? small : open
    for (const each of given) each.part = Math.min(each.need, part)
    left -= given.reduce((sum, each) => sum + each.part, 0)
    if (small.length === 0) break
    open = open.filter(({ need }) => need > part)
  }
  for (const each of open.toSorted((one, other) => Number(other.inFlight > 0) - Number(one.inFlight > 0)))
    if (left > 0) {
      each.part++
      left--
    }
}
