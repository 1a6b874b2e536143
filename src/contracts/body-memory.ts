/**
 * Admission to the memory of the isolate: for request bodies while they arrive, and for other large,
 * short-lived buffers.
 * @module
 */

/**
 * Owner of admitted memory. Visitors never displace keys and jobs; the visitors of one network share one
 * allowance.
 */
export interface MemoryOwner {
  readonly kind: 'visitor' | 'key'
  /** A visitor's network; a key's id. */
  readonly name: string
}

/** A body's admission to memory, from its first byte to the end of the work on it. */
export interface BodySeat {
  /**
   * Waits until the body may hold `bytes` in all. Both functions are called synchronously with the decision,
   * and must return at once.
   * @param take - allocates the buffer
   * @param drop - frees it if another body has precedence; this body is then refused
   * @throws {Fault} `unavailable` if the body was displaced by another, or waited too long
   */
  grow(bytes: number, take: () => void, drop: () => void): Promise<void>
  /** Records that `count` bytes of the body arrived. */
  received(count: number): void
  /**
   * Records that the reader is alive.
   * @throws {Fault} `unavailable` once the body was displaced, `timed_out` if it is too slow
   */
  check(): void
  /** Records that the whole body has arrived; `work` does not depend on its client. */
  working(work: Promise<unknown>): void
  leave(): void
}

export interface BodyMemory {
  /**
   * Opens a body of at most `most` bytes. It holds no memory before bytes arrive.
   * @throws {Fault} `rate_limited` if its owner has too many open bodies
   */
  open(owner: MemoryOwner, most: number): BodySeat
  /**
   * Runs `task` once `weight` bytes fit, first come, first served. A weight above the capacity counts as the
   * capacity.
   */
  admit<T>(weight: number, task: () => Promise<T>): Promise<T>
}
