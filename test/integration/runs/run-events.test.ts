/** Events of a run, and their stream: complete, in order, once each, however often the connection drops. */
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { runEventData, type RunEventType } from '../../../src/contracts/run-events.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { eventStream } from '../../../src/http/routes/run-events/stream.ts'
import { scoreShard } from '../../../src/runs/score-shard.ts'
import { prune } from '../../../src/storage/pruning.ts'
import { withoutReplacementBounds } from '../../../src/statistics/without-replacement.ts'
import { SqliteEngine } from './sqlite-engine.ts'
import { pureRun, RETRIEVAL, VQA } from '../../support/pure-run.ts'
import { cases } from '../../support/cases.ts'

const pure = await pureRun({ seed: 9, task: 'vqa', items: 40, criteria: [VQA], errored: new Set([3]) })

afterEach(() => void vi.restoreAllMocks())

interface Message {
  readonly id: number
  readonly event: RunEventType
  readonly data: Record<string, unknown>
}

/** As a client reads it. A last message without its empty line is incomplete, and dropped. */
function messagesOf(text: string): Message[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .filter((block) => block.startsWith('id:'))
    .map((block) => {
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]))
      const data = JSON.parse(fields.get('data')!) as Record<string, unknown>
      return { id: Number(fields.get('id')), event: fields.get('event') as RunEventType, data }
    })
}

/** Reads until the stream ends, or `bytes` were read. @param onSleep - what happens in the world meanwhile */
async function read(
  lab: SqliteEngine,
  run: RunRecord,
  last: number,
  onSleep: () => Promise<void>,
  bytes = Infinity,
  mayRead = async () => true,
) {
  const sleep = async (milliseconds: number) => {
    lab.now += milliseconds
    await onSleep()
  }
  const reader = eventStream({ ...lab.engine, sleep, mayRead }, run, last).getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done || text.length >= bytes) break
    text += new TextDecoder().decode(value)
  }
  await reader.cancel()
  return text.slice(0, bytes)
}

/** One shard, then one job, per call. */
const stepOf = (lab: SqliteEngine) => async () => {
  const shard = lab.shards.shift()
  if (shard) await scoreShard(lab.engine, shard)
  else await lab.drain()
}

