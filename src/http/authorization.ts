/**
 * Authentication and authorization of requests, and their rate limits.
 * @module
 */
import type { MemoryOwner } from '../contracts/body-memory.ts'
import { Fault } from '../contracts/failure.ts'
import type { Principal, TriggerRecord } from '../contracts/records.ts'
import type { AppContext, Services } from './app-context.ts'
import { networkOf } from './network.ts'
import { secondsToMidnight } from './seconds-to-midnight.ts'

/** The tenant of visitors without a key, which owns nothing. */
const ANONYMOUS_TENANT = 'anonymous'

/**
 * The bearer of a request; null without an Authorization header.
 * @throws {Fault} `unauthenticated` for a header without a valid key; `rate_limited` if the key is used too
 *   often, or if this network has sent too many wrong keys and this is another one
 */
export async function authenticate(context: AppContext, services: Services): Promise<Principal | null> {
  const header = context.req.header('authorization')
  if (header === undefined) return null
  const bearer = bearerOf(header)
  const { failedAttempts, keys } = services
  const source = `key ${networkOf(addressOf(context))}`
  if (failedAttempts.refused(source) && (bearer === undefined || !(await keys.mayBeValid(bearer)))) throw guessedTooOften('keys')
  const principal = bearer === undefined ? null : await keys.authenticate(bearer)
  if (principal === null) {
    if (!(await failedAttempts.count(source))) throw guessedTooOften('keys')
    throw new Fault({
      kind: 'unauthenticated',
      detail: 'the Authorization header holds no valid key: it is mistyped or revoked; send "Authorization: Bearer assay_…"',
    })
  }
  if (!(await services.limits.key(principal.keyId)))
    throw new Fault({ kind: 'rate_limited', detail: 'this key sends too many requests; wait a minute', retryAfterSeconds: 60 })
  return principal
}

const bearerOf = (header: string): string | undefined => /^Bearer +(\S+)$/i.exec(header)?.[1]

/** Whether the key of a request that was let in is still valid; no rate limit counts it. */
export async function isStillValid(context: AppContext, { keys }: Pick<Services, 'keys'>): Promise<boolean> {
  const bearer = bearerOf(context.req.header('authorization') ?? '')
  return bearer !== undefined && (await keys.authenticate(bearer)) !== null
}

const guessedTooOften = (what: 'keys' | 'triggers') =>
  new Fault({
    kind: 'rate_limited',
    detail: `too many ${what === 'keys' ? 'wrong keys' : 'deliveries to triggers that are not there'} from this network; wait a minute. Valid ${what} are answered meanwhile`,
    retryAfterSeconds: 60,
  })

/** The tenant whose data a request sees. Visitors without a key see public data. */
export function tenantOf(context: AppContext): string {
  return context.get('principal')?.tenant ?? ANONYMOUS_TENANT
}

/** Scope within which cache hits may be noticed: a tenant, or for visitors one address. */
export function scopeOf(context: AppContext): string {
  const principal = context.get('principal')
  return principal === null ? `visitor ${addressOf(context)}` : `tenant ${principal.tenant}`
}

/** No id of ours is longer, so a stranger's id need not be stored whole. */
const MAX_ID = 64

const addressOf = (context: AppContext) => context.req.header('cf-connecting-ip') ?? 'local'

/** Owner of the memory for a request's body. */
export function bodyOwnerOf(context: AppContext): MemoryOwner {
  const principal = context.get('principal')
  return principal === null ? { kind: 'visitor', name: networkOf(addressOf(context)) } : { kind: 'key', name: principal.keyId }
}

/** @throws {Fault} `unauthenticated` without a key */
export function requireKey(context: AppContext): Principal {
  const principal = context.get('principal')
  if (principal === null)
    throw new Fault({ kind: 'unauthenticated', detail: 'this needs a key; send "Authorization: Bearer assay_…"' })
  return principal
}

/** @throws {Fault} `unauthenticated` without a key, `forbidden` without the role */
export function requireAdmin(context: AppContext): Principal {
  const principal = requireKey(context)
  if (principal.role !== 'admin')
    throw new Fault({ kind: 'forbidden', detail: 'this needs a key with the role admin, and this key is a member’s' })
  return principal
}

