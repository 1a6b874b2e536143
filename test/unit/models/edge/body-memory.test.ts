/** Shares of the isolate's memory while bodies arrive: by counts of bytes, on a simulated clock. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BodySeat, MemoryOwner } from '../../../../src/contracts/body-memory.ts'
import { createBodyMemory } from '../../../../src/models/edge/body-memory.ts'

const MIB = 2 ** 20
const alice: MemoryOwner = { kind: 'visitor', name: 'a' }
const bob: MemoryOwner = { kind: 'visitor', name: 'b' }
const key: MemoryOwner = { kind: 'key', name: 'k' }
const other: MemoryOwner = { kind: 'key', name: 'l' }
const nothing = (): void => undefined
const pause = (milliseconds = 10) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

function lab(capacity = 12 * MIB, visitors = 9 * MIB) {
  const clock = { time: 0 }
  const memory = createBodyMemory({ capacity, visitors, now: () => clock.time })
  /** Passes time while all live parties read the clock now and then. */
  const pass = (milliseconds: number, ...alive: BodySeat[]): void => {
    for (const end = clock.time + milliseconds; clock.time < end;) {
      clock.time = Math.min(end, clock.time + 200)
      for (const seat of alive) seat.check()
    }
  }
  return { clock, memory, pass }
}

/** State of a promise after polls of a few milliseconds. */
async function settled(promise: Promise<unknown>): Promise<'done' | 'waits' | string> {
  return Promise.race([
    promise.then(
      () => 'done',
      (error: Error) => error.message,
    ),
    pause(20).then(() => 'waits'),
  ])
}

/** A body that arrived fast, up to `bytes`. */
async function came(seat: BodySeat, bytes: number, drop = nothing): Promise<void> {
  seat.received(bytes)
  await seat.grow(bytes, nothing, drop)
}

