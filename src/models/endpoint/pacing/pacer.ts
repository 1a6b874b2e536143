/**
 * Turns of requests at an endpoint, as a caller sees them.
 * @module
 */
import type { TokenUsage } from '../../../contracts/model.ts'
import type { Outcome } from '../retry-policy.ts'

export interface Pacer {
  /**
   * Waits until one request may be sent.
   * @param isFirst - whether this is the first attempt at the request
   * @throws {ModelPaused} if that would take too long: the shard continues later
   * @throws {TimeOver} for a first attempt, once the consumer's time is over
   */
  takeTurn(isFirst: boolean): Promise<void>
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
