/**
 * Submissions as batches of OpenAI's Batch API: upload a file of requests, create a batch, look at it, read
 * its output and its error file.
 *
 * The create request alone must not be repeated blindly. Its metadata has our id of the submission, by which
 * a later look finds the batch in the list of the newest ones.
 * @module
 */
import type { Submission } from '../../../contracts/model.ts'
import type { RetryParts } from '../call-endpoint.ts'
import { type DispatchedRequest, type Dispatcher, DispatchRefused, DispatchUnknown } from '../deferred/dispatcher.ts'
import type { ServiceClient, ServiceReply } from '../deferred/service-client.ts'
import { retryDelay } from '../retry-policy.ts'
import { readOutput } from './batch-output.ts'
import {
  type Batch,
  encodeInput,
  encodeUpload,
  hasEnded,
  readBatch,
  readBatches,
  readFileId,
  SUBMISSION,
  urlOf,
} from './batch-wire.ts'

const HOUR = 3_600_000
/** The one window that OpenAI offers, and an hour for a machine that is late. */
const WINDOW = '24h'
const PATIENCE_MS = 25 * HOUR
/** Held twice while a batch is sent: the requests, and the file. */
const MOST_BYTES = 20 * 1024 * 1024
const OBJECT_BYTES = 1024 * 1024
/** A hundred batches with their metadata. */
const LIST_BYTES = 4 * 1024 * 1024
/** Newest batches among which a lost one is sought: two thousand. */
const LIST_PAGES = 20
const PAGE_SIZE = 100

export interface BatchDispatcherParts extends RetryParts {
  readonly client: ServiceClient
  readonly run: string
  readonly maxAttempts: number
}

export function createBatchDispatcher({ client, run, maxAttempts, ...time }: BatchDispatcherParts): Dispatcher {
  const json = { 'content-type': 'application/json', accept: 'application/json' }

  async function upload(id: string, requests: readonly DispatchedRequest[]): Promise<string> {
    const boundary = `assay-${id}`
    const reply = await client.ask({
      method: 'POST',
      path: 'files',
      headers: { accept: 'application/json', 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: encodeUpload(encodeInput(requests), `${id}.jsonl`, boundary),
      maxResponseBytes: OBJECT_BYTES,
      read: readFileId,
    })
    // An upload that broke off leaves at most a file without a batch.
    if (!reply.ok) throw new DispatchRefused(reply.outcome)
    return reply.answer
  }

  /** Repeated only where the list shows that no batch came of it. */
  async function create(id: string, path: string, file: string, confirm: () => Promise<void>): Promise<string> {
    const body = {
      input_file_id: file,
      endpoint: urlOf(path),
      completion_window: WINDOW,
      metadata: { [SUBMISSION]: id, assay_run: run },
    }
    for (let attempt = 1; ; attempt++) {
      await confirm()
      const reply = await client.once({
        method: 'POST',
        path: 'batches',
        headers: { ...json, 'idempotency-key': id },
        body: new TextEncoder().encode(JSON.stringify(body)),
        maxResponseBytes: OBJECT_BYTES,
        read: readBatch,
      })
      if (reply.ok) return reply.answer.id
      const { outcome } = reply
      if ('error' in outcome) throw new DispatchUnknown(reply.reason)
      const { status } = outcome.response
      if (status < 400 || status >= 500) {
        const found = await find(id)
        if (found !== null) return found
      } else if (status !== 429) throw new DispatchRefused(outcome)
      if (attempt >= maxAttempts) throw new DispatchRefused(outcome)
      await time.sleep(retryDelay(outcome, attempt, time.now(), time.random))
    }
  }

  async function find(id: string): Promise<string | null> {
    let after: string | undefined
    for (let page = 0; page < LIST_PAGES; page++) {
      const { data, has_more } = known(
        await client.ask({
          method: 'GET',
          path: 'batches',
          query: { limit: String(PAGE_SIZE), ...(after !== undefined && { after }) },
          maxResponseBytes: LIST_BYTES,
          read: readBatches,
        }),
      )
      const found = data.find(({ metadata }) => metadata?.[SUBMISSION] === id)
      if (found !== undefined) return found.id
      after = data.at(-1)?.id
      if (has_more !== true || after === undefined) return null
    }
    return null
  }

  const look = async (externalId: string): Promise<ServiceReply<Batch>> =>
    client.ask({
      method: 'GET',
      path: `batches/${encodeURIComponent(externalId)}`,
      maxResponseBytes: OBJECT_BYTES,
      read: readBatch,
    })

  return {
    mostBytes: MOST_BYTES,
    patienceMilliseconds: PATIENCE_MS,
    send: async (id, requests, confirm) => create(id, requests[0]!.path, await upload(id, requests), confirm),
    find: ({ id }: Submission) => find(id),
    known: ({ id }: Submission) => find(id),

    async poll(externalId) {
      const reply = await look(externalId)
      if (isGone(reply)) return 'ended'
      return hasEnded(known(reply)) ? 'ended' : 'running'
    },

    async stop(externalId) {
      await client.once({
        method: 'POST',
        path: `batches/${encodeURIComponent(externalId)}/cancel`,
        headers: json,
        maxResponseBytes: OBJECT_BYTES,
        read: readBatch,
      })
      const reply = await look(externalId)
      return isGone(reply) || hasEnded(known(reply))
    },

    async *results(externalId, calls, { begunAt }) {
      const reply = await look(externalId)
      if (!isGone(reply)) yield* await readOutput({ client, begunAt, now: time.now }, known(reply), calls)
    },
  }
}

/** The batch was deleted. */
const isGone = (reply: ServiceReply<unknown>): boolean =>
  !reply.ok && 'response' in reply.outcome && reply.outcome.response.status === 404

function known<Answer>(reply: ServiceReply<Answer>): Answer {
  if (reply.ok) return reply.answer
  throw new DispatchUnknown(reply.reason)
}
