/**
 * Creation under an `Idempotency-Key`, as in Stripe's API: a repeated request creates nothing and gets the
 * first answer.
 * @module
 */
import type { IdempotencyClaim } from '../contracts/catalogue-ports.ts'
import { digestOf } from '../contracts/digest.ts'
import { Fault, unprocessableField } from '../contracts/failure.ts'
import { Answer, JsonText } from './answer.ts'
import type { AppContext } from './app-context.ts'
import { IDEMPOTENCY_KEY } from './idempotency-key.ts'
import type { SuccessStatus } from './operation.ts'

/** Creating a run, the slowest creation under a key, takes about this long. */
const RETRY_AFTER_SECONDS = 1

export interface Creation<Status, Body> {
  /** The client's request as JSON, which must be the same under one key. */
  readonly request: unknown
  readonly status: Status
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

/**
 * Creates a resource, once per key.
 * @param key - null creates it unconditionally
 * @throws {Fault} `unprocessable` for a key used by another request; `conflict` while the first request is in
 *   flight
 */
export async function createOnce<Status extends SuccessStatus>(
  context: AppContext,
  tenant: string,
  key: string | null,
  creation: Creation<Status, unknown>,
): Promise<Answer> {
  const { idempotency, newId } = context.env.services
  const { request, status } = creation
  if (key === null) return new Answer(status, await creation.make(newId()))
  const fingerprint = await digestOf([context.req.method, context.req.path, request])
  const claimed = await idempotency.claim(tenant, key, fingerprint, newId())
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
      return new Answer(claimed.status as SuccessStatus, new JsonText(claimed.body), { 'idempotent-replayed': 'true' })
    case 'claimed': {
      const work = makeUnder(context, creation, claimed.claim)
      // A client that gave up waiting will ask again, so the work continues without it.
      context.executionCtx.waitUntil(work.catch(() => {}))
      return new Answer(status, new JsonText(await work))
    }
  }
}

/** Returns the answer's body, which is stored. */
async function makeUnder(
  context: AppContext,
  { status, make, found }: Creation<SuccessStatus, unknown>,
  claim: IdempotencyClaim,
): Promise<string> {
  const { idempotency } = context.env.services
  try {
    const body = JSON.stringify((claim.resumed ? await found?.(claim.id) : null) ?? (await make(claim.id)))
    await idempotency.answer(claim, status, body)
    return body
  } catch (error) {
    // If this fails too, the lease expires by itself. The first fault is the one to report.
    await (error instanceof Fault ? idempotency.release(claim) : idempotency.abandon(claim)).catch(() => {})
    throw error
  }
}
