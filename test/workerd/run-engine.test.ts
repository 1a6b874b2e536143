/** The run engine against crashes, races, duplicates and late attempts, on real D1, R2 and KV. */
import { reset } from 'cloudflare:test'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { composeFetch } from '../../src/compose-fetch.ts'
import type { ShardReference } from '../../src/contracts/ports.ts'
import { SampleError } from '../../src/contracts/model.ts'
import type { SampleEvidence, ShardTally } from '../../src/contracts/run.ts'
import { cancelRun } from '../../src/runs/cancel.ts'
import { compactRun } from '../../src/runs/compact.ts'
import { failDeadShard } from '../../src/runs/dead-shard.ts'
import { mergeRun } from '../../src/runs/merge.ts'
import { recomputeReport } from '../../src/runs/recompute.ts'
import { scoreShard } from '../../src/runs/score-shard.ts'
import { handleDeadJob, sweep, type TestEngine, workJob } from '../support/run-engine.ts'
import { Lab, LEASE, STALL } from './engine-lab.ts'
import { migrate, testEnv } from './setup.ts'

/** Counts of a result that are never read. */
const NO_COUNTS: ShardTally = {
  passed: 0,
  failed: 0,
  errored: 0,
  per_criterion: [{ passed: 0, failed: 0, errored: 0 }],
  usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, invocations: 0 },
}

let lab: Lab

beforeEach(async () => {
  lab = await Lab.open()
})
afterAll(async () => {
  await reset()
  await migrate()
})

/** A gate that the test opens; work waits there. */
function gate(): { readonly reached: Promise<void>; readonly pass: () => Promise<void>; open(): void } {
  let arrive!: () => void
  let open!: () => void
  const reached = new Promise<void>((resolve) => (arrive = resolve))
  const opened = new Promise<void>((resolve) => (open = resolve))
  return {
    reached,
    open,
    pass: () => {
      arrive()
      return opened
    },
  }
}

/** State left by a process that died at this moment: nothing continues, no lease is released. */
class PowerCut extends Error {}

/** Handles one shard and dies at a failpoint, with the lease still held. */
async function dieScoring(reference: ShardReference, at: 'after-evidence' | 'after-record'): Promise<void> {
  const release = lab.engine.runs.releaseShard
  lab.engine.runs.releaseShard = async () => {}
  lab.failpoints[at] = () => {
    throw new PowerCut()
  }
  await expect(scoreShard(lab.engine, reference)).rejects.toThrow(PowerCut)
  delete lab.failpoints[at]
  lab.engine.runs.releaseShard = release
}

async function dieWorking(job: string, at: 'before-merge' | 'after-publish' | 'before-webhook'): Promise<void> {
  const release = lab.engine.jobs.releaseJob
  lab.engine.jobs.releaseJob = async () => {}
  lab.failpoints[at] = () => {
    throw new PowerCut()
  }
  await expect(workJob(lab.engine, job)).rejects.toThrow(PowerCut)
  delete lab.failpoints[at]
  lab.engine.jobs.releaseJob = release
}

/** The digest of the same run, undisturbed. */
async function calmDigest(items = 6): Promise<string> {
  const run = await lab.start({ items })
  await lab.drain()
  return (await lab.run(run.id)).reportDigest!
}

const merge = (run: { id: string }) => `merge:${run.id}`

describe('a run', () => {
  test('goes from messages to a report', async () => {
    const run = await lab.start({ visibility: 'public' })
    expect(await lab.drain()).toEqual({ failed: [] })
    const ended = await lab.run(run.id)
    expect(ended).toMatchObject({ status: 'completed', endedAt: lab.now })
    const body = (await lab.engine.reports.body('a', ended.reportDigest!))!
    expect(JSON.parse(body)).toMatchObject({ counts: { planned: 6, scored: 6, errored: 0, unscored: 0 } })
    expect(await testEnv.PUBLISHED.get(`report/${ended.reportDigest}`)).toBe(body)
    expect(await lab.table('leaderboard_rows')).toMatchObject([{ run_id: run.id, n: 6, report_digest: ended.reportDigest }])
  })

  test('a private one reaches neither KV nor the leaderboard', async () => {
    const run = await lab.start()
    await lab.drain()
    expect(await testEnv.PUBLISHED.get(`report/${(await lab.run(run.id)).reportDigest}`)).toBeNull()
    expect(await lab.table('leaderboard_rows')).toEqual([])
  })

  test('a message of a run, shard or job that does not exist is acknowledged', async () => {
    const run = await lab.start({ send: false })
    expect(await scoreShard(lab.engine, { tenant: 'a', run: 'evalrun_none', shard: 0 })).toBe('skipped')
    expect(await scoreShard(lab.engine, { tenant: 'a', run: run.id, shard: 99 })).toBe('skipped')
    expect(await workJob(lab.engine, 'merge:evalrun_none')).toBe('skipped')
    await failDeadShard(lab.engine, { tenant: 'a', run: 'evalrun_none', shard: 0 })
    await handleDeadJob(lab.engine, 'merge:evalrun_none')
  })

  test('of a dataset or an eval that was deleted meanwhile is not created', async () => {
    const run = await lab.start({ send: false })
    const again = { ...run, id: 'evalrun_again' }
    await expect(lab.engine.runs.createRun({ ...again, datasetId: 'ds_gone' }, [])).rejects.toThrow(
      'no dataset with id "ds_gone"',
    )
    await expect(lab.engine.runs.createRun({ ...again, evalId: 'eval_gone' }, [])).rejects.toThrow('no eval with id "eval_gone"')
    expect((await lab.table('runs')).length).toBe(1)
    expect((await lab.table('shards')).length).toBe(3)
  })

  test('a known delivery creates no other run, however many arrive at once', async () => {
    const { id, ...run } = await lab.start({ send: false })
    const delivery = { triggerId: 'tr', deliveryKey: 'd1', depth: 1 }
    const made = await Promise.all(
      ['x', 'y', 'z'].map((suffix) =>
        lab.engine.runs.createRun({ ...run, id: `${id}${suffix}` }, [{ first: 0, end: 6 }], { delivery }),
      ),
    )
    expect(made.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(made.map(({ runId }) => runId)).size).toBe(1)
    expect((await lab.table('runs')).length).toBe(2)
    expect((await lab.table('shards')).length).toBe(4)
  })
})