describe('memory for bodies', () => {
  test('an idle body holds nothing: hundreds of open bodies obstruct no other', async () => {
    const { memory } = lab()
    for (let network = 0; network < 20; network++)
      for (let body = 0; body < 30; body++) memory.open({ kind: 'visitor', name: `n${network}` }, 9 * MIB)
    expect(await settled(came(memory.open(bob, 9 * MIB), 9 * MIB))).toBe('done')
    expect(await settled(came(memory.open(key, 3 * MIB), 3 * MIB))).toBe('done')
  })

  test('after the clock was set back, dead bodies give way as before', async () => {
    const { clock, memory } = lab()
    clock.time = 1_000_000
    void memory.admit(9 * MIB, () => new Promise(() => {}))
    clock.time -= 500_000
    const waits = came(memory.open(key, 9 * MIB), 9 * MIB)
    expect(await settled(waits)).toBe('waits')
    clock.time += 10_001
    expect(await settled(waits)).toBe('done')
  })

  test('visitors together hold their share and no more; the rest waits for keys', async () => {
    const { memory } = lab()
    const first = memory.open(alice, 6 * MIB)
    await came(first, 6 * MIB)
    const second = memory.open(bob, 4 * MIB)
    const waits = came(second, 4 * MIB)
    expect(await settled(waits)).toBe('waits')
    expect(await settled(came(memory.open(key, 5 * MIB), 5 * MIB))).toBe('done')
    first.leave()
    expect(await settled(waits)).toBe('done')
  })

  test('memory for a key is taken from visitors’ incoming bodies, never from work', async () => {
    const { memory } = lab()
    const dropped: string[] = []
    const slow = memory.open(alice, 9 * MIB)
    await came(slow, 5 * MIB, () => void dropped.push('alice'))
    const working = memory.open(bob, 4 * MIB)
    await came(working, 4 * MIB, () => void dropped.push('bob'))
    let end = nothing
    working.working(new Promise<void>((resolve) => (end = resolve)))
    const body = memory.open(key, 9 * MIB)
    const waits = came(body, 9 * MIB)
    expect(await settled(waits)).toBe('waits')
    end()
    working.leave()
    expect(await settled(waits)).toBe('done')
    expect(dropped).toEqual(['alice'])
    expect(() => slow.check()).toThrow('send this one again')
    await expect(slow.grow(6 * MIB, nothing, nothing)).rejects.toMatchObject({ failure: { kind: 'unavailable' } })
  })

  test('a key’s slow body gives way to another’s, but only when the memory is needed', async () => {
    const { memory, pass } = lab()
    const slow = memory.open(key, 9 * MIB)
    await came(slow, 8 * MIB)
    pass(5000, slow)
    const small = memory.open(other, MIB)
    expect(await settled(came(small, MIB))).toBe('done')
    expect(() => slow.check()).not.toThrow()
    expect(await settled(came(memory.open(other, 6 * MIB), 6 * MIB))).toBe('done')
    expect(() => slow.check()).toThrow('send this one again')
  })

  test('a steady body does not give way to another of its kind', async () => {
    const { memory, pass } = lab()
    const steady = memory.open(key, 9 * MIB)
    for (let sent = 0; sent < 8; sent++) {
      steady.received(MIB)
      await steady.grow((sent + 1) * MIB, nothing, nothing)
      pass(400, steady)
    }
    expect(await settled(came(memory.open(other, 6 * MIB), 6 * MIB))).toBe('waits')
    expect(() => steady.check()).not.toThrow()
  })

  test('a visitor with most of the share must send faster while another waits', async () => {
    const { memory, pass } = lab()
    const hog = memory.open(alice, 9 * MIB)
    await hog.grow(8 * MIB, nothing, nothing)
    // 512 KiB a second: enough for a small body, and too little for one of this size.
    for (let sent = 0; sent < 8; sent++) {
      pass(500, hog)
      hog.received(256 * 1024)
    }
    expect(await settled(came(memory.open(bob, 3 * MIB), 3 * MIB))).toBe('done')
    expect(() => hog.check()).toThrow('send this one again')
  })

  test('the network that holds least goes first', async () => {
    const { memory } = lab()
    const held = memory.open(alice, 6 * MIB)
    await came(held, 6 * MIB)
    const order: string[] = []
    const enter = (owner: MemoryOwner, name: string) =>
      came(memory.open(owner, 4 * MIB), 4 * MIB).then(() => void order.push(name))
    const all = [enter(alice, 'a2'), enter(alice, 'a3'), enter(bob, 'b')]
    await pause()
    // Enough for one of them.
    held.working(Promise.resolve())
    held.leave()
    await Promise.race(all)
    expect(order[0]).toBe('a2')
    const [first] = order
    expect(first).toBeDefined()
    await pause()
    // a2 and b hold 8 of 9: a3 waits, though it came before b.
    expect(order).toEqual(['a2', 'b'])
  })

  test('two halves never wait for each other', async () => {
    const { memory } = lab()
    const grow = async (seat: BodySeat): Promise<void> => {
      for (let size = 1; size <= 9; size++) {
        await came(seat, size * MIB)
        await pause(1)
      }
      seat.leave()
    }
    const bodies = [grow(memory.open(key, 9 * MIB)), grow(memory.open(other, 9 * MIB)), grow(memory.open(key, 9 * MIB))]
    await Promise.all(bodies)
  })

  test('too slow is a 408: nothing for ten seconds, or less than 8 KiB a second', () => {
    const { memory, pass } = lab()
    const idle = memory.open(alice, MIB)
    expect(() => pass(11_000, idle)).toThrow('comes too slowly')
    const trickling = memory.open(alice, MIB)
    expect(() => {
      for (let second = 0; second < 15; second++) {
        pass(1000, trickling)
        trickling.received(1)
      }
    }).toThrow('comes too slowly')
    const slow = memory.open(alice, MIB)
    for (let second = 0; second < 60; second++) {
      pass(1000, slow)
      slow.received(8 * 1024)
    }
  })

  test('time that the isolate spends computing does not make a body slow', async () => {
    const { memory, clock } = lab()
    const body = memory.open(key, 9 * MIB)
    await came(body, 8 * MIB)
    clock.time += 60_000
    expect(() => body.check()).not.toThrow()
    expect(await settled(came(memory.open(other, 6 * MIB), 6 * MIB))).toBe('waits')
  })

  test('one network has so many bodies open; the idlest gives way, and without one the newest is refused', () => {
    const { memory, pass } = lab()
    const seats = Array.from({ length: 32 }, () => memory.open(alice, MIB))
    expect(() => memory.open(alice, MIB)).toThrow('more than 32 request bodies')
    memory.open(bob, MIB)
    pass(2000, ...seats)
    for (const seat of seats.slice(1)) seat.received(1)
    memory.open(alice, MIB)
    expect(() => seats[0]!.check()).toThrow('send this one again')
  })

  test('a reader that died with its request is stepped over', async () => {
    const { memory, pass } = lab()
    const dead = memory.open(key, 9 * MIB)
    await came(dead, 9 * MIB)
    const alive = memory.open(other, 9 * MIB)
    pass(4000, alive)
    expect(await settled(came(alive, 9 * MIB))).toBe('done')
  })

  test('whatever comes, what is held stays within bounds and all end', async () => {
    const body = fc.record({
      visitor: fc.boolean(),
      name: fc.constantFrom('a', 'b', 'c'),
      sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 12 }), async (bodies) => {
        const memory = createBodyMemory({ capacity: 12, visitors: 9, now: () => 0 })
        const held = new Map<object, { bytes: number; visitor: boolean }>()
        let wrong = ''
        const look = (): void => {
          const all = [...held.values()]
          const sum = all.reduce((bytes, one) => bytes + one.bytes, 0)
          const visitors = all.reduce((bytes, one) => bytes + (one.visitor ? one.bytes : 0), 0)
          if (sum > 12 || visitors > 9) wrong = `${sum} held, ${visitors} by visitors`
        }
        await Promise.all(
          bodies.map(async ({ visitor, name, sizes }) => {
            const most = Math.max(...sizes)
            const seat = memory.open({ kind: visitor ? 'visitor' : 'key', name }, most)
            try {
              for (const size of sizes.toSorted((a, b) => a - b)) {
                seat.received(1)
                await seat.grow(
                  size,
                  () => {
                    held.set(seat, { bytes: size, visitor })
                    look()
                  },
                  () => void held.delete(seat),
                )
                await pause(0)
                if (!held.has(seat)) return
              }
            } catch {
              // A key needed it.
            } finally {
              held.delete(seat)
              seat.leave()
            }
          }),
        )
        expect(wrong).toBe('')
      }),
      { numRuns: 50 },
    )
  })
})

describe('work of a known weight', () => {
  test('enters first come, first served; a task above the capacity enters alone, except for a trickle', async () => {
    const { memory } = lab(4 * MIB, 3 * MIB)
    await came(memory.open(alice, MIB / 2), MIB / 2)
    const order: string[] = []
    const enter = (name: string, weight: number): Promise<void> =>
      memory.admit(weight * MIB, async () => {
        order.push(name)
        await pause(2)
      })
    await Promise.all([enter('a', 1), enter('large', 50), enter('b', 1), enter('c', 1)])
    expect(order).toEqual(['a', 'large', 'b', 'c'])
  })

  test('that died is skipped after ten seconds', async () => {
    const { memory, clock } = lab()
    void memory.admit(12 * MIB, () => new Promise(nothing))
    const next = memory.admit(12 * MIB, async () => 'next')
    expect(await settled(next)).toBe('waits')
    // In steps, as with a clock that is read: a gap would count as the isolate's own computation.
    for (let step = 0; step < 60; step++) {
      clock.time += 200
      await pause(3)
    }
    expect(await next).toBe('next')
  })
})
