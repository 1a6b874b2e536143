/**
 * {@link BodyMemory} of one isolate: the share of each body, by its owner, its progress and its speed.
 *
 * A body is charged as its bytes arrive, so an idle connection holds nothing. When memory is short, slow
 * bodies lose theirs; for keys and jobs, any visitor's body may. Other bodies wait. A body grows only while
 * all bodies that have begun could still end one after the other (Dijkstra's banker's algorithm), so two
 * halves never wait for each other.
 *
 * No promise crosses from one request to another. Each request waits, and learns of its refusal, by its own
 * timers.
 * @module
 */
import type { BodyMemory, BodySeat, MemoryOwner } from '../../contracts/body-memory.ts'
import { Fault } from '../../contracts/failure.ts'

export interface BodyMemoryOptions {
  /** Bytes that may be held at once. */
  readonly capacity: number
  /** The visitors' share: at least the largest body that a visitor may send. */
  readonly visitors: number
  /** Keeps work going when its client goes away (`waitUntil` of `cloudflare:workers`). */
  readonly keepAlive?: (work: Promise<unknown>) => void
  /** Unix milliseconds. */
  readonly now?: () => number
}

const KIB = 1024
const POLL_MILLISECONDS = 5
/** Interval of a full computation if nothing has changed, since a body may have become slow. */
const RECHECK_MILLISECONDS = 100
/** A waiter that has not polled for this long has gone with its request. Readers get three times as long. */
const LOST_MILLISECONDS = 1000
/**
 * A longer gap between two readings of the clock was spent computing in this isolate, so no body was slow.
 * Waiters read it often.
 */
const BUSY_MILLISECONDS = 250
const BUSY_MILLISECONDS_WAITING = 30
/** Longer work has died with its request. */
const WORK_MILLISECONDS = 10_000
/** Longest wait for memory before a body is refused. */
const WAIT_MILLISECONDS = 15_000

/** Requirements on every body: a byte within this time, and this average rate. */
const IDLE_MILLISECONDS = 10_000
const LEAST_RATE = 8 * KIB
/**
 * Requirements while others wait for memory: 2 Mbit/s, or 8 Mbit/s for a visitor who holds half of the
 * visitors' share.
 */
const GRACE_MILLISECONDS = 1000
const SHARED_RATE = 256 * KIB
const LARGE_RATE = 1024 * KIB

/** Bodies of one owner in progress at once. Each costs a little even while it holds nothing. */
const OPEN_AT_ONCE = { visitor: 32, key: 128 } as const

/**
 * Left free by bodies as large as the whole capacity, so that a stream of small bodies cannot keep one out.
 */
const HEADROOM = 2 ** 20

type Kind = MemoryOwner['kind']

interface Seat {
  readonly owner: MemoryOwner
  readonly most: number
  held: number
  received: number
  /** Times are shifted by delays that the client did not cause. */
  since: number
  lastByte: number
  seen: number
  waiting: boolean
  working: boolean
  refused: boolean
  drop: () => void
}

interface Waiter {
  readonly kind: Kind
  /** Undefined for work of a known weight. */
  readonly seat: Seat | undefined
  seen: number
}

