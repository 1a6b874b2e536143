/**
 * Keys of all objects in R2, and the run engine's {@link Blobs}.
 * @module
 */
import { sha256Hex } from '../contracts/digest.ts'
import { Fault } from '../contracts/failure.ts'
import type { UploadStore } from '../contracts/catalogue-ports.ts'
import type { Blobs } from '../contracts/ports.ts'
import { blockChecksums } from './block-checksums.ts'
import { assertDigest, missingObject, readNamed } from './damaged-object.ts'
import { encodeOffsets, packedChecksums, packLines, readChecksums, readLines } from './packed-lines.ts'

/** Every key begins with its tenant. */
export const objectKey = {
  image: (tenant: string, sha256: string) => `t/${tenant}/images/${sha256}`,
  file: (tenant: string, sha256: string) => `t/${tenant}/files/${sha256}`,
  /** JSON [{key, offset, bytes}]: the parts of a file, before the table `upload_parts` recorded them. */
  filePieces: (tenant: string, sha256: string) => `t/${tenant}/files/${sha256}.pieces`,
  uploadPart: (tenant: string, upload: string, part: string) => `t/${tenant}/uploads/${upload}/${part}`,
  importWork: (tenant: string, importId: string) => `t/${tenant}/imports/${importId}/`,
  model: (tenant: string, sha256: string) => `t/${tenant}/models/${sha256}`,
  dataset: (tenant: string, digest: string, part: 'items.jsonl' | 'items.idx' | 'columns.bin' | 'checksums.json') =>
    `t/${tenant}/datasets/${digest}/${part}`,
  answersOf: (tenant: string, dataset: string) => `t/${tenant}/answers/${dataset}/`,
  answers: (tenant: string, digest: string, dataset: string, part: 'answers.jsonl' | 'answers.idx' | 'checksums.json') =>
    `t/${tenant}/answers/${dataset}/${digest}/${part}`,
  vectors: (tenant: string, digest: string, dataset: string) => `t/${tenant}/answers/${dataset}/${digest}/vectors.safetensors`,
  scores: (tenant: string, sha256: string) => `t/${tenant}/scores/${sha256}`,
  /** The body of an endpoint's answer, at the key that its request has. */
  endpointAnswer: (tenant: string, key: string) => `t/${tenant}/endpoint-answers/${key}`,
  run: (tenant: string, runId: string) => `t/${tenant}/runs/${runId}/`,
} as const

/** Opens a file of an added model. @throws {Fault} `damaged` if it is gone */
export async function openModelFile(
  bucket: R2Bucket,
  tenant: string,
  { file, sha256 }: { readonly file: string; readonly sha256: string },
): Promise<ReadableStream<Uint8Array>> {
  const object = await bucket.get(objectKey.model(tenant, sha256))
  if (object === null) throw missingObject(`${objectKey.model(tenant, sha256)} (${file} of an added model)`)
  return object.body
}

export function createBlobs(bucket: R2Bucket): Blobs {
  return {
    async putScores(tenant, scores) {
      const bytes = new Uint8Array(8 * scores.length)
      const view = new DataView(bytes.buffer)
      scores.forEach((score, index) => view.setFloat64(8 * index, score, true))
      const digest = await sha256Hex(bytes)
      await bucket.put(objectKey.scores(tenant, digest), bytes)
      return digest
    },
    async readScores(tenant, digest) {
      const bytes = await readNamed(bucket, objectKey.scores(tenant, digest))
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      return Float64Array.from({ length: bytes.byteLength / 8 }, (_, index) => view.getFloat64(8 * index, true))
    },
    async putHashed(run, kind, bytes) {
      const key = `${objectKey.run(run.tenant, run.id)}${kind}/${await sha256Hex(bytes)}`
      await bucket.put(key, bytes)
      return key
    },
    get: (key) => readNamed(bucket, key),
    async delete(keys) {
      // R2 deletes at most 1000 keys per call.
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

export function createUploadStore(bucket: R2Bucket): UploadStore {
  const answersKey = (tenant: string, results: string, dataset: string) =>
    [
      objectKey.answers(tenant, results, dataset, 'answers.jsonl'),
      objectKey.answers(tenant, results, dataset, 'answers.idx'),
      objectKey.answers(tenant, results, dataset, 'checksums.json'),
    ] as const
  return {
    async putImage(tenant, sha256, bytes) {
      await bucket.put(objectKey.image(tenant, sha256), bytes)
    },
    async readImage(tenant, sha256) {
      const key = objectKey.image(tenant, sha256)
      const object = await bucket.get(key)
      if (object === null) throw new Fault({ kind: 'not_found', resource: 'image', id: sha256 })
      const bytes = new Uint8Array(await object.arrayBuffer())
      await assertDigest(key, bytes, sha256)
      return bytes
    },
    async openImage(tenant, sha256) {
      const object = await bucket.get(objectKey.image(tenant, sha256))
      return object && { bytes: object.size, stream: () => object.body }
    },
    async putAnswers(tenant, results, dataset, answers) {
      const [bodyKey, indexKey, checksumsKey] = answersKey(tenant, results, dataset)
      const { body, offsets } = packLines(answers)
      const index = encodeOffsets(offsets)
      const checksums = JSON.stringify(await packedChecksums(await blockChecksums(body), index))
      await Promise.all([bucket.put(bodyKey, body), bucket.put(indexKey, index), bucket.put(checksumsKey, checksums)])
    },
    async readAnswers(tenant, results, dataset, first, end) {
      const [bodyKey, indexKey, checksumsKey] = answersKey(tenant, results, dataset)
      return readLines(bucket, bodyKey, indexKey, first, end, await readChecksums(bucket, checksumsKey, undefined))
    },
  }
}