describe('the events of a run', () => {
  test('say when it started, how far it is, what it is worth so far, and how it ended', async () => {
    const lab = new SqliteEngine(pure)
    const run = await lab.start({ shardSize: 10 })
    const messages = messagesOf(await read(lab, run, 0, stepOf(lab)))
    expect(messages.map(({ id }) => id)).toEqual(messages.map((_, index) => index + 1))
    expect(messages.map(({ event }) => event)).toEqual([
      'run.started',
      'run.progress',
      'run.progress',
      'run.values',
      'run.progress',
      'run.values',
      'run.progress',
      'run.values',
      'run.ended',
    ])
    for (const { event, data } of messages)
      expect(runEventData[event].strict().safeParse(withoutHead(data)).error).toBeUndefined()
    const { reportDigest, id } = await lab.run(run.id)
    const progress = (await lab.engine.runs.findRun('t', id))!
    expect(messages.at(-1)!.data).toMatchObject({
      type: 'run.ended',
      sequence_number: 9,
      status: 'completed',
      report_digest: reportDigest,
      error: null,
      result_counts: { total: progress.spec.selection.count, errored: 1 },
      shards: { total: 4, recorded: 4, failed: 0, skipped: 0 },
    })
  })

  test('have values with the confidence sequence of the first items in hash order', async () => {
    const lab = new SqliteEngine(pure)
    const run = await lab.start({ shardSize: 10 })
    const messages = messagesOf(await read(lab, run, 0, stepOf(lab)))
    const first = messages.find(({ event }) => event === 'run.values')
    const { report } = await reportOf(lab, run.id)
    expect(first!.data).toMatchObject({ items: 20, of: 40, values: [{ criterion: 'accuracy', n: 19, errored: 1, unscored: 0 }] })
    const [value] = first!.data['values'] as { value: number; low: number; high: number; metric: string }[]
    const rows = lab.rows<{ score: number }>(`SELECT 1 AS score`)
    expect(rows).toHaveLength(1)
    expect(value!.metric).toBe(report.criteria[0]!.primary_metric)
    const last = messages.findLast(({ event }) => event === 'run.values')!.data
    const [whole] = last['values'] as { value: number; low: number; high: number }[]
    expect(last['items']).toBe(40)
    // With every item known, only the errored one is uncertain.
    expect(whole!.value).toBe(report.criteria[0]!.metrics[0]!.value)
    expect(whole!.high - whole!.low).toBeCloseTo(1 / 40, 12)
    expect(value!.low).toBeLessThanOrEqual(value!.value)
    expect(value!.high - value!.low).toBeGreaterThan(whole!.high - whole!.low)
    expect(withoutReplacementBounds({ values: [], populationSize: 40, range: [0, 1] }, 0.95)).toEqual({ low: 0, high: 1 })
  })

  test('of a canceled run end with it; of a metric over all items there are no values', async () => {
    const canceled = new SqliteEngine(pure)
    const one = await canceled.start({ shardSize: 10 })
    await stepOf(canceled)()
    await canceled.engine.runs.cancel('t', one.id)
    await canceled.engine.runs.cancel('t', one.id)
    expect(messagesOf(await read(canceled, one, 0, async () => {})).map(({ event }) => event)).toEqual([
      'run.started',
      'run.progress',
      'run.ended',
    ])
    const gallery = new SqliteEngine(await pureRun({ seed: 9, task: 'retrieval', items: 40, criteria: [RETRIEVAL] }))
    const two = await gallery.start({ shardSize: 20 })
    const events = messagesOf(await read(gallery, two, 0, stepOf(gallery)))
    expect(events.map(({ event }) => event)).toEqual(['run.started', 'run.progress', 'run.progress', 'run.ended'])
    // Only the merge knows which items pass.
    const { passed, failed } = events.at(-1)!.data['result_counts'] as { passed: number; failed: number }
    expect(passed + failed).toBe(40)
  })

  test('end within five seconds once the key is revoked, before anything newer is told', async () => {
    const lab = new SqliteEngine(pure)
    const run = await lab.start({ shardSize: 1 })
    let seconds = 0
    const [revokedAt, started] = [7, lab.now]
    const step = stepOf(lab)
    const messages = messagesOf(
      await read(
        lab,
        run,
        0,
        async () => {
          seconds++
          await step()
        },
        Infinity,
        async () => seconds < revokedAt,
      ),
    )
    expect(lab.now - started).toBe(10_000)
    expect(messages.at(-1)!.event).not.toBe('run.ended')
    expect(messages.every(({ data }) => Number(data['created_at']) * 1000 < started + 10_000)).toBe(true)
  })

  test('have log lines for shards that are tried again, and for those that fail', async () => {
    const lab = new SqliteEngine(pure)
    const run = await lab.start({ shardSize: 20 })
    const put = vi.spyOn(lab.engine.blobs, 'putHashed').mockRejectedValueOnce(new Error('the store is away'))
    const [shard] = lab.shards
    await scoreShard(lab.engine, shard!).catch(() => {})
    put.mockRestore()
    await lab.engine.runs.failShard({ tenant: 't', run: run.id, shard: 1 }, 'its deliveries are used up')
    const logs = messagesOf(await read(lab, run, 0, stepOf(lab))).filter(({ event }) => event === 'run.log')
    expect(logs.map(({ data }) => [data['level'], data['message']])).toEqual([
      ['warning', 'shard 0 is tried again: Error: the store is away'],
      ['error', '1 shards failed: its deliveries are used up'],
    ])
  })

  test('are deleted a week after, but for the last; those of a run in progress stay', async () => {
    const lab = new SqliteEngine(pure)
    const ended = await lab.start({ shardSize: 10 })
    await lab.drain()
    const open = await lab.start({ shardSize: 10 })
    lab.now += 8 * 24 * 3_600_000
    await prune(lab.db, { now: () => lab.now }, 100)
    const left = (id: string) => lab.engine.events.after('t', id, 0, 100).then((events) => events.map(({ type }) => type))
    expect(await left(ended.id)).toEqual(['run.ended'])
    expect(await left(open.id)).toEqual(['run.started'])
  })
})

