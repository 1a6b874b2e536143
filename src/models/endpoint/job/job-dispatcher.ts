/**
 * Submissions as jobs: one signed POST of a manifest to a worker, which reads the requests from a signed,
 * expiring address and posts results to another.
 *
 * The id of a job makes its POST repeatable: a worker that knows the id goes on, and one that has lost it
 * begins again with what {@link JobManifest.results_url} says is missing.
 * @module
 */
import { z } from 'zod'
import { sha256Hex } from '../../../contracts/digest.ts'
import type { LedgerReader } from '../../../contracts/endpoint-calls.ts'
import type { SignedLinks } from '../../../contracts/signed-link.ts'
import type { OpenSubmissionFiles } from '../../../contracts/submission-files.ts'
import { encodeInput, readResults } from '../batch/batch-wire.ts'
import { callPrefix } from '../deferred/attempts.ts'
import { type Dispatcher, DispatchRefused, DispatchUnknown } from '../deferred/dispatcher.ts'
import type { ServiceClient } from '../deferred/service-client.ts'
import { parseJsonBody } from '../json-body.ts'

const HOUR = 3_600_000
const PATIENCE_MS = 24 * HOUR
const MOST_BYTES = 20 * 1024 * 1024
const ANSWER_BYTES = 64 * 1024

/** `POST {base_url}/jobs`. */
export interface JobManifest {
  readonly object: 'assay.job'
  /** The same at every repetition. */
  readonly id: string
  readonly run_id: string
  /** Unix seconds. */
  readonly expires_at: number
  readonly requests: {
    /** `GET` answers JSON lines, each as in a file for OpenAI's Batch API. */
    readonly url: string
    readonly count: number
    readonly bytes: number
    readonly sha256: string
  }
  /** `POST` takes JSON lines, each as in an output file of OpenAI's Batch API. `GET` says what is missing. */
  readonly results_url: string
}

const jobAnswer = z.looseObject({ status: z.string().optional() })

const ENDED: ReadonlySet<string | undefined> = new Set(['completed', 'failed', 'cancelled'])

export interface JobDispatcherParts {
  /** Sends no bearer token: the secret signs. */
  readonly client: ServiceClient
  readonly run: { readonly tenant: string; readonly id: string }
  readonly files: OpenSubmissionFiles
  readonly ledgers: Pick<LedgerReader, 'callsOf'>
  readonly links: SignedLinks
  /** Headers of a Standard Webhooks delivery. */
  readonly sign: (id: string, body: Uint8Array) => Promise<Readonly<Record<string, string>>>
  /** Unix milliseconds. */
  readonly now: () => number
}

export function createJobDispatcher({ client, run, files, ledgers, links, sign, now }: JobDispatcherParts): Dispatcher {
  const filesOf = (id: string) => files(run.tenant, run.id, id)

  async function manifestOf(id: string, requests: Uint8Array, count: number): Promise<JobManifest> {
    const expiresAt = now() + PATIENCE_MS
    const at = (path: string) => links.url('submission', [run.tenant, run.id, id], expiresAt, `/v1/submissions/{token}/${path}`)
    return {
      object: 'assay.job',
      id,
      run_id: run.id,
      expires_at: Math.floor(expiresAt / 1000),
      requests: { url: await at('requests'), count, bytes: requests.length, sha256: await sha256Hex(requests) },
      results_url: await at('results'),
    }
  }

  /** Repeatable. */
  async function post(id: string, manifest: Uint8Array): Promise<string> {
    const reply = await client.ask({
      method: 'POST',
      path: 'jobs',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...(await sign(id, manifest)) },
      body: manifest,
      maxResponseBytes: ANSWER_BYTES,
      read: (bytes) => parseJsonBody(jobAnswer, bytes, 'a job'),
    })
    if (reply.ok) return id
    const status = 'response' in reply.outcome ? reply.outcome.response.status : 0
    if (status >= 400 && status < 500 && status !== 429 && status !== 408) throw new DispatchRefused(reply.outcome)
    throw new DispatchUnknown(reply.reason)
  }

  /** null: it was never sent. */
  async function repeat(id: string): Promise<string | null> {
    const manifest = await filesOf(id).get('manifest.json')
    return manifest && post(id, manifest)
  }

  /** null: the worker has none, and takes none. */
  async function find(id: string): Promise<string | null> {
    try {
      return await repeat(id)
    } catch (error) {
      if (error instanceof DispatchRefused) return null
      throw error
    }
  }

  /** Every result was delivered. */
  async function isReceived(id: string): Promise<boolean> {
    const calls = await ledgers.callsOf(run.tenant, run.id, [callPrefix(id)])
    return calls.every(({ state, outcome }) => state !== 'open' || outcome !== null)
  }

  /** @throws {DispatchUnknown} */
  async function look(id: string): Promise<'running' | 'ended' | 'unknown'> {
    const reply = await client.once({
      method: 'GET',
      path: `jobs/${id}`,
      headers: { accept: 'application/json', ...(await sign(id, new Uint8Array())) },
      maxResponseBytes: ANSWER_BYTES,
      read: (bytes) => parseJsonBody(jobAnswer, bytes, 'a job'),
    })
    if (reply.ok) return ENDED.has(reply.answer.status) ? 'ended' : 'running'
    if ('response' in reply.outcome && reply.outcome.response.status === 404) return 'unknown'
    throw new DispatchUnknown(reply.reason)
  }

  return {
    mostBytes: MOST_BYTES,
    patienceMilliseconds: PATIENCE_MS,

    async send(id, requests, confirm) {
      const input = encodeInput(requests)
      const manifest = new TextEncoder().encode(JSON.stringify(await manifestOf(id, input, requests.length)))
      await filesOf(id).put('requests.jsonl', input)
      await confirm()
      await filesOf(id).put('manifest.json', manifest)
      return post(id, manifest)
    },

    find: ({ id }) => find(id),

    async known({ id }) {
      for await (const _ of filesOf(id).results()) return id
      return (await look(id)) === 'unknown' ? null : id
    },

    async poll(id) {
      if (await isReceived(id)) return 'ended'
      const status = await look(id)
      if (status !== 'unknown') return status
      // A worker that has forgotten the job, by a restart, is given it again.
      await find(id)
      return 'running'
    },

    // The worker learns it by the refusal of its next delivery, which is kept.
    stop: async (id) => (await isReceived(id)) || (await look(id)) !== 'running',

    async *results(id) {
      for await (const delivery of filesOf(id).results()) yield* readResults(delivery).results
    },
  }
}
