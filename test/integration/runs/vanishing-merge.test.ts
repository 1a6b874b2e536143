/**
 * A merge that ends its isolate at every start is eventually given up; one that fails with an error is tried
 * as often as before.
 */
import { expect, test, vi } from 'vitest'
import { sweep, workJob } from '../../support/run-engine.ts'
import { LEASE, SqliteEngine } from './sqlite-engine.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'

async function scored() {
  const lab = new SqliteEngine(await pureRun({ seed: 5, task: 'vqa', items: 8, criteria: [VQA] }))
  const { id } = await lab.start()
  const begun: string[] = []
  /** Called when the merge begins. */
  const state = { merge: (): Promise<void> => Promise.resolve() }
  lab.engine.failpoint = async (name) => {
    if (name !== 'before-merge') return
    begun.push(name)
    await state.merge()
  }
  const merge = `merge:${id}`
  /** Starts due jobs, a lease later. */
  const next = async () => {
    lab.now += LEASE
    await sweep(lab.engine)
    lab.jobs.length = 0
    return workJob(lab.engine, merge)
  }
  return { lab, id, begun, state, merge, next }
}

test('a merge that vanishes five times has failed its run, with a reason', async () => {
  const { lab, id, begun, state, next } = await scored()
  state.merge = () => new Promise(() => {})
  // Never settles, like a vanished isolate.
  void lab.drain()
  await vi.waitFor(() => expect(begun).toHaveLength(1))
  for (let start = 2; start <= 5; start++) {
    void next()
    await vi.waitFor(() => expect(begun).toHaveLength(start))
  }
  expect(await next()).toBe('given up')
  expect(begun).toHaveLength(5)
  expect(await lab.run(id)).toMatchObject({ status: 'failed', error: { code: 'merge_failed' } })
  expect((await lab.run(id)).error!.message).toContain('ended 5 isolates without a word')
})

test('one that throws has not vanished: the sixth start may succeed', async () => {
  const { lab, id, begun, state, merge, next } = await scored()
  state.merge = () => Promise.reject(new Error('storage is out of reach'))
  await lab.drain()
  for (let start = 2; start <= 6; start++) await expect(next()).rejects.toThrow('out of reach')
  expect(begun).toHaveLength(6)
  expect(lab.rows(`SELECT claims, attempts FROM outbox WHERE job_id = '${merge}'`)).toEqual([{ claims: 6, attempts: 6 }])
  state.merge = () => Promise.resolve()
  expect(await next()).toBe('done')
  expect((await lab.run(id)).status).toBe('completed')
})
