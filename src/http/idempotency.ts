/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07, and Stripe's API as clients know it): a request that is sent again
 * under its key makes nothing twice and is answered as it was the first time.
 * @module
 */
import type { IdempotencyClaim } from '../contracts/catalogue-ports.ts'
import { digestOf } from '../contracts/digest.ts'
import { Fault, unprocessableField } from '../contracts/failure.ts'
import type { AppContext } from './app-context.ts'
import { IDEMPOTENCY_KEY } from './idempotency-key.ts'

/** Runs, the slowest of what is made under keys, take about this long to be made. */
const RETRY_AFTER_SECONDS = 1

export interface Creation {
  readonly tenant: string
  /** `idempotencyKeyOf`: read before the body is. */
  readonly key: string | null
  /** What the client asked for, as JSON: under one key always the same. */
  readonly request: unknown
  readonly status: 200 | 201 | 202
  /**
   * Makes the resource under this id (32 hex digits) and returns its representation. Making it under the same id again must make no
   * second one. A {@link Fault} says that nothing was made.
   */
  make(id: string): Promise<object>
  /** What an attempt before this one may have made, where the present state could refuse to make it again. */
  found?(id: string): Promise<object | null>
}

/**
 * Makes something, once a key.
 * @throws {Fault} `unprocessable` for a key that another request used, `conflict` while the first request under it is in flight.
 */
export async function createOnce(context: AppContext, creation: Creation): Promise<Response> {
  const { idempotency, newId } = context.env.services
  const { tenant, key, request, status } = creation
  if (key === null) return context.json(await creation.make(newId()), status)
  const fingerprint = await digestOf([context.req.method, context.req.path, request])
  const found = await idempotency.claim(tenant, key, fingerprint, newId())
  switch (found.outcome) {
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
      return new Response(found.body, {
        status: found.status,
        headers: { 'content-type': 'application/json', 'idempotent-replayed': 'true' },
      })
    case 'claimed': {
      const work = makeUnder(context, creation, found.claim)
      // A client that goes away, tired of waiting, is the one that will ask again.
      context.executionCtx.waitUntil(work.catch(() => {}))
      const body = await work
      return new Response(body, { status, headers: { 'content-type': 'application/json' } })
    }
  }
}

/** Returns the body of the answer, which is kept. */
async function makeUnder(context: AppContext, { status, make, found }: Creation, claim: IdempotencyClaim): Promise<string> {
  const { idempotency } = context.env.services
  try {
    const body = JSON.stringify((claim.resumed ? await found?.(claim.id) : null) ?? (await make(claim.id)))
    await idempotency.answer(claim, status, body)
    return body
  } catch (error) {
    // Should this fail too, the lease runs out by itself. The fault to report is the first.
    await (error instanceof Fault ? idempotency.release(claim) : idempotency.abandon(claim)).catch(() => {})
    throw error
  }
}
