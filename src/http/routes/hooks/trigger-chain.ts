/**
 * Limits chains of trigger, run, webhook, trigger: by a depth that deliveries carry and, if a relay has
 * removed it, by the number of runs that one trigger may start.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import type { TriggerRecord } from '../../../contracts/records.ts'
import type { Services } from '../../app-context.ts'

/** Longest chain of triggers. The run of one more is refused. @internal */
export const MAX_CHAIN_DEPTH = 8

/** Runs that one trigger may start. @internal */
export const RUNS_A_MINUTE = 20
/** @internal */
export const RUNS_AN_HOUR = 300

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Header of every outgoing event: the number of triggers that led to its run. @internal */
export const CHAIN_DEPTH_HEADER = 'assay-chain-depth'

/** Most run ids examined in a delivery. An event contains one, twice. */
const MOST_ANCESTORS = 16

/**
 * The depth of the run that a delivery would start: one more than the depth of its parent run. The parent is
 * found by the header of our events, and by run ids in the payload and the `webhook-id`, whichever a relay
 * has kept.
 * @throws {Fault} `unprocessable` beyond {@link MAX_CHAIN_DEPTH}, `rate_limited` beyond the trigger's limit
 */
export async function depthOfDelivery(
  { views, clock }: Services,
  { tenant, id }: TriggerRecord,
  headers: Headers,
  body: Uint8Array,
): Promise<number> {
  const now = clock.now()
  const activity = await views.triggerActivity(tenant, id, { minute: now - MINUTE, hour: now - HOUR }, ancestorsIn(headers, body))
  const depth = 1 + Math.max(activity.depth, depthIn(headers))
  if (depth > MAX_CHAIN_DEPTH)
    throw new Fault({
      kind: 'unprocessable',
      detail: `${depth - 1} triggers in a row led to this delivery, and a chain ends after ${MAX_CHAIN_DEPTH}; start the run by POST /v1/evals/{eval_id}/runs, or break the circle of webhook and trigger`,
      errors: [],
    })
  if (activity.minute >= RUNS_A_MINUTE) throw tooMany(RUNS_A_MINUTE, 'a minute', 60)
  if (activity.hour >= RUNS_AN_HOUR) throw tooMany(RUNS_AN_HOUR, 'an hour', 600)
  return depth
}

const tooMany = (most: number, period: string, retryAfterSeconds: number) =>
  new Fault({
    kind: 'rate_limited',
    detail: `one trigger starts at most ${most} runs ${period}; send this again later`,
    retryAfterSeconds,
  })

function depthIn(headers: Headers): number {
  const written = headers.get(CHAIN_DEPTH_HEADER) ?? ''
  return /^\d{1,3}$/.test(written) ? Number(written) : 0
}

/** Ids that may be runs of this deployment. @internal */
export function ancestorsIn(headers: Headers, body: Uint8Array): string[] {
  const found = new Set<string>()
  for (const [, hex] of (headers.get('webhook-id') ?? headers.get('svix-id') ?? '').matchAll(/evt_([0-9a-f]{32})/g))
    found.add(hex!)
  for (const [, hex] of new TextDecoder().decode(body).matchAll(/(?:evalrun_|evt_)([0-9a-f]{32})/g)) {
    if (found.size === MOST_ANCESTORS) break
    found.add(hex!)
  }
  return [...found].map((hex) => `evalrun_${hex}`)
}