describe('a stream of events', () => {
  test('that drops at any byte and is resumed loses and repeats nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 12 }), async (drops) => {
        const lab = new SqliteEngine(pure)
        const run = await lab.start({ shardSize: 5 })
        const step = stepOf(lab)
        const seen: Message[] = []
        for (const bytes of [...drops, Infinity]) {
          const got = messagesOf(await read(lab, run, seen.at(-1)?.id ?? 0, step, bytes))
          seen.push(...got)
          if (seen.at(-1)?.event === 'run.ended') break
        }
        expect(seen.at(-1)!.event).toBe('run.ended')
        const stored = await lab.engine.events.after('t', run.id, 0, 1000)
        expect(seen.map(({ id, event }) => [id, event])).toEqual(stored.map(({ seq, type }) => [seq, type]))
        expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_, index) => index + 1))
      }),
      { numRuns: cases(12) },
    )
  })

  test('of two watchers has the same events, values once', async () => {
    const lab = new SqliteEngine(pure)
    const run = await lab.start({ shardSize: 5 })
    const first = messagesOf(await read(lab, run, 0, stepOf(lab)))
    expect(messagesOf(await read(lab, run, 0, async () => {}))).toEqual(first)
    const open = await lab.start({ shardSize: 5 })
    const { events } = lab.engine
    await Promise.all([16, 16, 20, 16].map((items) => events.addValues('t', open.id, items, JSON.stringify({ items }))))
    const stored = await events.after('t', open.id, 0, 9)
    expect(stored.map(({ seq, data }) => [seq, (JSON.parse(data) as { items?: number }).items])).toEqual([
      [1, undefined],
      [2, 16],
      [3, 20],
    ])
  })

  test('lives two minutes, with signs of life, and then ends for a reconnection', async () => {
    const lab = new SqliteEngine(pure)
    const run = await lab.start()
    const begun = lab.now
    const text = await read(lab, run, 0, async () => {})
    expect(lab.now - begun).toBe(120_000)
    expect(text.match(/^: still here$/gm)).toHaveLength(7)
    expect(text.startsWith('retry: 1000\n\n')).toBe(true)
  })

  test('goes on without values if they cannot be computed', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const lab = new SqliteEngine(pure)
    const run = await lab.start({ shardSize: 20 })
    lab.engine.datasets = { open: lab.engine.datasets.open }
    const step = stepOf(lab)
    const broken = { ...lab.engine.runs, firstOpenOrdinal: () => Promise.reject(new Error('D1 is away')) }
    const sleep = async () => step()
    const reader = eventStream({ ...lab.engine, runs: broken, sleep, mayRead: async () => true }, run, 0).getReader()
    let text = ''
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += new TextDecoder().decode(part.value)
    expect(messagesOf(text).map(({ event }) => event)).toEqual(['run.started', 'run.progress', 'run.progress', 'run.ended'])
  })
})

/** Without the members that every event has. */
function withoutHead({ type: _type, sequence_number: _seq, created_at: _at, ...data }: Record<string, unknown>) {
  return data
}

async function reportOf(lab: SqliteEngine, id: string) {
  const { reportDigest } = await lab.run(id)
  const body = (await lab.engine.reports.body('t', reportDigest!))!
  return {
    report: JSON.parse(body) as { criteria: { primary_metric: string; metrics: { value: number }[] }[] },
  }
}
