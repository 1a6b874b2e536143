/**
 * Memory of added models: one load at a time, the least recently used is evicted first, never more than the
 * capacity.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSemaphore } from '../../../../src/models/edge/semaphore.ts'
import { createResourceCache } from '../../../../src/models/edge/resource-cache.ts'

test('a thing is loaded once for all who ask at once', async () => {
  const room = createResourceCache(100, createSemaphore({ capacity: 1 }))
  let loads = 0
  const load = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return ++loads
  }
  expect(await Promise.all(Array.from({ length: 8 }, () => room.use('a', 10, load)))).toEqual(Array(8).fill(1))
})

test('a load that fails is tried again by the next', async () => {
  const room = createResourceCache(100, createSemaphore({ capacity: 1 }))
  await expect(room.use('a', 10, () => Promise.reject(new Error('storage')))).rejects.toThrow('storage')
  expect(room.heldBytes()).toBe(0)
  expect(await room.use('a', 10, async () => 'there')).toBe('there')
})

test('whatever is asked for, the rest goes in the order of use, and each is dropped once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 40 }), async (asked) => {
      const capacity = 30
      const room = createResourceCache(capacity, createSemaphore({ capacity: 1 }))
      const sizeOf = (key: number): number => 5 + 4 * key
      const alive: number[] = []
      for (const key of asked) {
        const load = async (): Promise<number> => {
          expect(alive).not.toContain(key)
          expect(alive.reduce((sum, each) => sum + sizeOf(each), sizeOf(key))).toBeLessThanOrEqual(capacity)
          alive.push(key)
          return key
        }
        const drop = async (thing: number): Promise<void> => {
          expect(alive[0]).toBe(thing)
          alive.shift()
        }
        expect(await room.use(String(key), sizeOf(key), load, drop)).toBe(key)
        // Used last.
        alive.push(...alive.splice(alive.indexOf(key), 1))
        expect(room.heldBytes()).toBe(alive.reduce((sum, each) => sum + sizeOf(each), 0))
      }
    }),
  )
})