describe('leases', () => {
  test('a shard that is held is skipped, and taken over once its lease has expired; the late first finisher still counts', async () => {
    const digest = await calmDigest()
    const run = await lab.start()
    const reference = { tenant: 'a', run: run.id, shard: 0 }
    const first = gate()
    const observe = lab.observe
    lab.observe = async (item) => {
      if (item.id === 'q0') await first.pass()
      return observe(item)
    }
    const slow = scoreShard(lab.engine, reference)
    await first.reached
    expect(await scoreShard(lab.engine, reference)).toBe('skipped')

    lab.now += LEASE
    lab.observe = observe
    const second = await lab.engine.runs.claimShard(reference, 'second', LEASE)
    expect(second).toMatchObject({ shard: 0, first: 0, end: 2 })
    first.open()
    expect(await slow).toBe('recorded')
    // The attempt that took over comes second, and changes nothing.
    const recorded = await lab.table('shards')
    const late = { end: second!.end, rows: new Uint8Array(), evidenceKey: 'x', embeddingsKey: null, tally: NO_COUNTS }
    expect(await lab.engine.runs.recordShard(second!, late)).toBe(false)
    await lab.engine.runs.releaseShard(second!, 'a fault')
    expect(await lab.table('shards')).toEqual(recorded)
    await lab.drain()
    expect((await lab.run(run.id)).reportDigest).toBe(digest)
  })

  test('two attempts that both scored a shard: one records, one is late', async () => {
    const run = await lab.start({ shards: 6 })
    const reference = { tenant: 'a', run: run.id, shard: 0 }
    const first = gate()
    lab.failpoints['after-evidence'] = first.pass
    const one = scoreShard(lab.engine, reference)
    await first.reached
    lab.now += LEASE
    const second = gate()
    lab.failpoints['after-evidence'] = second.pass
    const other = scoreShard(lab.engine, reference)
    await second.reached
    first.open()
    second.open()
    expect((await Promise.all([one, other])).toSorted()).toEqual(['late', 'recorded'])
    expect(lab.jobs).toEqual([merge(run)])
  })

  test('is renewed while its holder lives, so a shard may take longer than a lease', async () => {
    const run = await lab.start({ shards: 6 })
    const reference = { tenant: 'a', run: run.id, shard: 0 }
    const hold = gate()
    lab.observe = async (item) => {
      if (item.id === 'q3') await hold.pass()
      return { answer: 'right' }
    }
    const scoring = scoreShard(lab.engine, reference)
    await hold.reached
    for (let beat = 0; beat < 9; beat++) {
      lab.now += LEASE / 3
      for (const renew of lab.beats) await renew()
      expect(await sweep(lab.engine)).toMatchObject({ leasesReleased: 0, runsResent: 0 })
      expect(await scoreShard(lab.engine, reference)).toBe('skipped')
    }
    hold.open()
    expect(await scoring).toBe('recorded')
    expect(lab.beats.size).toBe(0)
  })

  test('one that expired and was not taken is renewed by its holder', async () => {
    const run = await lab.start({ shards: 6 })
    const hold = gate()
    lab.observe = async () => {
      await hold.pass()
      return { answer: 'right' }
    }
    const scoring = scoreShard(lab.engine, { tenant: 'a', run: run.id, shard: 0 })
    await hold.reached
    lab.now += LEASE
    lab.shards = []
    expect(await sweep(lab.engine)).toMatchObject({ leasesReleased: 1, shardsSent: 1 })
    for (const renew of lab.beats) await renew()
    expect(await scoreShard(lab.engine, lab.shards.pop()!)).toBe('skipped')
    hold.open()
    expect(await scoring).toBe('recorded')
  })

  test('a holder whose run was canceled stops at the next item', async () => {
    const run = await lab.start({ shards: 6 })
    const hold = gate()
    const seen: string[] = []
    lab.observe = async (item) => {
      seen.push(item.id)
      if (item.id === 'q1') await hold.pass()
      return { answer: 'right' }
    }
    const scoring = scoreShard(lab.engine, { tenant: 'a', run: run.id, shard: 0 })
    await hold.reached
    await cancelRun(lab.engine, 'a', run.id)
    for (const renew of lab.beats) await renew()
    hold.open()
    expect(await scoring).toBe('late')
    expect(seen).toEqual(['q0', 'q1'])
    expect(await lab.engine.blobs.keysOfRun(run)).toEqual([])
  })

  test('a fault gives the lease back at once, and the next delivery succeeds', async () => {
    const digest = await calmDigest()
    const run = await lab.start()
    const observe = lab.observe
    lab.observe = () => {
      throw new Error('R2 is out of reach')
    }
    const reference = { tenant: 'a', run: run.id, shard: 1 }
    await expect(scoreShard(lab.engine, reference)).rejects.toThrow('R2 is out of reach')
    expect(await lab.states(run)).toEqual(['pending', 'pending', 'pending'])
    lab.observe = observe
    expect(await scoreShard(lab.engine, reference)).toBe('recorded')
    await lab.drain()
    expect((await lab.run(run.id)).reportDigest).toBe(digest)
  })

  test('a fault of the database itself while giving back does not hide the first', async () => {
    const run = await lab.start()
    lab.observe = () => {
      throw new Error('the first fault')
    }
    lab.engine.runs.releaseShard = () => Promise.reject(new Error('the second'))
    await expect(scoreShard(lab.engine, { tenant: 'a', run: run.id, shard: 0 })).rejects.toThrow('the first fault')
  })
})