export function createBodyMemory({ capacity, visitors, keepAlive, now = Date.now }: BodyMemoryOptions): BodyMemory {
  const seats = new Set<Seat>()
  let queue: Waiter[] = []
  let observed = now()
  /** Counts changes that may admit a waiter. */
  let changes = 0

  /** Reads the clock. Time that the isolate spent computing counts against no body. */
  function look(): number {
    const time = now()
    const hole = time - observed
    observed = time
    // When the clock is set back, all times move with it, so nothing waits for it to catch up.
    if (hole < 0 || hole > (queue.length > 0 ? BUSY_MILLISECONDS_WAITING : BUSY_MILLISECONDS))
      for (const seat of seats) {
        if (!seat.working || hole < 0) seat.since += hole
        seat.lastByte += hole
        seat.seen += hole
      }
    for (const seat of seats)
      if (seat.working ? time - seat.since > WORK_MILLISECONDS : time - seat.seen > 3 * LOST_MILLISECONDS) remove(seat)
    return time
  }

  function remove(seat: Seat): void {
    seats.delete(seat)
    changes++
  }

  const sum = (matches: (seat: Seat) => boolean): number => {
    let bytes = 0
    for (const seat of seats) if (matches(seat)) bytes += seat.held
    return bytes
  }

  const isVisitor = ({ owner }: Seat): boolean => owner.kind === 'visitor'

  function isSlow(seat: Seat, time: number): boolean {
    if (seat.working || seat.waiting) return false
    if (time - seat.lastByte > GRACE_MILLISECONDS) return true
    const rate = isVisitor(seat) && seat.held > visitors / 2 ? LARGE_RATE : SHARED_RATE
    return time - seat.since > GRACE_MILLISECONDS + (1000 * seat.received) / rate
  }

  /**
   * Whether all bodies in progress of a kind could end one after the other if `asking` held `need` more
   * bytes.
   */
  function endsWell(kind: Kind, need: number, asking: Seat | undefined, time: number): boolean {
    const readers = [...seats].filter((seat) => seat.owner.kind === kind && !seat.working)
    // A slow body is ended when its memory is needed.
    const steady = readers.filter((seat) => seat === asking || !isSlow(seat, time))
    let free = (kind === 'visitor' ? visitors : capacity) - need
    for (const { held } of steady) free -= held
    const claims = steady
      .map((seat) => {
        const held = seat.held + (seat === asking ? need : 0)
        return { held, missing: Math.max(0, seat.most - held) }
      })
      .toSorted((a, b) => a.missing - b.missing)
    for (const { held, missing } of claims) {
      if (missing > free) return false
      free += held
    }
    return true
  }

  const freeFor = (kind: Kind): number => {
    const free = capacity - sum(() => true)
    return kind === 'key' ? free : Math.min(free, visitors - sum(isVisitor))
  }

  /** Makes room for `need` bytes by ending bodies that must give way. */
  function claim(kind: Kind, need: number, asking: Seat | undefined, time: number): boolean {
    if (asking !== undefined && !endsWell(kind, need, asking, time)) return false
    let free = freeFor(kind)
    if (need <= free) return true
    const yielding = [...seats]
      .filter((seat) => seat !== asking && !seat.working && seat.held > 0)
      .filter((seat) => (kind === 'key' && isVisitor(seat)) || (seat.owner.kind === kind && isSlow(seat, time)))
      .toSorted((a, b) => Number(isSlow(b, time)) - Number(isSlow(a, time)) || b.held - a.held)
    if (need > free + yielding.reduce((bytes, { held }) => bytes + held, 0)) return false
    for (const seat of yielding) {
      if (need <= free) break
      refuse(seat)
      free = freeFor(kind)
    }
    return need <= free
  }

  function refuse(seat: Seat): void {
    seat.refused = true
    seat.held = 0
    seat.drop()
    remove(seat)
  }

  /** Bytes held by the network of a waiting visitor. The smallest share goes first. */
  const shareOf = ({ seat }: Waiter): number =>
    seat === undefined || !isVisitor(seat) ? 0 : sum(({ owner }) => owner.kind === 'visitor' && owner.name === seat.owner.name)

  /** Whether the waiting `other` goes before `me`, which holds nothing yet. */
  function goesBefore(other: Waiter, me: Waiter): boolean {
    if (other.kind !== me.kind) return other.kind === 'key'
    if ((other.seat?.held ?? 0) > 0) return true
    const [theirs, mine] = [shareOf(other), shareOf(me)]
    return theirs !== mine ? theirs < mine : queue.indexOf(other) < (queue.includes(me) ? queue.indexOf(me) : queue.length)
  }

  /** Waits for `need` bytes, then calls `taken`. */
  async function take(me: Waiter, need: () => number, taken: () => void): Promise<void> {
    const attempt = (): boolean => {
      const time = look()
      me.seen = time
      queue = queue.filter((waiter) => Math.abs(time - waiter.seen) < LOST_MILLISECONDS)
      const mayGo = (me.seat?.held ?? 0) > 0 || !queue.some((other) => other !== me && goesBefore(other, me))
      if (!mayGo || !claim(me.kind, need(), me.seat, time)) return false
      taken()
      return true
    }
    if (attempt()) return
    const began = look()
    queue.push(me)
    let known = changes
    let last = began
    try {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
        if (me.seat?.refused) throw refused()
        // A waiter that was dropped while this isolate computed for long goes to the end of the queue.
        if (!queue.includes(me)) queue.push(me)
        if (me.seat !== undefined) keep(me.seat)
        me.seen = look()
        if (changes === known && me.seen - last < RECHECK_MILLISECONDS) continue
        if (attempt()) return
        known = changes
        last = now()
        if (me.seat !== undefined && last - began > WAIT_MILLISECONDS) throw refused()
      }
    } finally {
      queue = queue.filter((waiter) => waiter !== me)
      changes++
    }
  }

  /** Records that the reader is alive. */
  function keep(seat: Seat): void {
    seat.seen = now()
    if (!seat.refused) seats.add(seat)
  }

  function open(owner: MemoryOwner, most: number): BodySeat {
    const time = look()
    const others = [...seats].filter((seat) => !seat.working && seat.owner.kind === owner.kind && seat.owner.name === owner.name)
    if (others.length >= OPEN_AT_ONCE[owner.kind]) {
      const idlest = others.reduce((a, b) => (a.lastByte <= b.lastByte ? a : b))
      if (time - idlest.lastByte <= GRACE_MILLISECONDS)
        throw new Fault({
          kind: 'rate_limited',
          detail: `more than ${OPEN_AT_ONCE[owner.kind]} request bodies come in at once from ${owner.kind === 'key' ? 'this key' : 'this network'}; send fewer at a time`,
          retryAfterSeconds: 1,
        })
      refuse(idlest)
    }
    const seat: Seat = {
      owner,
      most: Math.min(most, owner.kind === 'visitor' ? visitors : capacity),
      held: 0,
      received: 0,
      since: time,
      lastByte: time,
      seen: time,
      waiting: false,
      working: false,
      refused: false,
      drop: () => undefined,
    }
    seats.add(seat)
    return {
      async grow(bytes, place, drop) {
        if (seat.refused) throw refused()
        seat.drop = drop
        const wanted = Math.min(bytes, seat.most)
        if (wanted <= seat.held) return place()
        const began = look()
        seat.waiting = true
        try {
          await take(
            { kind: owner.kind, seat, seen: began },
            () => wanted - seat.held,
            () => {
              seat.held = wanted
              place()
            },
          )
        } finally {
          seat.waiting = false
          const waited = now() - began
          seat.since += waited
          seat.lastByte += waited
        }
      },
      received(count) {
        seat.received += count
        seat.lastByte = look()
        keep(seat)
      },
      check() {
        const time = look()
        if (seat.refused) throw refused()
        keep(seat)
        if (seat.waiting || seat.working) return
        const deadline = IDLE_MILLISECONDS + (1000 * seat.received) / LEAST_RATE
        if (time - seat.lastByte > IDLE_MILLISECONDS || time - seat.since > deadline)
          throw new Fault({
            kind: 'timed_out',
            detail: `the request body comes too slowly: send at least ${LEAST_RATE / KIB} KiB a second, and some of it every ${IDLE_MILLISECONDS / 1000} seconds`,
          })
      },
      working(work) {
        seat.working = true
        seat.since = look()
        changes++
        keepAlive?.(work.catch(() => undefined))
      },
      leave() {
        remove(seat)
      },
    }
  }

  return {
    open,
    async admit(asked, task) {
      const weight = Math.min(asked, capacity - HEADROOM)
      const time = look()
      const seat: Seat = {
        owner: { kind: 'key', name: '' },
        most: weight,
        held: weight,
        received: 0,
        since: time,
        lastByte: time,
        seen: time,
        waiting: false,
        working: true,
        refused: false,
        drop: () => undefined,
      }
      await take(
        { kind: 'key', seat: undefined, seen: time },
        () => weight,
        () => {
          seat.since = now()
          seats.add(seat)
        },
      )
      const work = task().finally(() => remove(seat))
      keepAlive?.(work.catch(() => undefined))
      return work
    },
  }
}

function refused(): Fault {
  return new Fault({
    kind: 'unavailable',
    detail: 'memory was needed for requests that come faster; send this one again',
    retryAfterSeconds: 2,
  })
}
