/**
 * Probes of an endpoint that answers later: a batch of one request, and the signature of a job.
 * @module
 */
import { SampleError } from '../../../contracts/model.ts'
import { createBatchDispatcher } from '../batch/batch-dispatcher.ts'
import type { RetryParts } from '../call-endpoint.ts'
import { type DispatchedResult, type Dispatcher, DispatchRefused, DispatchUnknown } from '../deferred/dispatcher.ts'
import { createServiceClient, type ServiceReply } from '../deferred/service-client.ts'
import { finalFailure } from '../endpoint-failure.ts'
import type { Endpoint, SenderParts } from '../send-request.ts'

export interface DeferredProbeParts extends RetryParts, SenderParts {
  readonly endpoint: Pick<Endpoint, 'name' | 'baseUrl' | 'timeoutMs' | 'maxAttempts'>
  /** Removed from messages. */
  readonly secrets: readonly string[]
  readonly newId: () => string
  /** Headers of a delivery, signed as Standard Webhooks does. */
  readonly sign: (secret: string, id: string, body: Uint8Array) => Promise<Readonly<Record<string, string>>>
}

/** Looks at the batch, and milliseconds between them: a batch of one request may be answered at once. */
const LOOKS = 3
const BETWEEN_LOOKS = 1500

/**
 * Sends a batch of one request, and cancels it if it is not answered within some seconds.
 * @returns a sentence
 * @throws {SampleError} if it was not taken, or its answer is a failure
 */
export async function probeBatch(parts: DeferredProbeParts, path: string, body: Uint8Array): Promise<string> {
  const { endpoint, newId, sleep } = parts
  const client = createServiceClient(parts)
  const batches = createBatchDispatcher({ ...parts, client, run: 'probe', maxAttempts: 1 })
  const call = 'probe-00000'
  const begunAt = parts.now()
  try {
    const id = await batches.send(newId(), [{ call, path, body }], async () => {})
    for (let look = 1; (await batches.poll(id)) === 'running'; look++) {
      if (look < LOOKS) await sleep(BETWEEN_LOOKS)
      else return await cancelled(batches, id)
    }
    for await (const result of batches.results(id, [call], { begunAt })) return answered(parts, result.read())
    return answered(parts, undefined)
  } catch (error) {
    if (error instanceof DispatchRefused) throw finalFailure(endpoint.name, error.outcome, 1, parts.secrets)
    if (error instanceof DispatchUnknown) throw new SampleError('endpoint_network', `endpoint ${endpoint.name}: ${error.message}`)
    throw error
  }
}

async function cancelled(batches: Dispatcher, id: string): Promise<string> {
  const ended = await batches.stop(id)
  return `it took a batch of one request, which was ${ended ? 'cancelled' : 'asked to cancel'} after some seconds without an answer`
}

function answered({ endpoint, secrets }: DeferredProbeParts, result: DispatchedResult | undefined): string {
  if (result === undefined) throw new SampleError('endpoint_no_result', `endpoint ${endpoint.name}: the batch has no result`)
  if ('unprocessed' in result)
    throw new SampleError(result.unprocessed.code, `endpoint ${endpoint.name}: ${result.unprocessed.message}`)
  if ('failed' in result) throw new SampleError(result.failed.code, `endpoint ${endpoint.name}: ${result.failed.message}`)
  const { outcome } = result
  if ('error' in outcome || outcome.response.status > 299) throw finalFailure(endpoint.name, outcome, 1, secrets)
  return 'a batch of one request was answered'
}

/** Not the id of a job. */
const UNKNOWN_JOB = 'probe'
const OTHER_SECRET = `whsec_${'AAAA'.repeat(11)}`

/**
 * Asks for a job that the worker cannot have, with our signature and with another one.
 * @returns a sentence
 * @throws {SampleError} if the worker refuses our signature or takes any, or says that it has the job
 */
export async function probeJob(parts: DeferredProbeParts): Promise<string> {
  const { endpoint, secret, secrets } = parts
  if (secret === undefined) throw new SampleError('no_secret', 'a job is signed, and the endpoint has no secret')
  const signed = await askForJob(parts, secret)
  if (!isNone(signed)) throw refusalOf(endpoint.name, signed, secrets)
  if (isNone(await askForJob(parts, OTHER_SECRET)))
    throw new SampleError(
      'not_verified',
      `endpoint ${endpoint.name} answered 404 to our signature and to a wrong one: there are no jobs at this address, or it does not verify`,
    )
  return 'it knows our signature, and answered 404 to a job that it does not have'
}

/** The secret signs, so it is not sent. */
async function askForJob(parts: DeferredProbeParts, secret: string): Promise<ServiceReply<null>> {
  const signature = await parts.sign(secret, UNKNOWN_JOB, new Uint8Array())
  return createServiceClient({ ...parts, secret: undefined }).once({
    method: 'GET',
    path: `jobs/${UNKNOWN_JOB}`,
    headers: { accept: 'application/json', ...signature },
    maxResponseBytes: 64 * 1024,
    read: () => null,
  })
}

const isNone = (reply: ServiceReply<null>): boolean =>
  !reply.ok && 'response' in reply.outcome && reply.outcome.response.status === 404

function refusalOf(endpoint: string, reply: ServiceReply<null>, secrets: readonly string[]): SampleError {
  if (!reply.ok) return finalFailure(endpoint, reply.outcome, 1, secrets)
  return new SampleError(
    'job_not_lost',
    `endpoint ${endpoint} says that it has a job ${UNKNOWN_JOB}: it must answer 404 to one that it has lost`,
  )
}