describe('bad samples', () => {
  test('are errored rows, in any shard; so is a score that is not a number', async () => {
    const run = await lab.start({ limit: 5 })
    lab.observe = (item) => {
      if (item.id === 'q1') throw new SampleError('bad_image', 'corrupt')
      return { answer: item.id === 'q3' ? null : 'right' }
    }
    await lab.drain()
    const { body } = await recomputeReport(lab.engine, 'a', run.id)
    const report = JSON.parse(body) as { criteria: { metrics: Record<string, unknown>[] }[] }
    expect(report).toMatchObject({ counts: { planned: 5, scored: 3, errored: 1, unscored: 1 } })
    expect(report.criteria[0]!.metrics).toMatchObject([
      { n: 3, errored: 1, unscored: 1, missing: 1 },
      { slice: 'answer_type=other', n: 3, errored: 0, unscored: 0, missing: 0 },
      // The unselected item is question 5, a yes/no one.
      { slice: 'answer_type=yes/no', n: 0, errored: 1, unscored: 1, missing: 1, value: null, interval: null },
      { slice: 'question_type=what', n: 3, errored: 1, unscored: 1, missing: 1 },
    ])
  })
})

describe('dead letters', () => {
  test('a shard becomes failed, its items errored, and the run still ends', async () => {
    const run = await lab.start()
    const observe = lab.observe
    lab.observe = (item) => {
      if (item.id === 'q2') throw new Error('never')
      return observe(item)
    }
    const { failed } = await lab.drain()
    expect(failed).toEqual([{ tenant: 'a', run: run.id, shard: 1 }])
    await failDeadShard(lab.engine, { tenant: 'a', run: run.id, shard: 1 })
    await failDeadShard(lab.engine, { tenant: 'a', run: run.id, shard: 1 })
    await lab.drain()
    expect(await lab.states(run)).toEqual(['recorded', 'failed', 'recorded'])
    const { body, agrees } = await recomputeReport(lab.engine, 'a', run.id)
    expect(agrees).toBe(true)
    expect(JSON.parse(body)).toMatchObject({ counts: { planned: 6, scored: 4, errored: 2 } })
  })

  test('never fail a shard that is recorded or leased', async () => {
    const run = await lab.start()
    await scoreShard(lab.engine, { tenant: 'a', run: run.id, shard: 0 })
    await failDeadShard(lab.engine, { tenant: 'a', run: run.id, shard: 0 })
    await lab.engine.runs.claimShard({ tenant: 'a', run: run.id, shard: 1 }, 'somebody', LEASE)
    await failDeadShard(lab.engine, { tenant: 'a', run: run.id, shard: 1 })
    expect(await lab.states(run)).toEqual(['recorded', 'leased', 'pending'])
    lab.now += LEASE
    await failDeadShard(lab.engine, { tenant: 'a', run: run.id, shard: 1 })
    expect(await lab.states(run)).toEqual(['recorded', 'failed', 'pending'])
  })

  test('a shard is recorded and failed at once: one of the two, and one merge job', async () => {
    const run = await lab.start({ shards: 6 })
    const reference = { tenant: 'a', run: run.id, shard: 0 }
    const claim = (await lab.engine.runs.claimShard(reference, 't', LEASE))!
    lab.now += LEASE
    const result = { end: claim.end, rows: new Uint8Array(), evidenceKey: 'x', embeddingsKey: null, tally: NO_COUNTS }
    const outcomes = await Promise.all([
      lab.engine.runs.recordShard(claim, result),
      lab.engine.runs.failShard(reference, 'buried'),
    ])
    expect(outcomes.filter(Boolean)).toHaveLength(1)
    expect(await lab.table('outbox')).toMatchObject([{ job_id: merge(run), state: 'pending' }])
  })

  test('a merge that cannot be done fails its run, with an event', async () => {
    await lab.webhookTarget()
    const run = await lab.start()
    lab.failpoints['before-merge'] = () => {
      throw new Error('rows are damaged')
    }
    expect(await lab.drain()).toEqual({ failed: [merge(run)] })
    await handleDeadJob(lab.engine, merge(run))
    expect(await lab.run(run.id)).toMatchObject({
      status: 'failed',
      error: { code: 'merge_failed', message: 'Error: rows are damaged' },
    })
    const events: unknown[] = []
    lab.deliver = (job) => {
      events.push((job.payload as { event: string }).event)
      return { outcome: 'done' }
    }
    await lab.drain()
    expect(events).toEqual(['eval.run.failed'])
  })

  test('a merge that another consumer is doing at this moment is left to it', async () => {
    const run = await lab.start()
    while (lab.shards.length > 0) await scoreShard(lab.engine, lab.shards.shift()!)
    await lab.engine.jobs.claimJob(merge(run), 'somebody', LEASE)
    await handleDeadJob(lab.engine, merge(run))
    expect((await lab.run(run.id)).status).toBe('in_progress')
  })

  test('any other job is put off, not lost', async () => {
    const run = await lab.start()
    await lab.drain()
    const id = `compact:${run.id}`
    await handleDeadJob(lab.engine, id)
    expect((await lab.job(id)).state).toBe('pending')
    lab.now += LEASE
    expect((await sweep(lab.engine)).jobsSent).toBe(0)
    lab.now += 60 * 60 * 1000
    expect((await sweep(lab.engine)).jobsSent).toBe(1)
  })

  test('a job that ends every process that starts it is not started for ever', async () => {
    const run = await lab.start()
    while (lab.shards.length > 0) await scoreShard(lab.engine, lab.shards.shift()!)
    for (let start = 0; start < 5; start++) {
      await dieWorking(merge(run), 'before-merge')
      lab.now += LEASE
    }
    expect(await workJob(lab.engine, merge(run))).toBe('given up')
    expect(await lab.run(run.id)).toMatchObject({ status: 'failed', error: { code: 'merge_failed' } })
  })
})

