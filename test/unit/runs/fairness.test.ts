/** A run of many shards does not make a later one wait for all of them. */
import { expect, test } from 'vitest'
import { SHARDS_IN_FLIGHT } from '../../../src/runs/fan-out.ts'
import { layOut, MOST_SHARDS } from '../../../src/runs/plan.ts'
import { scoreShard } from '../../../src/runs/score-shard.ts'
import { sweep } from '../../support/run-engine.ts'
import { SqliteEngine } from './sqlite-engine.ts'
import { pureRun, VQA } from './pure-run.ts'

const MANY = 1200
const pure = await pureRun({ seed: 8, task: 'vqa', items: MANY, criteria: [VQA] })

/** Handles one message of the queue, in order of arrival, and the jobs that follow from it. */
async function handle(lab: SqliteEngine): Promise<void> {
  await scoreShard(lab.engine, lab.shards.shift()!)
}

const recorded = (lab: SqliteEngine, id: string): number =>
  lab.rows<{ n: number }>(`SELECT COUNT(*) AS n FROM shards WHERE run_id = '${id}' AND state = 'recorded'`)[0]!.n

test('a run of 20 items that starts after one of 1200 shards ends while that is still going', async () => {
  const lab = new SqliteEngine(pure)
  const large = await lab.start({ shardSize: 1 })
  expect(lab.shards).toHaveLength(SHARDS_IN_FLIGHT.edge)
  const spec = { ...pure.run.spec, selection: { count: 20 } }
  const small = await lab.start({ shardSize: 4, spec })
  let messages = 0
  while (recorded(lab, small.id) < 5) {
    await handle(lab)
    messages += 1
  }
  expect(messages).toBeLessThanOrEqual(SHARDS_IN_FLIGHT.edge + 5)
  expect(recorded(lab, large.id)).toBeLessThanOrEqual(SHARDS_IN_FLIGHT.edge)
  await lab.drain()
  // Every shard was sent exactly once.
  expect(recorded(lab, large.id)).toBe(MANY)
  expect((await lab.run(large.id)).status).toBe('completed')
  expect(lab.rows(`SELECT 1 FROM shards WHERE attempts <> 1`)).toEqual([])
})

test('messages that are lost on the way are sent again, and the rest after them', async () => {
  const lab = new SqliteEngine(pure)
  const { id } = await lab.start({ shardSize: 3 })
  for (let message = 0; message < 10; message++) await handle(lab)
  lab.shards.length = 0
  for (let tick = 0; tick < 40 && (await lab.run(id)).status === 'in_progress'; tick++) {
    lab.now += lab.engine.stallMilliseconds / 2
    await sweep(lab.engine)
    await lab.drain()
  }
  expect(await lab.run(id)).toMatchObject({ status: 'completed', error: null })
  expect(lab.rows(`SELECT 1 FROM shards WHERE state = 'failed'`)).toEqual([])
})

test('a shard size that makes nothing but shards is refused with the one that would do', () => {
  expect(layOut(MOST_SHARDS.edge, 1, 0, MOST_SHARDS.edge)).toHaveLength(MOST_SHARDS.edge)
  expect(() => layOut(10_000, 1, 0, MOST_SHARDS.edge)).toThrow('more than 2000 shards; ask for at least 5')
  expect(layOut(10_000, 5, 0, MOST_SHARDS.edge)).toHaveLength(2000)
})
