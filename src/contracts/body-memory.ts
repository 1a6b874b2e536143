/**
 * Who may hold memory of the isolate now: bodies while they come in, and whatever else is large and short-lived.
 * @module
 */

/** Whose memory it is. Visitors never take what keys and jobs need; one network's visitors share what others leave. */
export interface MemoryOwner {
  readonly kind: 'visitor' | 'key'
  /** A visitor's network; a key's id. */
  readonly name: string
}

/** A body's place in memory, from its first byte to the end of the work on it. */
export interface BodySeat {
  /**
   * Waits until the body may hold `bytes` in all. Both functions are called in the turn of the decision, and must return at once.
   * @param take makes the place
   * @param drop frees it when another body's need goes before: the body is then refused
   * @throws {Fault} `unavailable` when it was refused for another, or waited too long
   */
  grow(bytes: number, take: () => void, drop: () => void): Promise<void>
  /** Says that this many bytes of the body came. */
  received(count: number): void
  /** Says that the reader lives. @throws {Fault} `unavailable` once the body was refused for another, `timed_out` when it is too slow */
  check(): void
  /** The whole body has come; `work` no longer depends on its client. */
  working(work: Promise<unknown>): void
  leave(): void
}

export interface BodyMemory {
  /**
   * Opens a body that may come to hold `most` bytes. It holds nothing before bytes come.
   * @throws {Fault} `rate_limited` when its owner has too many bodies open
   */
  open(owner: MemoryOwner, most: number): BodySeat
  /** Runs `task` when `weight` bytes fit; more than there are count as all. First come, first served. */
  admit<T>(weight: number, task: () => Promise<T>): Promise<T>
}
