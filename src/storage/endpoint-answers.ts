/**
 * {@link AnswerStore} over R2. The first body under a key stays, so concurrent callers agree on one answer.
 * @module
 */
import type { AnswerStore } from '../contracts/endpoint-calls.ts'
import { objectKey } from './objects.ts'

/** The one that was in the way may be deleted before it is read. */
const MOST_TRIES = 3

export function createAnswerStore(bucket: R2Bucket): AnswerStore {
  const read = async (tenant: string, key: string): Promise<Uint8Array | null> => {
    const object = await bucket.get(objectKey.endpointAnswer(tenant, key))
    return object && new Uint8Array(await object.arrayBuffer())
  }
  return {
    read,
    async keep(tenant, key, body) {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const stored = await bucket.put(objectKey.endpointAnswer(tenant, key), body, { onlyIf: { etagDoesNotMatch: '*' } })
        const kept = stored === null ? await read(tenant, key) : body
        if (kept !== null) return kept
      }
      throw new Error(`answer ${key} is stored and deleted by turns`)
    },
  }
}