describe('the end of a run', () => {
  test('two merges at once publish once', async () => {
    await lab.webhookTarget()
    const run = await lab.start({ visibility: 'public' })
    while (lab.shards.length > 0) await scoreShard(lab.engine, lab.shards.shift()!)
    await Promise.all([mergeRun(lab.engine, 'a', run.id), mergeRun(lab.engine, 'a', run.id), mergeRun(lab.engine, 'a', run.id)])
    const after = [await lab.table('runs'), await lab.table('reports'), await lab.table('leaderboard_rows')]
    expect(after.map((rows) => rows.length)).toEqual([1, 1, 1])
    expect((await lab.table<{ kind: string }>('outbox')).map(({ kind }) => kind).toSorted()).toEqual([
      'compact',
      'merge',
      'publish_copy',
      'rank',
      'webhook',
    ])
    lab.now += 1000
    await mergeRun(lab.engine, 'a', run.id)
    expect([await lab.table('runs'), await lab.table('reports'), await lab.table('leaderboard_rows')]).toEqual(after)
  })

  test.each(['cancel first', 'publish first'] as const)('cancel against publish: %s', async (order) => {
    await lab.webhookTarget()
    const run = await lab.start({ visibility: 'public' })
    while (lab.shards.length > 0) await scoreShard(lab.engine, lab.shards.shift()!)
    if (order === 'cancel first') {
      const merging = gate()
      const readReport = lab.engine.runs.publish
      lab.engine.runs.publish = async (...args) => {
        await merging.pass()
        return readReport(...args)
      }
      const work = workJob(lab.engine, merge(run))
      await merging.reached
      await cancelRun(lab.engine, 'a', run.id)
      merging.open()
      expect(await work).toBe('done')
      expect((await lab.run(run.id)).status).toBe('canceled')
      expect(await lab.table('reports')).toEqual([])
      expect(await lab.table('leaderboard_rows')).toEqual([])
    } else {
      await mergeRun(lab.engine, 'a', run.id)
      await expect(cancelRun(lab.engine, 'a', run.id)).rejects.toMatchObject({ failure: { kind: 'conflict' } })
      expect((await lab.run(run.id)).status).toBe('completed')
    }
    const webhooks = (await lab.table<{ kind: string; payload: string }>('outbox')).filter(({ kind }) => kind === 'webhook')
    expect(webhooks.map(({ payload }) => (JSON.parse(payload) as { event: string }).event)).toEqual([
      order === 'cancel first' ? 'eval.run.canceled' : 'eval.run.succeeded',
    ])
  })

  test('cancel and publish at the same instant, five times: exactly one wins and the events agree', async () => {
    await lab.webhookTarget()
    for (let round = 0; round < 5; round++) {
      const run = await lab.start({ items: 2 })
      while (lab.shards.length > 0) await scoreShard(lab.engine, lab.shards.shift()!)
      const [canceled] = await Promise.allSettled([
        cancelRun(lab.engine, 'a', run.id),
        mergeRun(lab.engine, 'a', run.id),
        cancelRun(lab.engine, 'a', run.id).catch(() => {}),
      ])
      const { status, reportDigest } = await lab.run(run.id)
      expect(status).toBe(canceled!.status === 'fulfilled' ? 'canceled' : 'completed')
      expect(reportDigest === null).toBe(status === 'canceled')
      const events = (await lab.table<{ kind: string; payload: string; resource_id: string }>('outbox')).filter(
        ({ kind, resource_id }) => kind === 'webhook' && resource_id === run.id,
      )
      expect(events).toHaveLength(1)
      expect(events[0]!.payload).toContain(status === 'canceled' ? 'canceled' : 'succeeded')
    }
  })

  test('records, faults, dead letters and merges after a cancel change nothing', async () => {
    const run = await lab.start()
    await scoreShard(lab.engine, { tenant: 'a', run: run.id, shard: 0 })
    const claim = (await lab.engine.runs.claimShard({ tenant: 'a', run: run.id, shard: 1 }, 'late', LEASE))!
    await cancelRun(lab.engine, 'a', run.id)
    await cancelRun(lab.engine, 'a', run.id)
    const before = [await lab.table('runs'), await lab.table('shards'), await lab.table('outbox')]
    lab.now += 1000
    const result = { end: claim.end, rows: new Uint8Array(8), evidenceKey: 'x', embeddingsKey: null, tally: NO_COUNTS }
    expect(await lab.engine.runs.recordShard(claim, result)).toBe(false)
    expect(await lab.engine.runs.failShard({ tenant: 'a', run: run.id, shard: 2 }, 'x')).toBe(false)
    expect(await lab.engine.runs.failPendingShards('a', run.id, 'x', 'all')).toBe(0)
    expect(await lab.engine.runs.renewShard(claim, LEASE)).toBe(false)
    expect(await scoreShard(lab.engine, { tenant: 'a', run: run.id, shard: 2 })).toBe('skipped')
    await mergeRun(lab.engine, 'a', run.id)
    expect(await lab.engine.runs.failRun('a', run.id, { code: 'x', message: 'x' })).toBe(false)
    expect([await lab.table('runs'), await lab.table('shards'), await lab.table('outbox')]).toEqual(before)
  })

  test('a report too large for the database fails the run with a reason, at once', async () => {
    const run = await lab.start()
    while (lab.shards.length > 0) await scoreShard(lab.engine, lab.shards.shift()!)
    const { open } = lab.engine.datasets
    lab.engine.datasets = {
      open: async (...args) => {
        const reader = await open(...args)
        const [answerType, questionType] = reader.version.strata
        const long = { name: questionType!.name, values: ['x'.repeat(2_000_000)] }
        return { ...reader, version: { ...reader.version, strata: [answerType!, long] } }
      },
    }
    expect(await workJob(lab.engine, merge(run))).toBe('done')
    expect(await lab.run(run.id)).toMatchObject({ status: 'failed', error: { code: 'report_too_large' } })
    expect(await lab.table('reports')).toEqual([])
  })
})

