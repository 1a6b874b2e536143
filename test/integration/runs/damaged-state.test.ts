/** A run with damaged state ends at once with the reason, and loses no more than necessary. */
import { describe, expect, test, vi } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import { recomputeReport } from '../../../src/runs/recompute.ts'
import { scoreShard } from '../../../src/runs/score-shard.ts'
import { SqliteEngine } from './sqlite-engine.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'

vi.spyOn(console, 'error').mockImplementation(() => {})
const pure = await pureRun({ seed: 6, task: 'vqa', items: 12, criteria: [VQA] })
const damage = (object: string) =>
  new Fault({ kind: 'damaged', object, detail: `object ${object} is damaged: block 1 does not match` })

describe('a run over damaged state', () => {
  test('fails the shard whose items are damaged, at its first attempt, and scores the others', async () => {
    const lab = new SqliteEngine(pure)
    const { open } = lab.engine.datasets
    const attempts: number[] = []
    lab.engine.datasets = {
      open: async (...of) => {
        const reader = await open(...of)
        return {
          ...reader,
          items: (first, end) => {
            attempts.push(first)
            return first === 4 ? Promise.reject(damage('items.jsonl')) : reader.items(first, end)
          },
        }
      },
    }
    const { id } = await lab.start({ maxErrored: 0.5 })
    expect(await lab.drain()).toEqual([])
    expect(attempts).toEqual([0, 4, 8])
    expect(lab.rows(`SELECT state, error FROM shards ORDER BY shard`)).toEqual([
      { state: 'recorded', error: null },
      { state: 'failed', error: 'object items.jsonl is damaged: block 1 does not match' },
      { state: 'recorded', error: null },
    ])
    const run = await lab.run(id)
    expect(run).toMatchObject({ status: 'completed' })
    expect(await recomputeReport(lab.engine, 't', id)).toMatchObject({ agrees: true })
  })

  test('fails when nothing can be folded, naming the object, after one attempt', async () => {
    const lab = new SqliteEngine(pure)
    const { id } = await lab.start()
    const { open } = lab.engine.datasets
    let folds = 0
    while (lab.shards.length > 0) await scoreShard(lab.engine, lab.shards.shift()!)
    lab.engine.datasets = {
      open: async (...of) => ({
        ...(await open(...of)),
        columns: async () => {
          folds += 1
          throw damage('columns.bin')
        },
      }),
    }
    expect(await lab.drain()).toEqual([])
    expect(folds).toBe(1)
    expect(await lab.run(id)).toMatchObject({
      status: 'failed',
      error: { code: 'merge_failed', message: 'object columns.bin is damaged: block 1 does not match' },
    })
    expect(lab.rows(`SELECT payload ->> 'event' AS event FROM outbox WHERE kind = 'webhook'`)).toEqual([
      { event: 'eval.run.failed' },
    ])
  })
})
