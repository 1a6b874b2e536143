/**
 * Key of a stored answer: a digest of everything that an answer depends on.
 *
 * The body has the model, the sampling parameters, the texts and the bytes of the pictures. A request whose
 * answer is random belongs to one item of one run, unless the run asks for answers of other runs.
 * @module
 */
import { digestOf, sha256Hex } from '../../../contracts/digest.ts'
import type { AnswerCache } from '../../../contracts/endpoint-calls.ts'

export interface AnswerKeyParts {
  readonly addressDigest: string
  readonly path: string
  readonly body: Uint8Array
  /** The same request gets the same answer: temperature 0, a seed, or an embedding. */
  readonly deterministic: boolean
  readonly cache: AnswerCache
  /** Revision of the model; undefined: the run names none. */
  readonly revision?: string | undefined
  /** The run and the item that the answer belongs to if it is not shared. */
  readonly run: string
  readonly item: string
}

export async function answerKey({ addressDigest, path, body, run, item, revision, ...parts }: AnswerKeyParts): Promise<string> {
  const owner = isShared(parts) ? null : { run, item }
  return digestOf({
    schema: 'assay.endpoint-answer/1',
    address_digest: addressDigest,
    path,
    body: await sha256Hex(body),
    owner,
    ...(revision !== undefined && { revision }),
  })
}

/** Whether an answer may serve other runs of the tenant. */
function isShared({ cache, deterministic }: Pick<AnswerKeyParts, 'cache' | 'deterministic'>): boolean {
  return cache === 'on' || (cache === 'auto' && deterministic)
}