describe('control jobs', () => {
  test('a message lost before it left is not waited for; one that left is, for a lease', async () => {
    const run = await lab.start({ shards: 6 })
    lab.sendingFails = true
    await expect(scoreShard(lab.engine, { tenant: 'a', run: run.id, shard: 0 })).rejects.toThrow('out of reach')
    expect(await lab.states(run)).toEqual(['recorded'])
    lab.sendingFails = false
    expect((await sweep(lab.engine)).jobsSent).toBe(1)
    // Sent, and lost with the process: no message for a lease's time, then another.
    lab.jobs = []
    lab.now += LEASE - 1
    expect((await sweep(lab.engine)).jobsSent).toBe(0)
    lab.now += 1
    expect((await sweep(lab.engine)).jobsSent).toBe(1)
    expect(lab.jobs).toEqual([merge(run)])
  })

  test.each(['before-merge', 'after-publish'] as const)('a merge that died %s is done once its lease has expired', async (at) => {
    const digest = await calmDigest()
    const run = await lab.start()
    while (lab.shards.length > 0) await scoreShard(lab.engine, lab.shards.shift()!)
    await dieWorking(lab.jobs.shift()!, at)
    expect(await workJob(lab.engine, merge(run))).toBe('skipped')
    lab.now += LEASE
    await sweep(lab.engine)
    await lab.drain()
    expect(await lab.run(run.id)).toMatchObject({ status: 'completed', reportDigest: digest })
    expect(await lab.job(merge(run))).toMatchObject({ state: 'done', claims: 2, attempts: 0 })
  })

  test('a crash is not an attempt at a webhook: only ended attempts count, and none starts before it is due', async () => {
    const target = await lab.webhookTarget()
    const run = await lab.start()
    while (lab.shards.length > 0) await scoreShard(lab.engine, lab.shards.shift()!)
    await mergeRun(lab.engine, 'a', run.id)
    const webhook = `webhook:${run.id}:${target}`
    await dieWorking(webhook, 'before-webhook')
    lab.now += LEASE
    const attempts: number[] = []
    lab.deliver = (job) => {
      attempts.push(job.attempts)
      return { outcome: 'retry', delayMilliseconds: 300_000, error: 'the receiver answered 500' }
    }
    expect(await workJob(lab.engine, webhook)).toBe('postponed')
    // A stray message, and the sweep's next ticks, do not start it until it is due.
    expect(await workJob(lab.engine, webhook)).toBe('skipped')
    lab.jobs = []
    lab.now += 299_999
    await sweep(lab.engine)
    expect(lab.jobs).not.toContain(webhook)
    lab.now += 1
    await sweep(lab.engine)
    expect(lab.jobs).toContain(webhook)
    await workJob(lab.engine, webhook)
    expect(attempts).toEqual([0, 1])
    expect(await lab.job(webhook)).toMatchObject({ state: 'pending', attempts: 2, claims: 3 })
    lab.deliver = () => ({ outcome: 'give_up', error: '410' })
    lab.now += 300_000
    expect(await workJob(lab.engine, webhook)).toBe('given up')
    expect(await lab.job(webhook)).toMatchObject({ state: 'dead', last_error: '410' })
  })

  test('two deliveries of one job at once do it once', async () => {
    const target = await lab.webhookTarget()
    const run = await lab.start()
    while (lab.shards.length > 0) await scoreShard(lab.engine, lab.shards.shift()!)
    await mergeRun(lab.engine, 'a', run.id)
    let delivered = 0
    lab.deliver = () => {
      delivered += 1
      return { outcome: 'done' }
    }
    const webhook = `webhook:${run.id}:${target}`
    await Promise.all([workJob(lab.engine, webhook), workJob(lab.engine, webhook), workJob(lab.engine, webhook)])
    await workJob(lab.engine, webhook)
    expect(delivered).toBe(1)
  })

  test('the KV copy may be made again, and is made after KV was out of reach', async () => {
    const run = await lab.start({ visibility: 'public' })
    const put = lab.engine.reports.putCopy
    lab.engine.reports.putCopy = () => Promise.reject(new Error('KV is out of reach'))
    const { failed } = await lab.drain()
    expect(failed).toEqual([`publish_copy:${run.id}`])
    lab.engine.reports.putCopy = put
    expect(await workJob(lab.engine, failed[0] as string)).toBe('done')
    const { reportDigest } = await lab.run(run.id)
    expect(await testEnv.PUBLISHED.get(`report/${reportDigest}`)).toBe(await lab.engine.reports.body('a', reportDigest!))
  })
})

