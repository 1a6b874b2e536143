import { expect, test } from 'vitest'
import { taskRegistry } from '../../../../src/tasks/registry.ts'

test('a results file of COIN that names videos outside the dataset is refused, not read in part', () => {
  const { readResults } = taskRegistry.format('coin')
  const proposals = (video: string) => [video, [{ label: '1', score: 0.5, segment: [0, 1] }]]
  const file = (...videos: string[]) => JSON.stringify({ results: Object.fromEntries(videos.map(proposals)) })
  expect([...readResults!(file('a'), ['a', 'b'], {}).keys()]).toEqual(['a', 'b'])
  expect(() => readResults!(file('a', 'x', 'y'), ['a', 'b'], {})).toThrow(
    '/results: has proposals for 2 videos that the dataset does not hold: x, y; leave them out',
  )
})
