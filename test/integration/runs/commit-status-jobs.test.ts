/**
 * Jobs that send a run's state to a commit: written with the run and with its end, once each, and only for a
 * delivery that names a commit.
 */
import { expect, test } from 'vitest'
import type { CommitStatus } from '../../../src/contracts/trigger.ts'
import { fanOut } from '../../../src/runs/fan-out.ts'
import { layOut } from '../../../src/runs/plan.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'
import { SqliteEngine } from './sqlite-engine.ts'

const commitStatus: CommitStatus = {
  repository: 'me/mine',
  sha: 'a'.repeat(40),
  context: 'assay',
  secret_name: 'ENDPOINT_SECRET_X',
  api_url: 'https://api.github.com',
}

async function started(status: CommitStatus | null) {
  const world = new SqliteEngine(await pureRun({ seed: 5, task: 'vqa', items: 8, criteria: [VQA] }))
  const run = { ...world.pure.run, id: 'evalrun_1' }
  const delivery = { triggerId: 'trig', deliveryKey: 'key', depth: 1, commitStatus: status }
  const create = (id: string) => world.engine.runs.createRun({ ...run, id }, layOut(run.spec.selection.count, 4), { delivery })
  expect(await create(run.id)).toEqual({ created: true, runId: run.id })
  await fanOut(world.engine, run.queue)
  const jobs = () =>
    world.rows<{ job_id: string; payload: string }>(
      `SELECT job_id, payload FROM outbox WHERE kind = 'commit_status' ORDER BY job_id DESC`,
    )
  return { world, jobs, repeat: () => create('evalrun_2') }
}

test('one when the run starts, one when it ends, with the commit; none for a repeat', async () => {
  const { world, jobs, repeat } = await started(commitStatus)
  expect(jobs().map(({ job_id: id }) => id)).toEqual(['commit_status:evalrun_1:pending'])
  expect(await repeat()).toEqual({ created: false, runId: 'evalrun_1' })
  await world.drain()
  expect((await world.run('evalrun_1')).status).toBe('completed')
  expect(jobs().map(({ job_id: id }) => id)).toEqual(['commit_status:evalrun_1:pending', 'commit_status:evalrun_1:ended'])
  expect(JSON.parse(jobs()[1]!.payload)).toEqual(commitStatus)
})

test('one when it is canceled', async () => {
  const { world, jobs } = await started(commitStatus)
  await world.engine.runs.cancel('t', 'evalrun_1')
  expect(jobs().map(({ job_id: id }) => id)).toEqual(['commit_status:evalrun_1:pending', 'commit_status:evalrun_1:ended'])
})

test('none for a delivery without a commit', async () => {
  const { world, jobs } = await started(null)
  await world.drain()
  expect(jobs()).toEqual([])
})