describe('compaction', () => {
  test('moves rows to one object, deletes what losers left, and may be done again; readers see no difference', async () => {
    const run = await lab.start()
    lab.observe = (item) => {
      if (item.id === 'q3') throw new Error('never')
      return { answer: item.id === 'q0' ? 'wrong 9' : 'right' }
    }
    const { failed } = await lab.drain()
    await failDeadShard(lab.engine, failed[0] as ShardReference)
    await lab.drain()
    const evidence = async (containing?: 'errored') => {
      const parts = []
      for await (const part of composeFetch(testEnv).views.evidence(await lab.run(run.id), 0, containing)) parts.push(part)
      return parts
    }
    const readable = await evidence()
    const before = await recomputeReport(lab.engine, 'a', run.id)
    const orphan = await lab.engine.blobs.putHashed(run, 'evidence', new TextEncoder().encode('a loser'))
    const foreign = await lab.engine.blobs.putHashed({ tenant: 'a', id: `${run.id}0` }, 'evidence', new Uint8Array(1))

    // Not due while an attempt that began before the end could still be alive.
    expect(await workJob(lab.engine, `compact:${run.id}`)).toBe('skipped')
    lab.now += LEASE
    expect(await workJob(lab.engine, `compact:${run.id}`)).toBe('done')
    const compacted = await lab.table<{ rows: unknown }>('shards')
    expect(compacted.map(({ rows }) => rows)).toEqual([null, null, null])
    const keys = await lab.engine.blobs.keysOfRun(run)
    expect(keys).not.toContain(orphan)
    expect(keys).toHaveLength(3)
    expect(await lab.engine.blobs.get(foreign)).toHaveLength(1)

    await compactRun(lab.engine, 'a', run.id)
    expect(await lab.table('shards')).toEqual(compacted)
    expect(await lab.engine.blobs.keysOfRun(run)).toEqual(keys)
    expect(await evidence()).toEqual(readable)
    expect((readable[0] as { samples: SampleEvidence[] }).samples[0]).toMatchObject({ item_id: 'q0', output: 'wrong 9' })
    expect(readable[1]).toMatchObject({
      failed: { first: 2, end: 4, reason: expect.stringContaining('every delivery failed') as string },
    })
    expect(await evidence('errored'), 'a failed shard has no tally').toEqual([readable[1]])
    expect(await recomputeReport(lab.engine, 'a', run.id)).toEqual(before)
    expect(before.agrees).toBe(true)
  })

  test('cut off between its object and the database, it is done again to the same end', async () => {
    const run = await lab.start()
    await lab.drain()
    lab.now += LEASE
    const { compacted } = lab.engine.runs
    lab.engine.runs.compacted = () => Promise.reject(new PowerCut())
    await expect(compactRun(lab.engine, 'a', run.id)).rejects.toThrow(PowerCut)
    expect((await recomputeReport(lab.engine, 'a', run.id)).agrees).toBe(true)
    lab.engine.runs.compacted = compacted
    await compactRun(lab.engine, 'a', run.id)
    expect((await recomputeReport(lab.engine, 'a', run.id)).agrees).toBe(true)
    expect((await lab.engine.blobs.keysOfRun(run)).filter((key) => key.includes('/rows/'))).toHaveLength(1)
  })

  test('two at once: the second, which reads what the first has dropped, loses nothing', async () => {
    const run = await lab.start()
    await lab.drain()
    const { readShards } = lab.engine.runs
    lab.engine.runs.readShards = async (...page) => {
      lab.engine.runs.readShards = readShards
      await compactRun(lab.engine, 'a', run.id)
      return readShards(...page)
    }
    await compactRun(lab.engine, 'a', run.id)
    expect((await recomputeReport(lab.engine, 'a', run.id)).agrees).toBe(true)
    expect((await lab.engine.blobs.keysOfRun(run)).filter((key) => key.includes('/rows/'))).toHaveLength(1)
  })

  test('leaves a run in progress alone', async () => {
    const run = await lab.start()
    await scoreShard(lab.engine, { tenant: 'a', run: run.id, shard: 0 })
    const before = await lab.table('shards')
    await compactRun(lab.engine, 'a', run.id)
    expect(await lab.table('shards')).toEqual(before)
    expect(await lab.engine.blobs.keysOfRun(run)).toHaveLength(1)
  })

  test('a report that was tampered with does not agree', async () => {
    const run = await lab.start()
    await lab.drain()
    await testEnv.DB.prepare(`UPDATE reports SET body = replace(body, '"scored":6', '"scored":5')`).run()
    expect((await recomputeReport(lab.engine, 'a', run.id)).agrees).toBe(false)
  })
})