/** @throws {Fault} `rate_limited` if a visitor without a key asks too often */
export async function admitVisitor(context: AppContext, services: Services): Promise<void> {
  if (!(await services.limits.anonymous(networkOf(addressOf(context))))) throw tooOften()
}

/**
 * Limits reads by visitors without a key, before anything is looked up. Reads with a key count against the
 * key.
 * @throws {Fault} `rate_limited`
 */
export async function admitReader(context: AppContext, services: Services): Promise<void> {
  if (context.get('principal') !== null) return
  if (!(await services.limits.visitorRead(networkOf(addressOf(context))))) throw tooOften()
}

const tooOften = () =>
  new Fault({
    kind: 'rate_limited',
    detail: 'too many requests without a key; wait a minute, or use a key',
    retryAfterSeconds: 60,
  })

/**
 * Limits deliveries from one network to one trigger, valid or not, before they are checked. So only senders
 * in the same network can use up a sender's share.
 * @throws {Fault} `rate_limited`
 */
export async function admitDelivery(context: AppContext, services: Services, trigger: string): Promise<void> {
  if (!(await services.limits.deliverySource(`${networkOf(addressOf(context))} ${trigger.slice(0, MAX_ID)}`)))
    throw new Fault({
      kind: 'rate_limited',
      detail: 'too many deliveries to this trigger from this network; wait a minute',
      retryAfterSeconds: 60,
    })
}

/**
 * The trigger of a delivery.
 * @throws {Fault} `not_found`, or `rate_limited` if this network has named too many unknown triggers
 */
export async function findTrigger(context: AppContext, services: Services, id: string): Promise<TriggerRecord> {
  const { failedAttempts, catalogue } = services
  const source = `trigger ${networkOf(addressOf(context))}`
  if (failedAttempts.refused(source) && !(await catalogue.triggers.mayExist(id))) throw guessedTooOften('triggers')
  try {
    return await catalogue.triggers.findAnywhere(id)
  } catch (error) {
    if (error instanceof Fault && error.failure.kind === 'not_found' && !(await failedAttempts.count(source)))
      throw guessedTooOften('triggers')
    throw error
  }
}

/** Limits the runs of a trigger, after its signature was verified. @throws {Fault} `rate_limited` */
export async function admitSigned(services: Services, trigger: string): Promise<void> {
  if (!(await services.limits.signedDelivery(trigger)))
    throw new Fault({
      kind: 'rate_limited',
      detail: 'too many deliveries to this trigger; send this one again in a minute',
      retryAfterSeconds: 60,
    })
}

/**
 * Limits recomputations of reports, each of which costs as much as a merge. @throws {Fault} `rate_limited`
 */
export async function admitRecomputation(services: Services, keyId: string): Promise<void> {
  if (!(await services.limits.recomputation(keyId)))
    throw new Fault({
      kind: 'rate_limited',
      detail: 'this key asks for too many recomputations of reports and comparisons; ask again in a minute',
      retryAfterSeconds: 60,
    })
}

/**
 * Takes from the daily budget of visitors without a key, and from their network's share of it.
 * @param amount - number of texts or prompts to score
 * @throws {Fault} `rate_limited` if the day's budget or the network's share is too small
 */
export async function spendAnonymously(context: AppContext, services: Services, amount: number): Promise<void> {
  const { anonymousDailyBudget: all, anonymousNetworkBudget } = services
  const network = Math.min(anonymousNetworkBudget, all)
  const spending = await services.usage.take(ANONYMOUS_TENANT, networkOf(addressOf(context)), amount, { all, network })
  if (spending.taken) return
  const whose =
    spending.spent === 'network'
      ? `your network's share of ${network} scores a day without a key`
      : `the daily budget of ${all} scores that all visitors without a key share`
  const left = spending.left === 0 ? 'is spent' : `has ${spending.left} left, and this request needs ${amount}`
  throw new Fault({
    kind: 'rate_limited',
    detail: `${whose} ${left}; come back tomorrow (UTC), or use a key`,
    retryAfterSeconds: secondsToMidnight(services.clock.now()),
  })
}
