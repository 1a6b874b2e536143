/**
 * Deletion of a run: refused while it is in progress or public, and its objects go after its rows.
 */
import { expect, test } from 'vitest'
import type { Submission } from '../../../src/contracts/model.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { deleteRun } from '../../../src/runs/delete-run.ts'

const run = { tenant: 't', id: 'evalrun_1', status: 'completed', visibility: 'private', reportDigest: 'd' } as RunRecord

const world = (deletes = true, underWay = 0) => {
  const steps: string[] = []
  return {
    steps,
    runs: {
      deleteRun: async () => (steps.push('rows'), deletes),
      openSubmissions: async () => Array.from({ length: underWay }, () => ({ first: 0, end: 1, submission: {} as Submission })),
    },
    blobs: {
      keysOfRun: async () => ['a', 'b'],
      delete: async (keys: readonly string[]) => void steps.push(`objects ${keys.join(' ')}`),
    },
  }
}

test('rows go first, then objects', async () => {
  const { steps, ...dependencies } = world()
  await deleteRun(dependencies, run)
  expect(steps).toEqual(['rows', 'objects a b'])
})

test.each([
  ['in progress', { status: 'in_progress' as const }, true, 0, 'cancel it first'],
  ['public', { visibility: 'public' as const }, true, 0, 'make it private first'],
  ['changed meanwhile', {}, false, 0, 'changed meanwhile'],
  ['at an endpoint still', {}, true, 2, '2 batches or jobs of it are being stopped'],
])('a run that is %s keeps its objects', async (_what, change, deletes, underWay, reason) => {
  const { steps, ...dependencies } = world(deletes, underWay)
  await expect(deleteRun(dependencies, { ...run, ...change })).rejects.toThrow(reason)
  expect(steps.filter((step) => step.startsWith('objects'))).toEqual([])
})
