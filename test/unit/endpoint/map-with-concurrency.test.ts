import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { mapWithConcurrency } from '../../../src/inference/endpoint/map-with-concurrency.ts'

test('results are in item order, however they finish', async () => {
  const delays = [5, 1, 4, 0, 3, 2]
  const finished: number[] = []
  const results = await mapWithConcurrency(delays, 6, async (delay, index) => {
    for (let i = 0; i < delay; i++) await turn()
    finished.push(index)
    return `${index}:${delay}`
  })
  expect(results).toEqual(['0:5', '1:1', '2:4', '3:0', '4:3', '5:2'])
  expect(finished).not.toEqual([0, 1, 2, 3, 4, 5])
})

test.each([1, 3, 10])('never more than %i under way, and always that many while work is left', async (limit) => {
  let underWay = 0
  let most = 0
  await mapWithConcurrency(Array.from({ length: 7 }), limit, async () => {
    most = Math.max(most, ++underWay)
    await turn()
    underWay--
  })
  expect(most).toBe(Math.min(limit, 7))
})

test('after a failure nothing starts, what is under way ends first, and the first failure is thrown', async () => {
  const log: string[] = []
  const run = mapWithConcurrency([0, 1, 2, 3, 4], 2, async (item) => {
    log.push(`start ${item}`)
    if (item === 1) throw new Error('first')
    for (let i = 0; i < 3; i++) await turn()
    log.push(`end ${item}`)
    if (item === 0) throw new Error('second')
  })
  await expect(run).rejects.toThrow('first')
  expect(log).toEqual(['start 0', 'start 1', 'end 0'])
})

test('nothing to do', async () => {
  expect(await mapWithConcurrency([], 4, async () => 1)).toEqual([])
})
