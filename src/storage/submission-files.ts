/**
 * Objects of a submission: the requests that a job reads, and the results that it sends back. They belong to
 * the run, and its compaction deletes them.
 * @module
 */
import { sha256Hex } from '../contracts/digest.ts'
import type { OpenSubmissionFiles } from '../contracts/submission-files.ts'
import { objectKey } from './objects.ts'

export function createSubmissionFiles(bucket: R2Bucket): OpenSubmissionFiles {
  return (tenant, run, submission) => {
    const prefix = `${objectKey.run(tenant, run)}submissions/${submission}/`
    return {
      async put(name, bytes) {
        await bucket.put(prefix + name, bytes)
      },
      async get(name) {
        const object = await bucket.get(prefix + name)
        return object && new Uint8Array(await object.arrayBuffer())
      },
      async open(name) {
        const object = await bucket.get(prefix + name)
        return object && { bytes: object.size, stream: () => object.body }
      },
      // At its hash, so that a repeated delivery stores nothing new.
      async putResults(bytes) {
        await bucket.put(`${prefix}results/${await sha256Hex(bytes)}`, bytes)
      },
      async *results() {
        let cursor: string | undefined
        do {
          const page = await bucket.list({ prefix: `${prefix}results/`, ...(cursor === undefined ? {} : { cursor }) })
          for (const { key } of page.objects) {
            const object = await bucket.get(key)
            if (object !== null) yield new Uint8Array(await object.arrayBuffer())
          }
          cursor = page.truncated ? page.cursor : undefined
        } while (cursor !== undefined)
      },
    }
  }
}
