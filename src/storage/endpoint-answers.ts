/**
 * {@link AnswerStore} over R2. The first body under a key stays, so concurrent callers agree on one answer.
 * @module
 */
import type { AnswerStore } from '../contracts/endpoint-calls.ts'
import { objectKey } from './objects.ts'

export function createAnswerStore(bucket: R2Bucket): AnswerStore {
  const read = async (tenant: string, key: string): Promise<Uint8Array | null> => {
    const object = await bucket.get(objectKey.endpointAnswer(tenant, key))
    return object && new Uint8Array(await object.arrayBuffer())
  }
  return {
    read,
    async keep(tenant, key, body) {
      const stored = await bucket.put(objectKey.endpointAnswer(tenant, key), body, { onlyIf: { etagDoesNotMatch: '*' } })
      return stored === null ? ((await read(tenant, key)) ?? body) : body
    },
  }
}