describe('the sweep', () => {
  test('sends what was committed and never sent, to each run its part of the messages', async () => {
    const runs = []
    for (let run = 0; run < 3; run++) runs.push(await lab.start({ items: 100, shards: 1, send: false }))
    expect((await sweep(lab.engine)).shardsSent).toBe(256)
    for (const { id } of runs) expect([85, 86]).toContain(lab.shards.filter(({ run }) => run === id).length)
    expect((await sweep(lab.engine)).shardsSent).toBe(0)
    await lab.drain()
    for (const { id } of runs) expect((await lab.run(id)).status).toBe('completed')
  })

  test.each(['after-evidence', 'after-record'] as const)(
    'a consumer that died %s: the run ends with the same report',
    async (at) => {
      const digest = await calmDigest()
      const run = await lab.start({ shards: 2 })
      await dieScoring(lab.shards.shift()!, at)
      // The process is gone, and with it every message.
      lab.shards = []
      lab.jobs = []
      for (let tick = 0; tick < 10 && (await lab.run(run.id)).status === 'in_progress'; tick++) {
        lab.now += LEASE / 2
        await sweep(lab.engine)
        await lab.drain()
      }
      expect(await lab.run(run.id)).toMatchObject({ status: 'completed', reportDigest: digest })
    },
  )

  test('a stalled run is sent again with doubling waits, five times, and then fails its pending shards at once', async () => {
    const run = await lab.start()
    // Each was claimed once, by an attempt that released it and vanished.
    for (const shard of [1, 2]) {
      const claim = await lab.engine.runs.claimShard({ tenant: 'a', run: run.id, shard }, `t${shard}`, LEASE)
      await lab.engine.runs.releaseShard(claim!, 'lost')
    }
    await scoreShard(lab.engine, lab.shards.shift()!)
    const start = lab.now
    const resent: number[] = []
    let failedAt = 0
    while (failedAt === 0) {
      lab.shards = []
      lab.now += STALL / 2
      const { runsResent = 0, shardsSent = 0, shardsFailed = 0 } = await sweep(lab.engine)
      if (runsResent > 0) resent.push((lab.now - start) / STALL)
      expect(shardsSent).toBe(2 * runsResent)
      if (shardsFailed > 0) {
        failedAt = (lab.now - start) / STALL
        expect(shardsFailed).toBe(2)
      }
    }
    expect(resent).toEqual([1, 2, 4, 8, 16])
    expect(failedAt).toBe(32)
    await lab.drain()
    const { body } = await recomputeReport(lab.engine, 'a', run.id)
    expect(JSON.parse(body)).toMatchObject({ counts: { planned: 6, scored: 2, errored: 4 } })
  })

  test('an unclaimed shard is sent again without limit, and completes the run once its queue continues', async () => {
    const digest = await calmDigest()
    const run = await lab.start()
    const claim = await lab.engine.runs.claimShard({ tenant: 'a', run: run.id, shard: 0 }, 't', LEASE)
    await lab.engine.runs.releaseShard(claim!, 'lost')
    let resent = 0
    for (let tick = 0; tick < 400; tick++) {
      lab.shards = []
      lab.now += STALL
      const { runsResent = 0, shardsFailed } = await sweep(lab.engine)
      resent += runsResent
      expect(shardsFailed).toBe(tick === 31 ? 1 : 0)
    }
    expect(await lab.states(run)).toEqual(['failed', 'pending', 'pending'])
    // Waits double up to 32 times the first. After the failed one there were as many again, and then one in
    // 32.
    expect(resent).toBeGreaterThanOrEqual(5 + 5 + 10)
    lab.now += 32 * STALL
    await sweep(lab.engine)
    await lab.drain()
    expect(await lab.states(run)).toEqual(['failed', 'recorded', 'recorded'])
    expect((await lab.run(run.id)).reportDigest).not.toBe(digest)
  })

  test('any progress resets the count, and a resent message completes the run', async () => {
    const digest = await calmDigest()
    const run = await lab.start()
    lab.shards = []
    lab.now += STALL
    expect(await sweep(lab.engine)).toMatchObject({ runsResent: 1, shardsSent: 3 })
    await scoreShard(lab.engine, { tenant: 'a', run: run.id, shard: 2 })
    lab.now += STALL - 1
    expect(await sweep(lab.engine)).toMatchObject({ runsResent: 0 })
    lab.now += 1
    expect(await sweep(lab.engine)).toMatchObject({ runsResent: 1, shardsSent: 2 })
    await lab.drain()
    expect((await lab.run(run.id)).reportDigest).toBe(digest)
  })

  test('a run that waits behind another on a busy queue is not given up', async () => {
    const waiting = await lab.start()
    const busy = await lab.start({ items: 8, shards: 1 })
    const start = lab.now
    for (let shard = 0; shard < 8; shard++) {
      lab.now = start + STALL * 2 ** shard
      await lab.engine.runs.claimShard({ tenant: 'a', run: busy.id, shard }, `t${shard}`, LEASE)
      expect(await sweep(lab.engine)).toMatchObject({ runsResent: 1, shardsFailed: 0 })
    }
    expect(await lab.states(waiting)).toEqual(['pending', 'pending', 'pending'])
    // After the other run's end nothing moves any more. These shards were never tried, so nothing counts
    // against them.
    await cancelRun(lab.engine, 'a', busy.id)
    lab.now = start + STALL * 2 ** 8
    expect(await sweep(lab.engine)).toMatchObject({ runsResent: 1, shardsFailed: 0 })
  })

  test('a run whose messages cannot be sent is not counted as stalled', async () => {
    const run = await lab.start({ send: false })
    lab.sendingFails = true
    for (let tick = 0; tick < 50; tick++) {
      lab.now += STALL
      await expect(sweep(lab.engine)).rejects.toThrow('out of reach')
    }
    lab.sendingFails = false
    expect(await sweep(lab.engine)).toMatchObject({ shardsSent: 3, shardsFailed: 0 })
    await lab.drain()
    expect((await lab.run(run.id)).status).toBe('completed')
  })

  test('a shard whose holders keep vanishing is given up after ten attempts, and the run ends', async () => {
    const run = await lab.start()
    for (let attempt = 0; attempt < 10; attempt++) {
      await dieScoring({ tenant: 'a', run: run.id, shard: 1 }, 'after-evidence')
      lab.now += LEASE
      const { shardsFailed } = await sweep(lab.engine)
      expect(shardsFailed).toBe(attempt === 9 ? 1 : 0)
    }
    lab.shards = lab.shards.filter(({ shard }) => shard !== 1)
    lab.shards.push(
      { tenant: 'a', run: run.id, shard: 0 },
      { tenant: 'a', run: run.id, shard: 1 },
      { tenant: 'a', run: run.id, shard: 2 },
    )
    await lab.drain()
    expect(await lab.states(run)).toEqual(['recorded', 'failed', 'recorded'])
    expect((await lab.run(run.id)).status).toBe('completed')
  })

  test('adds a missing merge, and none twice', async () => {
    const run = await lab.start()
    while (lab.shards.length > 0) await scoreShard(lab.engine, lab.shards.shift()!)
    await testEnv.DB.prepare(`DELETE FROM outbox`).run()
    lab.jobs = []
    expect(await sweep(lab.engine)).toMatchObject({ mergesAdded: 1, jobsSent: 1 })
    expect(await sweep(lab.engine)).toMatchObject({ mergesAdded: 0, jobsSent: 0 })
    await lab.drain()
    expect((await lab.run(run.id)).status).toBe('completed')
  })

  test('a failing step does not prevent others, and is reported', async () => {
    const run = await lab.start({ send: false })
    lab.engine.sweeps.releaseExpiredLeases = () => Promise.reject(new Error('out of luck'))
    await expect(sweep(lab.engine)).rejects.toThrow('out of luck')
    expect(lab.shards).toHaveLength(3)
    expect(lab.shards[0]).toEqual({ tenant: 'a', run: run.id, shard: 0 })
  })

  test('two ticks at once change nothing that one would not', async () => {
    const digest = await calmDigest()
    const run = await lab.start({ send: false })
    await Promise.all([sweep(lab.engine), sweep(lab.engine)])
    await lab.drain()
    expect((await lab.run(run.id)).reportDigest).toBe(digest)
  })
})

