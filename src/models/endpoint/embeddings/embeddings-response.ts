/**
 * From an embeddings response to vectors: `{data: [{index, embedding}]}`. An embedding is a list of numbers,
 * or base64 of little-endian 32-bit floats. The form of each answer decides, not the form asked for: some
 * servers know only one.
 * @module
 */
import { z } from 'zod'
import { fromBase64 } from '../../../contracts/base64.ts'
import { SampleError, type TokenUsage } from '../../../contracts/model.ts'
import type { Reading } from '../call-endpoint.ts'
import { parseReply } from '../json-body.ts'
import { reportedUsage } from '../reported-usage.ts'

const embeddingsBody = z.object({
  data: z.array(z.object({ index: z.int().nonnegative(), embedding: z.union([z.string(), z.array(z.number())]) })),
  usage: reportedUsage,
})

export interface Embedded {
  /** One per input, in the order of the inputs. All of one length. */
  readonly vectors: readonly Float32Array[]
  readonly usage: TokenUsage | null
}

/**
 * @param count - of inputs
 * @throws {SampleError} `endpoint_bad_response` unless there is one usable vector per input
 */
export function readEmbeddings(bytes: Uint8Array, count: number): Reading<Embedded> {
  const reply = parseReply(embeddingsBody, bytes, 'a list of embeddings')
  if ('reported' in reply) return reply
  const { data, usage } = reply.body
  const ordered = data.toSorted((a, b) => a.index - b.index)
  if (data.length !== count || ordered.some(({ index }, place) => index !== place))
    throw bad(`has ${data.length} embeddings for ${count} inputs, or other indices than 0 to ${count - 1}`)
  const vectors = ordered.map(({ embedding }) => vectorOf(embedding))
  if (vectors.some((vector) => vector.length !== vectors[0]!.length)) throw bad('has embeddings of several lengths')
  return { answer: { vectors, usage: usage ?? null }, usage }
}

/** Finite, and not all zeros: its cosine with anything is defined. */
function vectorOf(embedding: string | readonly number[]): Float32Array {
  const vector = typeof embedding === 'string' ? decoded(embedding) : Float32Array.from(embedding)
  if (vector.length === 0 || !vector.every(Number.isFinite) || vector.every((value) => value === 0))
    throw bad('has an embedding that is empty, all zeros or not finite')
  return vector
}

function decoded(base64: string): Float32Array {
  const bytes = fromBase64(base64)
  if (bytes === null || bytes.length % 4 !== 0) throw bad('has an embedding that is not base64 of 32-bit floats')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(4 * index, true))
}

const bad = (what: string) => new SampleError('endpoint_bad_response', `the endpoint's answer ${what}`)
