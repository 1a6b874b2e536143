/**
 * Turns of requests at an endpoint, as a caller sees them.
 * @module
 */
import type { TokenUsage } from '../../../contracts/model.ts'
import type { Outcome } from '../retry-policy.ts'

export interface Pacer {
  /** Waits until one request may be sent. */
  takeTurn(request: { readonly item: string }): Promise<void>
  /** The request of the last turn was not sent. */
  returnTurn(): void
  /** Reports the end of a request. */
  report(outcome: Outcome, usage: TokenUsage | null): Promise<void>
}

/** No request waits. */
export const UNPACED: Pacer = {
  takeTurn: async () => {},
  returnTurn: () => {},
  report: async () => {},
}
