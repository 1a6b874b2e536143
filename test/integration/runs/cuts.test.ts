/**
 * A run that loses a call of its storage, at any of them: the report of an undisturbed run, each answer paid
 * once, and nothing left over. `CUTS=all` tries every call; otherwise a seed chooses some.
 */
import { afterAll, describe, expect, test, vi } from 'vitest'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'
import { sweep } from '../../support/run-engine.ts'
import { Crash, type DeferredEndpoint } from './deferred-endpoint.ts'
import { PaidEndpoint } from './paid-endpoint.ts'
import { LEASE } from './sqlite-engine.ts'
import { LATER, submissionServers } from './submission-servers.ts'

const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
const error = vi.spyOn(console, 'error').mockImplementation(() => {})
afterAll(() => {
  warn.mockRestore()
  error.mockRestore()
})

const servers = submissionServers()

/**
 * - `refused`: the call fails without an effect.
 * - `unheard`: it has its effect, and its caller is told that it failed.
 * - `dies`, `dies after`: the process ends before or after the effect, with everything in flight.
 * - `overtaken`: its lease ends, and others do all that they can before it goes on.
 */
const CUTS = ['refused', 'unheard', 'dies', 'dies after', 'overtaken'] as const
type Cut = (typeof CUTS)[number]
type Lab = PaidEndpoint | DeferredEndpoint

const ITEMS = 6
const KINDS = ['chat', ...LATER] as const
type Kind = (typeof KINDS)[number]
/** Requests at once per shard: a process that dies may lose their answers. */
const CONCURRENCY = 2

async function openLab(kind: Kind): Promise<Lab> {
  servers.reset()
  if (kind !== 'chat') return servers.open(kind, { items: ITEMS, timeoutMs: 10_000 })
  const lab = await PaidEndpoint.open({ items: ITEMS, concurrency: CONCURRENCY })
  lab.answering = (item) => ['red', 'blue', 'two'][Number(item.slice('item '.length)) % 3]!
  return lab
}

/** Cuts the call with this number. @returns counts of calls so far */
function cutAt(lab: Lab, cut: Cut | null, number: number) {
  const seen = { calls: 0 }
  /** The message whose process is dead. */
  let dead: number | null = null
  const isBefore = cut !== 'unheard' && cut !== 'dies after'
  lab.storage = async (when) => {
    if (dead === lab.begun) throw new Crash('the process is dead')
    if (when === 'before') seen.calls++
    if (seen.calls !== number || (when === 'before') !== isBefore || cut === null) return
    // Once alone.
    seen.calls++
    if (cut === 'overtaken') return overtake(lab)
    if (cut.startsWith('dies')) dead = lab.begun
    throw new Crash(`the storage call ${number} is cut`)
  }
  return seen
}

