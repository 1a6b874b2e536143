import { describe, expect, test } from 'vitest'
import { keptValue } from '../../../../src/models/edge/memoize.ts'

describe('keptValue', () => {
  test('no caller waits for one that never returns', async () => {
    let attempt = 0
    const get = keptValue(() => (++attempt === 1 ? new Promise<number>(() => undefined) : Promise.resolve(attempt)))
    void get()
    expect(await get()).toBe(2)
    expect(await get()).toBe(2)
    expect(attempt).toBe(2)
  })

  test('a failure is not kept', async () => {
    let attempt = 0
    const get = keptValue(async () => {
      if (++attempt === 1) throw new Error('first')
      return undefined
    })
    await expect(get()).rejects.toThrow('first')
    await get()
    await get()
    expect(attempt).toBe(2)
  })
})
