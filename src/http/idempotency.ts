/**
 * Creation under an `Idempotency-Key`, as in Stripe's API: a repeated request creates nothing and gets the
 * first answer.
 * @module
 */
import { digestOf } from '../contracts/digest.ts'
import { Fault, unprocessableField } from '../contracts/failure.ts'
import { Answer, JsonText } from './answer.ts'
import type { AppContext } from './app-context.ts'
import { IDEMPOTENCY_KEY } from './idempotency-key.ts'
import type { SuccessStatus } from './operation.ts'

/** Creating a run, the slowest creation under a key, takes about this long. */
const RETRY_AFTER_SECONDS = 1
/** A row of D1 holds 2,000,000 bytes. Only vectors are longer. @internal */
export const MOST_KEPT_BYTES = 1_900_000

export interface Creation<Status, Body> {
  /** The client's request as JSON, which must be the same under one key. */
  readonly request: unknown
  readonly status: Status
  /** Milliseconds for which it counts as in flight, if longer than a minute. */
  readonly flight?: number
  /**
   * Creates the resource under this id (32 hex digits) and returns its representation. A second call with the
   * same id creates nothing again. A {@link Fault} means that nothing was created.
   */
  make(id: string): Promise<Body>
  /**
   * The resource created by an earlier attempt, for cases where the current state could refuse its creation.
   */
  found?(id: string): Promise<Body | null>
}

/** A claimed key, whose request is to be answered. */
export interface ClaimedKey {
  /** 32 hex digits for the new resource, the same at each attempt. */
  readonly id: string
  /** Whether an earlier attempt ended without an answer. */
  readonly resumed: boolean
  /** Keeps the answer for repeats; frees the key if it exceeds {@link MOST_KEPT_BYTES}. @param body - JSON */
  answer(body: string): Promise<void>
  /** Frees the key. If this fails too, the claim expires by itself. */
  fail(error: unknown): Promise<void>
}

/**
 * Claims a key for a request.
 * @returns the answer that the request got before, if it was answered
 * @throws {Fault} `unprocessable` for a key used by another request; `conflict` while the first request is in
 *   flight
 */
export async function claimKey(
  context: AppContext,
  tenant: string,
  key: string,
  { request, status, flight }: Pick<Creation<SuccessStatus, unknown>, 'request' | 'status' | 'flight'>,
): Promise<Answer | ClaimedKey> {
  const { idempotency, newId } = context.env.services
  const fingerprint = await digestOf([context.req.method, context.req.path, request])
  const claimed = await idempotency.claim(tenant, key, fingerprint, newId(), flight)
  switch (claimed.outcome) {
    case 'other_request':
      throw unprocessableField(
        IDEMPOTENCY_KEY,
        'this key was used within a day for another path or body; send a key of its own for each request, and the same body when you repeat one',
      )
    case 'in_flight':
      throw new Fault({
        kind: 'conflict',
        pointer: IDEMPOTENCY_KEY,
        detail: 'the first request under this key is still being worked on; send it again in a moment',
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      })
    case 'answered':
      return new Answer(claimed.status as SuccessStatus, new JsonText(claimed.body), REPLAYED)
    case 'claimed': {
      const { claim } = claimed
      return {
        id: claim.id,
        resumed: claim.resumed,
        answer: (body) => (isKept(body) ? idempotency.answer(claim, status, body) : idempotency.release(claim)),
        fail: (error) => (error instanceof Fault ? idempotency.release(claim) : idempotency.abandon(claim)).catch(() => {}),
      }
    }
  }
}

const isKept = (body: string) => 3 * body.length <= MOST_KEPT_BYTES || new TextEncoder().encode(body).length <= MOST_KEPT_BYTES

export const REPLAYED = { 'idempotent-replayed': 'true' } as const

/**
 * Creates a resource, once per key.
 * @param key - null creates it unconditionally
 * @throws {Fault} as {@link claimKey}
 */
export async function createOnce<Status extends SuccessStatus>(
  context: AppContext,
  tenant: string,
  key: string | null,
  creation: Creation<Status, unknown>,
): Promise<Answer> {
  const { status } = creation
  if (key === null) return new Answer(status, await creation.make(context.env.services.newId()))
  const claimed = await claimKey(context, tenant, key, creation)
  if (claimed instanceof Answer) return claimed
  const work = makeUnder(claimed, creation)
  // A client that gave up waiting will ask again, so the work continues without it.
  context.executionCtx.waitUntil(work.catch(() => {}))
  return new Answer(status, new JsonText(await work))
}

/** Returns the answer's body, which is stored. */
async function makeUnder(claimed: ClaimedKey, { make, found }: Creation<SuccessStatus, unknown>): Promise<string> {
  try {
    const body = JSON.stringify((claimed.resumed ? await found?.(claimed.id) : null) ?? (await make(claimed.id)))
    await claimed.answer(body)
    return body
  } catch (error) {
    // The first fault is the one to report.
    await claimed.fail(error)
    throw error
  }
}