/** Time passes, and other consumers go on. */
async function overtake(lab: Lab): Promise<void> {
  const cutting = lab.storage
  lab.storage = async () => {}
  for (let rounds = 0; rounds < 3; rounds++) {
    lab.now += 10 * LEASE
    await sweep(lab.engine).catch(() => {})
    await lab.drain()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  lab.storage = cutting
}

/** Handles messages, repeats failed ones, sweeps and lets time pass until nothing is left to do. */
async function settle(lab: Lab): Promise<void> {
  for (let rounds = 0; rounds < 300; rounds++) {
    for (const failed of await lab.drain())
      if (typeof failed === 'string') lab.jobs.push(failed)
      else lab.shards.push(failed)
    const idle = lab.shards.length + lab.jobs.length === 0
    const owed = lab.rows(
      `SELECT 1 FROM outbox WHERE state = 'pending' UNION ALL SELECT 1 FROM runs WHERE status = 'in_progress'`,
    )
    if (idle && owed.length === 0) return
    lab.now += LEASE / 4
    lab.begun++
    // The endpoint works in real time.
    await new Promise((resolve) => setTimeout(resolve, 1))
    await sweep(lab.engine).catch(() => {})
  }
}

/** The story of one run. */
async function live(kind: Kind, cut: Cut | null, number: number) {
  const lab = await openLab(kind)
  const { id } = await lab.begin({}, 3)
  const seen = cutAt(lab, cut, number)
  await settle(lab)
  lab.storage = async () => {}
  const run = await lab.run(id)
  const answered = kind === 'chat' ? (lab as PaidEndpoint).answered : servers.endpoint.stats().billed
  return { lab, run, answered, calls: seen.calls }
}

/** Differences from an undisturbed run. */
async function faultsOf({ lab, run, answered }: Awaited<ReturnType<typeof live>>, digest: string): Promise<string[]> {
  const { intents, settled, unanswered, heldNano } = await lab.totals(run)
  const open = lab.rows(`SELECT 1 FROM endpoint_calls WHERE state = 'open'`).length
  const [progress] = lab.rows<{ passed: number; failed: number; errored: number; shards: number; recorded_shards: number }>(
    'SELECT * FROM run_progress',
  )
  const counts = (sql: string) => lab.rows<{ n: number }>(sql)[0]!.n
  // The sweep finds answers by their calls, too.
  const named = lab.rows<{ answer_key: string }>(
    `SELECT answer_key FROM endpoint_answers UNION SELECT answer_key FROM endpoint_calls WHERE state = 'open'`,
  )
  const found = new Set(named.map(({ answer_key }) => answer_key))
  const kept = [...lab.objects.keys()].filter((key) => /\/endpoint-answers\//.test(key)).map((key) => key.split('/').at(-1)!)
  const laws: Readonly<Record<string, boolean>> = {
    'the run is completed': run.status === 'completed',
    'its report is that of an undisturbed run': run.reportDigest === digest,
    'no answer is paid again': answered <= ITEMS + CONCURRENCY,
    'every intent is settled, unanswered or open': intents === settled + unanswered + open,
    'nothing is held without an open or unanswered call': heldNano === 0 || open + unanswered > 0,
    'counts are those of the items': progress!.passed + progress!.failed === ITEMS && progress!.errored === 0,
    'every shard is recorded': progress!.shards === progress!.recorded_shards,
    'counters are those of the shards': progress!.shards === counts('SELECT COUNT(*) AS n FROM shards'),
    'events are numbered without gaps':
      counts('SELECT MAX(seq) AS n FROM run_events') === counts('SELECT COUNT(*) AS n FROM run_events'),
    'one event says the end': counts(`SELECT COUNT(*) AS n FROM run_events WHERE type = 'run.ended'`) === 1,
    'one webhook says the end': counts(`SELECT COUNT(*) AS n FROM outbox WHERE kind = 'webhook'`) === 1,
    'rows are compacted': run.rowsKey !== null && counts('SELECT COUNT(*) AS n FROM shards WHERE rows IS NOT NULL') === 0,
    'no submission is open': counts('SELECT COUNT(*) AS n FROM submissions WHERE ended_at IS NULL') === 0,
    'jobs are done': counts(`SELECT COUNT(*) AS n FROM outbox WHERE state <> 'done'`) === 0,
    'every stored answer is found in its time': kept.length > 0 && kept.every((key) => found.has(key)),
  }
  return Object.entries(laws).flatMap(([law, holds]) => (holds ? [] : [law]))
}

/** Cuts per test, unless all are tried. */
const SOME: Readonly<Record<Kind, number>> = { chat: 8, batch: 2, job: 2 }

describe.each(KINDS)('a run by %s', (kind) => {
  test.each(CUTS)(
    'with a call that is %s',
    async (cut) => {
      const whole = await live(kind, null, 0)
      expect(await faultsOf(whole, whole.run.reportDigest!)).toEqual([])
      const random = new CounterRandom(12, `cuts ${kind} ${cut}`)
      const isAll = process.env['CUTS'] === 'all'
      const numbers = Array.from({ length: isAll ? whole.calls : SOME[kind] }, (_, index) =>
        isAll ? index + 1 : 1 + random.below(whole.calls),
      )
      const faults: string[] = []
      for (const number of numbers) {
        const story = await live(kind, cut, number)
        faults.push(
          ...(await faultsOf(story, whole.run.reportDigest!)).map((fault) => `call ${number} of ${whole.calls}: ${fault}`),
        )
      }
      expect(faults).toEqual([])
    },
    600_000,
  )
})
