/**
 * Turns of requests at an endpoint, as a caller sees them.
 * @module
 */
import type { TokenUsage } from '../../../contracts/model.ts'
import type { Outcome } from '../retry-policy.ts'

export interface Pacer {
  /**
   * Waits until one request may be sent.
   * @throws {ModelPaused} if that would take too long: the shard continues later
   */
  takeTurn(): Promise<void>
  /** The request of the last turn was not sent. */
  returnTurn(): Promise<void>
  /** Reports the end of a request about an item. */
  report(outcome: Outcome, usage: TokenUsage | null, item: string): Promise<void>
}

/** No request waits. */
export const UNPACED: Pacer = {
  takeTurn: async () => {},
  returnTurn: async () => {},
  report: async () => {},
}
