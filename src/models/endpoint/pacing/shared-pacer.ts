/**
 * The pacer of a run: asks the shared queue of the endpoint for turns, and tells it how requests ended.
 * @module
 */
import { ModelPaused, TimeOver, type TokenUsage } from '../../../contracts/model.ts'
import { retryAfterMilliseconds } from '../../../egress/retry-after.ts'
import type { Outcome } from '../retry-policy.ts'
import type { PaceLimits, PaceSignal, TurnLimits } from './pace.ts'
import type { Pacer } from './pacer.ts'
import { limitsOf, quotaIsBackIn } from './rate-limit-headers.ts'
import type { Turn, TurnReport } from './turn-queue.ts'

/** The queue of one endpoint, perhaps in another isolate. */
export interface SharedTurns {
  take(limits: TurnLimits): Promise<Turn>
  giveBack(): Promise<void>
  report(report: TurnReport): Promise<void>
}

export interface SharedPacerParts {
  readonly turns: SharedTurns
  readonly limits: TurnLimits
  readonly now: () => number
  /** Unix milliseconds after which the shard is put back instead of waiting longer. */
  readonly until: number
  /** Unix milliseconds after which no request is begun. Default: `until`. */
  readonly beginUntil?: number
}

export function createSharedPacer({ turns, limits, now, until, beginUntil }: SharedPacerParts): Pacer {
  return {
    async takeTurn(isFirst) {
      const end = (isFirst ? beginUntil : undefined) ?? until
      while (now() < end) {
        const turn = await turns.take(limits)
        if (turn.kind === 'go') return
        if (turn.kind === 'paused') throw new ModelPaused(turn.reason, now() + turn.milliseconds)
      }
      if (end === beginUntil) throw new TimeOver('the turns of the endpoint take longer than this consumer has')
      throw new ModelPaused('the turns of the endpoint take longer than a consumer may wait', now())
    },
    returnTurn: () => turns.giveBack(),
    report: (outcome, usage, item) => turns.report({ item, signal: signalOf(outcome, usage, now()), ok: isUp(outcome) }),
  }
}

function signalOf(outcome: Outcome, usage: TokenUsage | null, now: number): PaceSignal {
  const tokens = usage?.total_tokens ?? null
  if ('error' in outcome) return { kind: 'lost', retryAfter: null, tokens, limits: NO_LIMITS, exhaustedFor: null }
  const { headers } = outcome.response
  const retryAfter = retryAfterMilliseconds(headers, now) ?? null
  return {
    kind: isRefusal(outcome, retryAfter) ? 'refused' : 'served',
    retryAfter,
    tokens,
    limits: limitsOf(headers),
    exhaustedFor: quotaIsBackIn(headers),
  }
}

const NO_LIMITS: PaceLimits = { requestsPerMinute: null, tokensPerMinute: null }

/** Too many requests: 429, in the status or inside a 200; 503 if it says when to come back. */
function isRefusal(outcome: Exclude<Outcome, { error: unknown }>, retryAfter: number | null): boolean {
  const status = outcome.reported?.status ?? outcome.response.status
  return status === 429 || (status === 503 && retryAfter !== null)
}

/** A response came, other than a server error. A refusal for its pace comes from an endpoint that is up. */
function isUp(outcome: Outcome): boolean {
  return !('error' in outcome) && (outcome.reported?.status ?? outcome.response.status) < 500
}
