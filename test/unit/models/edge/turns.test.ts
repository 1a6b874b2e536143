import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTurns } from '../../../../src/models/edge/turns.ts'
import type { Turn } from '../../../../src/contracts/turn.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Turns whose entries are recorded by name. */
function lab(capacity: number) {
  const turns = createTurns({ capacity })
  const entered: string[] = []
  const held = new Map<string, Turn>()
  return {
    turns,
    entered,
    ask: (name: string, model: string, bytes = 20) =>
      void turns.enter(model, bytes).then((turn) => {
        entered.push(name)
        held.set(name, turn)
      }),
    leave: (name: string) => held.get(name)!.leave(),
    pass: (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds),
  }
}

describe('turns of models', () => {
  test('models that fit together do not wait', async () => {
    const { ask, pass, entered, turns } = lab(40)
    ask('a', 'clip')
    ask('b', 'photo')
    await pass(0)
    expect(entered).toEqual(['a', 'b'])
    expect(turns.inside()).toEqual(['clip', 'photo'])
  })

  test('others wait until all requests of a model have left, and then go together', async () => {
    const { ask, leave, pass, entered, turns } = lab(30)
    for (const [name, model] of ['clip', 'photo', 'clip', 'photo', 'clip'].entries()) ask(String(name), model)
    await pass(10)
    expect(entered).toEqual(['0', '2', '4'])
    leave('0')
    leave('0')
    leave('4')
    await pass(10)
    expect(entered.length).toBe(3)
    leave('2')
    await pass(10)
    expect(entered).toEqual(['0', '2', '4', '1', '3'])
    expect(turns.inside()).toEqual(['photo'])
  })

  test('a stream of requests for one model does not keep out another', async () => {
    const { ask, leave, pass, entered } = lab(30)
    ask('0', 'clip')
    ask('other', 'photo')
    for (let at = 1; at < 12; at++) {
      ask(String(at), 'clip')
      await pass(60)
      leave(String(entered.includes(String(at - 1)) ? at - 1 : 0))
    }
    expect(entered).toContain('other')
    expect(entered.indexOf('other')).toBeLessThan(9)
  })

  test('a model above the budget enters alone', async () => {
    const { ask, leave, pass, entered } = lab(30)
    ask('large', 'fusion', 90)
    ask('small', 'clip', 1)
    await pass(5)
    expect(entered).toEqual(['large'])
    leave('large')
    await pass(5)
    expect(entered).toEqual(['large', 'small'])
  })

  test('work that died with its request is forgotten', async () => {
    const { ask, pass, entered, turns } = lab(30)
    ask('dead', 'clip')
    await pass(24_000)
    ask('next', 'photo')
    await pass(900)
    expect(entered).toEqual(['dead'])
    await pass(200)
    expect(entered).toEqual(['dead', 'next'])
    expect(turns.inside()).toEqual(['photo'])
  })

  test('a request inside is kept alive until it leaves', async () => {
    const kept: Promise<unknown>[] = []
    const turns = createTurns({ capacity: 1, keepAlive: (work) => void kept.push(work) })
    const turn = await turns.enter('clip', 1)
    let ended = false
    void kept[0]!.then(() => (ended = true))
    await vi.advanceTimersByTimeAsync(5)
    expect(ended).toBe(false)
    turn.leave()
    await vi.advanceTimersByTimeAsync(0)
    expect(ended).toBe(true)
  })
})
