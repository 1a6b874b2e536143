/**
 * Deletion of a run: refused while it is in progress or public, and its objects go after its rows.
 */
import { expect, test } from 'vitest'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { deleteRun } from '../../../src/runs/delete-run.ts'

const run = { tenant: 't', id: 'evalrun_1', status: 'completed', visibility: 'private', reportDigest: 'd' } as RunRecord

const world = (deletes = true) => {
  const steps: string[] = []
  return {
    steps,
    runs: { deleteRun: async () => (steps.push('rows'), deletes) },
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
  ['in progress', { status: 'in_progress' as const }, true, 'cancel it first'],
  ['public', { visibility: 'public' as const }, true, 'make it private first'],
  ['changed meanwhile', {}, false, 'changed meanwhile'],
])('a run that is %s keeps its objects', async (_what, change, deletes, reason) => {
  const { steps, ...dependencies } = world(deletes)
  await expect(deleteRun(dependencies, { ...run, ...change })).rejects.toThrow(reason)
  expect(steps.filter((step) => step.startsWith('objects'))).toEqual([])
})
