import { describe, expect, test, vi } from 'vitest'
import { keptValue, sharedPromise } from '../../../../src/models/edge/memoize.ts'

describe('sharedPromise', () => {
  test('one make for callers at once and later', async () => {
    const make = vi.fn(async () => ({}))
    const get = sharedPromise(make)
    const [a, b] = await Promise.all([get(), get()])
    expect(a).toBe(b)
    expect(await get()).toBe(a)
    expect(make).toHaveBeenCalledTimes(1)
  })

  test('a failure is not kept', async () => {
    let attempt = 0
    const get = sharedPromise(async () => {
      if (++attempt === 1) throw new Error('first')
      return attempt
    })
    await expect(get()).rejects.toThrow('first')
    expect(await get()).toBe(2)
  })
})

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
