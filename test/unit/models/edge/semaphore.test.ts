import { describe, expect, test } from 'vitest'
import { createSemaphore } from '../../../../src/models/edge/semaphore.ts'

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('a gate', () => {
  test('never lets more in than fits, lets all in at last, and passes on how each ended', async () => {
    const gate = createSemaphore({ capacity: 10 })
    let inside = 0
    let most = 0
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) =>
        gate(1 + (n % 7), async () => {
          inside += 1 + (n % 7)
          most = Math.max(most, inside)
          await pause(n % 3)
          inside -= 1 + (n % 7)
          if (n % 5 === 0) throw new Error(`no ${n}`)
          return n
        }),
      ),
    )
    expect(most).toBeLessThanOrEqual(10)
    expect(most).toBeGreaterThan(7)
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as Error).message))).toEqual(
      Array.from({ length: 30 }, (_, n) => (n % 5 === 0 ? `no ${n}` : n)),
    )
  })

  test('first come, first served: small ones do not overtake a large one for ever', async () => {
    const gate = createSemaphore({ capacity: 4 })
    const order: string[] = []
    const enter = (name: string, weight: number): Promise<void> =>
      gate(weight, async () => {
        order.push(name)
        await pause(2)
      })
    await Promise.all([enter('a', 1), enter('large', 4), enter('b', 1), enter('c', 1)])
    expect(order).toEqual(['a', 'large', 'b', 'c'])
  })

  test('free capacity is entered at once, and a task above the capacity enters alone', async () => {
    const gate = createSemaphore({ capacity: 4 })
    let passed = false
    const work = gate(9, async () => void (passed = true))
    expect(passed).toBe(true)
    await work
  })

  test('a task that died inside is skipped; if it was alive after all, its successor loses nothing', async () => {
    const clock = { time: 0 }
    const gate = createSemaphore({ capacity: 1, expiryMilliseconds: 20, now: () => clock.time })
    let revive = (): void => undefined
    const first = gate(1, () => new Promise<void>((resolve) => (revive = resolve)))
    const order: string[] = []
    const second = gate(1, async () => {
      order.push('second in')
      revive()
      await first
      await pause(10)
      order.push('second out')
    })
    const third = gate(1, async () => void order.push('third in'))
    await pause(10)
    expect(order).toEqual([])
    clock.time = 21
    await Promise.all([second, third])
    expect(order).toEqual(['second in', 'second out', 'third in'])
  })

  test('a waiter that is gone delays no other', async () => {
    const clock = { time: 0 }
    const gate = createSemaphore({ capacity: 1, now: () => clock.time })
    let leave = (): void => undefined
    const first = gate(1, () => new Promise<void>((resolve) => (leave = resolve)))
    // A cancelled request's timers never fire again.
    const realTimeout = globalThis.setTimeout
    globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout
    void gate(1, async () => undefined)
    globalThis.setTimeout = realTimeout
    const third = gate(1, async () => 'third')
    clock.time = 2000
    leave()
    await first
    expect(await third).toBe('third')
  })

  test('a task that died while the clock was ahead is not waited for until the clock has caught up', async () => {
    const clock = { time: 1_000_000 }
    const gate = createSemaphore({ capacity: 1, expiryMilliseconds: 20, now: () => clock.time })
    void gate(1, () => new Promise(() => {}))
    clock.time -= 500_000
    expect(await gate(1, async () => 'in')).toBe('in')
  })

  test('work that began is kept alive', async () => {
    const kept: Promise<unknown>[] = []
    const gate = createSemaphore({ capacity: 1, keepAlive: (work) => void kept.push(work) })
    await gate(1, () => Promise.reject(new Error('no'))).catch(() => undefined)
    expect(await Promise.all(kept)).toEqual([undefined])
  })
})
