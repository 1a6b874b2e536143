import { describe, expect, test } from 'vitest'
import { createTurnstile } from '../../../src/inference/edge/turnstile.ts'

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('a turnstile', () => {
  test('one at a time, whether they end well or not', async () => {
    const pass = createTurnstile()
    let inside = 0
    let most = 0
    const results = await Promise.allSettled(
      Array.from({ length: 12 }, (_, n) =>
        pass(async () => {
          most = Math.max(most, ++inside)
          await pause(n % 3)
          inside--
          if (n % 4 === 0) throw new Error(`no ${n}`)
          return n
        }),
      ),
    )
    expect(most).toBe(1)
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as Error).message))).toEqual(
      Array.from({ length: 12 }, (_, n) => (n % 4 === 0 ? `no ${n}` : n)),
    )
  })

  test('free: passes at once', async () => {
    const pass = createTurnstile()
    let passed = false
    const work = pass(async () => void (passed = true))
    expect(passed).toBe(true)
    await work
  })

  test('a holder that died is stepped over, and cannot release its successor if it was not dead after all', async () => {
    const pass = createTurnstile({ expiryMilliseconds: 20 })
    let revive = (): void => undefined
    const first = pass(() => new Promise<void>((resolve) => (revive = resolve)))
    const order: string[] = []
    const second = pass(async () => {
      order.push('second in')
      revive()
      await first
      await pause(10)
      order.push('second out')
    })
    await pause(30)
    const third = pass(async () => void order.push('third in'))
    await Promise.all([second, third])
    expect(order).toEqual(['second in', 'second out', 'third in'])
  })

  test('work that began is kept alive', async () => {
    const kept: Promise<unknown>[] = []
    const pass = createTurnstile({ keepAlive: (work) => void kept.push(work) })
    await pass(() => Promise.reject(new Error('no'))).catch(() => undefined)
    expect(await Promise.all(kept)).toEqual([undefined])
  })
})