describe('a process that dies between any two effects', () => {
  /**
   * Effects on the world. Reads need no crash point: a crash around one equals a crash between its
   * neighbours.
   */
  const EFFECTS: Partial<Record<keyof TestEngine, readonly string[]>> = {
    queues: ['sendShards', 'sendJobs'],
    runs: ['markSent', 'claimShard', 'recordShard', 'publish', 'compacted'],
    jobs: ['markJobsSent', 'claimJob', 'finishJob'],
    blobs: ['putHashed', 'delete'],
    reports: ['putCopy'],
  }

  /** An engine that dies before its n-th effect, after which nothing works. */
  function mortal(engine: TestEngine, dies: number): { engine: TestEngine; effects: () => number; died: () => boolean } {
    let effects = 0
    let dead = false
    const step = () => {
      if (dead || ++effects >= dies) {
        dead = true
        throw new PowerCut()
      }
    }
    const guarded = Object.fromEntries(
      (['queues', 'runs', 'jobs', 'blobs', 'reports', 'sweeps'] as const).map((port) => [
        port,
        new Proxy(engine[port] as object, {
          get: (target, name) => {
            const member: unknown = Reflect.get(target, name)
            if (typeof member !== 'function') return member
            const method = member as (...args: unknown[]) => unknown
            return async (...args: unknown[]) => {
              if (EFFECTS[port]?.includes(name as string)) step()
              else if (dead) throw new PowerCut()
              return method.apply(target, args)
            }
          },
        }),
      ]),
    )
    const deliverWebhook: TestEngine['deliverWebhook'] = async (job) => {
      step()
      return engine.deliverWebhook(job)
    }
    return {
      engine: { ...engine, ...(guarded as unknown as TestEngine), deliverWebhook },
      effects: () => effects,
      died: () => dead,
    }
  }

  /** Handles messages and ticks until a run has ended and no job is pending, or the process dies. */
  async function live(engine: TestEngine): Promise<void> {
    for (let tick = 0; tick < 20; tick++) {
      await sweep(engine)
      while (lab.shards.length + lab.jobs.length > 0) {
        const shard = lab.shards.shift()
        if (shard) await scoreShard(engine, shard)
        else await workJob(engine, lab.jobs.shift()!)
      }
      const owed = await testEnv.DB.prepare(`SELECT COUNT(*) AS n FROM outbox WHERE state = 'pending'`).first<number>('n')
      const open = await testEnv.DB.prepare(`SELECT COUNT(*) AS n FROM runs WHERE status = 'in_progress'`).first<number>('n')
      if (owed === 0 && open === 0) return
      lab.now += LEASE
    }
    throw new Error('the run does not come to its end')
  }

  test('a later one finishes with the same report, all notifications sent, and nothing left over', async () => {
    await lab.webhookTarget()
    const wish = { items: 2, shards: 1, send: false, visibility: 'public' } as const
    let told = 0
    lab.deliver = () => {
      told += 1
      return { outcome: 'done' }
    }
    const undisturbed = await lab.start(wish)
    const whole = mortal(lab.engine, Infinity)
    await live(whole.engine)
    const { reportDigest } = await lab.run(undisturbed.id)
    expect(reportDigest).not.toBeNull()
    expect(whole.effects()).toBeGreaterThanOrEqual(25)

    for (let dies = 1; dies <= whole.effects(); dies++) {
      const run = await lab.start(wish)
      told = 0
      const process = mortal(lab.engine, dies)
      await expect(live(process.engine), `effect ${dies}`).rejects.toThrow()
      expect(process.died()).toBe(true)
      // The contents of the queues died with the process.
      lab.shards = []
      lab.jobs = []
      lab.now += 2 * STALL
      await live(lab.engine)

      expect(await lab.run(run.id), `effect ${dies}`).toMatchObject({ status: 'completed', reportDigest })
      expect(told, `effect ${dies}`).toBeGreaterThanOrEqual(1)
      expect(told, `effect ${dies}`).toBeLessThanOrEqual(2)
      expect(await testEnv.PUBLISHED.get(`report/${reportDigest}`)).not.toBeNull()
      const named = await lab.engine.runs.referencedKeys('a', run.id)
      expect(new Set(await lab.engine.blobs.keysOfRun(run)), `effect ${dies}`).toEqual(named)
      expect((await recomputeReport(lab.engine, 'a', run.id)).agrees).toBe(true)
      const jobs = (await lab.table<{ resource_id: string; state: string }>('outbox')).filter(
        ({ resource_id }) => resource_id === run.id,
      )
      expect(jobs.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done', 'done'])
      await testEnv.PUBLISHED.delete(`report/${reportDigest}`)
    }
  })
})

describe('tenants', () => {
  test('the same ids in two tenants never touch each other', async () => {
    const mine = await lab.start({ tenant: 'a' })
    const before = [await lab.table('runs'), await lab.table('shards'), await lab.table('outbox')]
    const { runs } = lab.engine
    expect(await runs.findRun('b', mine.id)).toBeNull()
    expect(await runs.unsentShards('b', mine.id, 10)).toEqual([])
    await runs.markSent('b', mine.id, [0, 1, 2])
    expect(await runs.readShards('b', mine.id, 0, 100)).toEqual([])
    expect(await runs.cancel('b', mine.id)).toBe(false)
    expect(await runs.failRun('b', mine.id, { code: 'x', message: 'x' })).toBe(false)
    expect(await runs.failPendingShards('b', mine.id, 'x', 'all')).toBe(0)
    expect((await runs.referencedKeys('b', mine.id)).size).toBe(0)
    await runs.compacted('b', mine.id, 'key')
    await lab.engine.sweeps.markForResend('b', mine.id)
    expect(await lab.engine.jobs.unsentJobsOf('b', mine.id)).toEqual([])
    await expect(cancelRun(lab.engine, 'b', mine.id)).rejects.toMatchObject({ failure: { kind: 'not_found' } })
    await expect(recomputeReport(lab.engine, 'b', mine.id)).rejects.toMatchObject({ failure: { kind: 'not_found' } })
    const published = {
      reportDigest: 'd',
      reportBody: '{}',
      leaderboard: [],
      manifest: { body: '{}', signature: null },
      gate: null,
      ranks: null,
    }
    expect(await runs.publish({ ...mine, tenant: 'b' }, published)).toBe(false)
    expect([await lab.table('runs'), await lab.table('shards'), await lab.table('outbox')]).toEqual(before)
    await lab.drain()
    expect((await lab.run(mine.id)).status).toBe('completed')
    await mergeRun(lab.engine, 'b', mine.id)
    await compactRun(lab.engine, 'b', mine.id)
    expect(await lab.engine.reports.body('b', (await lab.run(mine.id)).reportDigest!)).toBeNull()
  })
})
