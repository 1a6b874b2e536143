/** An endpoint that pauses in the middle of a shard: what is done is recorded, and not asked again. */
import { expect, test } from 'vitest'
import { ModelPaused } from '../../../src/contracts/model.ts'
import { type Pacer, UNPACED } from '../../../src/models/endpoint/pacing/pacer.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { retryRun } from '../../../src/runs/retry.ts'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'
import { sweep } from '../../support/run-engine.ts'
import { type Answering, PaidEndpoint } from './paid-endpoint.ts'

const ITEMS = 24
const MINUTE = 60_000
/** Two of them are refused for good. */
const said = (item: string): Answering => (/(?:1|7)$/.test(item) ? 400 : item.endsWith('3') ? 'red' : 'blue')

/** @param pauses - whether the turn with this number, from 1, is a pause */
async function labOf(concurrency: number, pauses: (turn: number) => boolean, shardSize = ITEMS) {
  let turns = 0
  const pacer: Pacer = {
    ...UNPACED,
    takeTurn: async () => {
      if (pauses(++turns)) throw new ModelPaused('the endpoint asks for a longer wait', lab.now + 2 * MINUTE)
    },
  }
  const lab: PaidEndpoint = await PaidEndpoint.open({ items: ITEMS, concurrency, pacer })
  lab.answering = said
  return { lab, run: await lab.begin({}, shardSize) }
}

async function ended(lab: PaidEndpoint, { id }: RunRecord): Promise<RunRecord> {
  for (let rounds = 0; rounds < 200; rounds++) {
    await lab.drain()
    if ((await lab.run(id)).status !== 'in_progress') break
    lab.now += MINUTE
    await sweep(lab.engine)
  }
  return lab.run(id)
}

interface Progress {
  passed: number
  failed: number
  errored: number
  shards: number
}
const progressOf = (lab: PaidEndpoint) => lab.rows<Progress>('SELECT * FROM run_progress')[0]!

const undisturbed = await (async () => {
  const { lab, run } = await labOf(1, () => false)
  return (await ended(lab, run)).reportDigest!
})()

test('what is done is recorded, and the rest goes on after the pause', async () => {
  const { lab, run } = await labOf(1, (turn) => turn === 9)
  await lab.drain()
  const { passed, failed, errored, shards } = progressOf(lab)
  expect([passed + failed + errored, shards]).toEqual([8, 2])
  expect((await lab.totals(run)).pause).toEqual({ reason: 'the endpoint asks for a longer wait', until: lab.now + 2 * MINUTE })
  // Nothing of the run is sent before the end of the pause.
  lab.now += MINUTE
  await sweep(lab.engine)
  await lab.drain()
  expect(lab.requests).toHaveLength(8)
  expect(await ended(lab, run)).toMatchObject({ status: 'completed', reportDigest: undisturbed })
  expect(lab.requests).toHaveLength(ITEMS)
})

test('before the first item, the shard is put back whole', async () => {
  const { lab, run } = await labOf(1, (turn) => turn === 1)
  await lab.drain()
  expect(progressOf(lab)).toMatchObject({ passed: 0, failed: 0, errored: 0, shards: 1 })
  expect(lab.rows('SELECT state, attempts FROM shards')).toEqual([{ state: 'pending', attempts: 0 }])
  expect(await ended(lab, run)).toMatchObject({ status: 'completed', reportDigest: undisturbed })
})

test.each([1, 3])('wherever it pauses, %i at once: the same report, and requests as without a pause', async (concurrency) => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = new CounterRandom(seed, 'pauses')
    let pauses = 0
    const { lab, run } = await labOf(concurrency, () => random.below(5) === 0 && ++pauses > 0, 1 + random.below(ITEMS))
    expect(await ended(lab, run), `seed ${seed}`).toMatchObject({ status: 'completed', reportDigest: undisturbed })
    expect(pauses).toBeGreaterThan(0)
    // Answers are stored. Only a refusal beyond the recorded items comes again.
    expect(lab.requests.length, `seed ${seed}`).toBeLessThanOrEqual(ITEMS + pauses * (concurrency - 1))
    const repeated = lab.requests.filter((item, index) => lab.requests.indexOf(item) !== index)
    expect(
      repeated.filter((item) => said(item) !== 400),
      `seed ${seed}`,
    ).toEqual([])
  }
})

test('a retry of a run that was cut has whole shards again', async () => {
  const { lab, run } = await labOf(1, (turn) => turn > 10 && turn % 4 === 0, 10)
  const first = await ended(lab, run)
  const shardsOf = (id: string) =>
    lab
      .rows<{ run_id: string; first: number; end: number }>(
        'SELECT run_id, first_ordinal AS first, end_ordinal AS end FROM shards ORDER BY first_ordinal',
      )
      .filter((shard) => shard.run_id === id)
      .map((shard) => [shard.first, shard.end])
  expect(shardsOf(run.id).length).toBeGreaterThan(3)
  const settings = await lab.ledgers.settings('t', run.id)
  const id = await retryRun(lab.engine, first, settings, 2, { id: 'evalrun_again', keyId: 'key' })
  expect(shardsOf(id)).toEqual([
    [0, 10],
    [10, 20],
    [20, 24],
  ])
})
