/**
 * A worker that takes signed jobs: it fetches the requests, answers them and delivers results, some at a
 * time. What it knows is lost with the process; Assay then sends the job again, and it goes on where the
 * deliveries ended.
 * @module
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { signStandardWebhook, verifyStandardWebhook } from '../src/webhooks/standard-webhook.ts'
import type { AnswerLine } from './batches.ts'

const manifest = z.looseObject({
  object: z.literal('assay.job'),
  id: z.string(),
  requests: z.looseObject({ url: z.url(), count: z.int(), sha256: z.string() }),
  results_url: z.url(),
})
type Manifest = z.infer<typeof manifest>

const line = z.looseObject({ custom_id: z.string(), url: z.string(), body: z.unknown() })

/** Results per delivery. */
const PER_DELIVERY = 8
/** Attempts at a delivery, and milliseconds between them. */
const ATTEMPTS = 300
const WAIT = 200

export interface Jobs {
  /** @throws {BadSignature} */
  take(headers: Headers, body: Uint8Array): Promise<{ readonly id: string; readonly status: string }>
  /** null: not known, perhaps any more. @throws {BadSignature} */
  statusOf(headers: Headers, id: string): Promise<{ readonly id: string; readonly status: string } | null>
  /** Forgets every job, as a restart does. */
  forget(): void
  /** Distinct jobs, and deliveries made. */
  counts(): { readonly jobs: number; readonly deliveries: number }
}

export class BadSignature extends Error {
  override readonly name = 'BadSignature'
}

/**
 * @param secret - signs jobs and results
 * @param repeats - whether the next delivery is sent twice
 */
export function createJobs(secret: string, answer: AnswerLine, repeats: () => boolean): Jobs {
  const jobs = new Map<string, 'in_progress' | 'completed' | 'failed'>()
  const seen = new Set<string>()
  let deliveries = 0

  async function verify(headers: Headers, body: Uint8Array): Promise<void> {
    const verified = await verifyStandardWebhook([secret], headers, body, Date.now() / 1000)
    if (!verified.ok) throw new BadSignature(verified.detail)
  }

  async function deliver({ id, results_url }: Manifest, results: readonly object[]): Promise<void> {
    const body = new TextEncoder().encode(results.map((each) => `${JSON.stringify(each)}\n`).join(''))
    const send = async (): Promise<number> => {
      const headers = await signStandardWebhook([secret], id, Date.now() / 1000, body)
      deliveries++
      const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/jsonl' }, body }
      // The receiver may be restarting.
      const response = await fetch(results_url, init).catch(() => null)
      await response?.arrayBuffer().catch(() => null)
      return response?.status ?? 0
    }
    for (let attempt = 1; ; attempt++) {
      const status = await send()
      if (status === 200) break
      if ((status >= 400 && status < 500 && status !== 429) || attempt === ATTEMPTS)
        throw new Error(`results of job ${id} were refused: ${status}`)
      await sleep(WAIT, undefined, { ref: false })
    }
    if (repeats()) await send()
  }

  async function missingOf({ results_url }: Manifest): Promise<ReadonlySet<string>> {
    const given = (await (await reach(results_url)).json()) as { missing: string[] }
    return new Set(given.missing)
  }

  async function work(job: Manifest): Promise<void> {
    const text = await (await reach(job.requests.url)).text()
    if (createHash('sha256').update(text).digest('hex') !== job.requests.sha256) throw new Error('the requests are damaged')
    const lines = text.split('\n').filter((each) => each !== '')
    const missing = await missingOf(job)
    const wanted = lines.map((each) => line.parse(JSON.parse(each))).filter(({ custom_id }) => missing.has(custom_id))
    for (let first = 0; first < wanted.length; first += PER_DELIVERY) {
      const results: object[] = []
      for (const { custom_id, url, body } of wanted.slice(first, first + PER_DELIVERY)) {
        if (!jobs.has(job.id)) return
        const given = await answer(url, JSON.stringify(body))
        const response = 'status' in given ? { status_code: given.status, body: given.body } : null
        results.push({ custom_id, response, error: 'error' in given ? given.error : null })
      }
      await deliver(job, results)
    }
  }

  return {
    async take(headers, body) {
      await verify(headers, body)
      const job = manifest.parse(JSON.parse(new TextDecoder().decode(body)))
      const status = jobs.get(job.id)
      if (status !== undefined && status !== 'failed') return { id: job.id, status }
      jobs.set(job.id, 'in_progress')
      seen.add(job.id)
      work(job).then(
        () => jobs.has(job.id) && jobs.set(job.id, 'completed'),
        (error: unknown) => {
          console.warn(String(error))
          // Not known any more, so it is sent again.
          jobs.delete(job.id)
        },
      )
      return { id: job.id, status: 'in_progress' }
    },
    async statusOf(headers, id) {
      await verify(headers, new Uint8Array())
      const status = jobs.get(id)
      return status === undefined ? null : { id, status }
    },
    forget: () => jobs.clear(),
    counts: () => ({ jobs: seen.size, deliveries }),
  }
}

/** Waits for a server that is restarting. */
async function reach(url: string): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url).catch(() => null)
    if (response?.ok) return response
    if (attempt === ATTEMPTS)
      throw new Error(`could not read ${new URL(url).pathname.slice(-9)}: ${response?.status ?? 'no connection'}`)
    await sleep(WAIT, undefined, { ref: false })
  }
}
