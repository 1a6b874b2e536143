/**
 * R2: the key of everything stored there, and the run engine's {@link Blobs}.
 * @module
 */
import { sha256Hex } from '../contracts/digest.ts'
import { Fault } from '../contracts/failure.ts'
import type { ImageReference } from '../contracts/item.ts'
import type { Blobs } from '../contracts/ports.ts'

/** Every key begins with its tenant. */
export const objectKey = {
  image: (tenant: string, sha256: string) => `t/${tenant}/images/${sha256}`,
  file: (tenant: string, sha256: string) => `t/${tenant}/files/${sha256}`,
  dataset: (tenant: string, digest: string, part: 'items.jsonl' | 'items.idx' | 'columns.bin') => `t/${tenant}/datasets/${digest}/${part}`,
  answers: (tenant: string, digest: string, dataset: string, part: 'answers.jsonl' | 'answers.idx') => `t/${tenant}/answers/${dataset}/${digest}/${part}`,
  run: (tenant: string, runId: string) => `t/${tenant}/runs/${runId}/`,
} as const

export function createBlobs(bucket: R2Bucket): Blobs {
  return {
    async putHashed(run, kind, bytes) {
      const key = `${objectKey.run(run.tenant, run.id)}${kind}/${await sha256Hex(bytes)}`
      await bucket.put(key, bytes)
      return key
    },
    async get(key) {
      const object = await bucket.get(key)
      if (object === null) throw new Error(`object ${key} is missing`)
      return new Uint8Array(await object.arrayBuffer())
    },
    async delete(keys) {
      // R2 deletes at most 1000 keys a call.
      for (let start = 0; start < keys.length; start += 1000) await bucket.delete(keys.slice(start, start + 1000))
    },
    async keysOfRun(run) {
      const keys: string[] = []
      let cursor: string | undefined
      do {
        const page = await bucket.list({ prefix: objectKey.run(run.tenant, run.id), ...(cursor === undefined ? {} : { cursor }) })
        keys.push(...page.objects.map(({ key }) => key))
        cursor = page.truncated ? page.cursor : undefined
      } while (cursor !== undefined)
      return keys
    },
  }
}

/** Reads a stored picture of a tenant. @throws {Fault} `not_found` when it is gone. */
export function createImageReader(bucket: R2Bucket, tenant: string): (image: Pick<ImageReference, 'sha256'>) => Promise<Uint8Array> {
  return async ({ sha256 }) => {
    const object = await bucket.get(objectKey.image(tenant, sha256))
    if (object === null) throw new Fault({ kind: 'not_found', resource: 'image', id: sha256 })
    return new Uint8Array(await object.arrayBuffer())
  }
}
