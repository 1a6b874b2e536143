/**
 * A run at the reference endpoint while it fails in every way of its dial and the Worker is killed: what the
 * endpoint counted, and what the ledger says.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../../endpoint/dial.ts'
import type { ReferenceEndpoint } from '../../endpoint/server.ts'
import { apiClient, type ApiClient } from '../../scripts/api-client.ts'
import type { Assay } from '../../scripts/server-process.ts'
import type { RunObject } from '../../src/http/routes/runs/schema.ts'
import { endOf, runPath, startRun } from './runs.ts'
import { vqaFiles, vqaForm } from './tiny-datasets.ts'

type Faults = Readonly<Partial<Record<Fault, number>>>

/** Every way in which a request fails: 30 % of them. */
const EVERY_FAULT: Faults = {
  rate_limited: 0.03,
  rate_limited_with_wait: 0.03,
  server_error: 0.03,
  unavailable: 0.03,
  dropped: 0.03,
  stalled: 0.015,
  error_inside: 0.03,
  cut: 0.03,
  truncated_json: 0.03,
  wrong_content_type: 0.03,
  empty_body: 0.015,
}

export interface Survivor {
  /** Starts the Worker again on the same storage. */
  restart(): Promise<Assay>
}

export interface FaultyWish {
  readonly kind: string
  readonly items: number
  readonly kills: number
  readonly faults?: Faults
}

export interface FaultyRun {
  readonly kind: string
  readonly items: number
  readonly status: string
  readonly scored: number
  /** Requests to the model that reached the endpoint. */
  readonly requests: number
  /** Requests for which the endpoint asked its model: what a provider bills. */
  readonly billed: number
  readonly intents: number
  readonly settled: number
  readonly unanswered: number
  /** Intents that were open at the kills, and stayed so. */
  readonly open: number
  /** Requests that the endpoint answered whole more than once. */
  readonly answeredAgain: number
  readonly seconds: number
}

/** Questions about few pictures. */
function manyQuestions(name: string, items: number, pictures = 10): FormData {
  const files = vqaFiles(items)
  for (const list of [files.questions.questions, files.annotations.annotations])
    list.forEach((each, index) => (each.image_id = 1 + (index % pictures)))
  const form = vqaForm(name, 2 * pictures)
  for (const part of ['questions', 'annotations'] as const)
    form.set(part, new Blob([JSON.stringify(files[part])], { type: 'application/json' }))
  return form
}

/**
 * Kills the Worker whenever the endpoint has answered one more of `kills + 1` parts.
 * @param start - a running Worker with an endpoint `faulty-{kind}`
 */
export async function faultyRun(
  reference: ReferenceEndpoint,
  start: Assay,
  { restart }: Survivor,
  { kind, items, kills, faults = EVERY_FAULT }: FaultyWish,
): Promise<{ readonly measured: FaultyRun; readonly assay: Assay }> {
  let assay = start
  let api: ApiClient = apiClient(assay.url, assay.key.key)
  const dataset = await api.upload<{ id: string }>('/v1/datasets', manyQuestions(`faulty-${kind}`, items))
  const evaluation = await api.post<{ id: string }>('/v1/evals', {
    data_source_config: { type: 'dataset', task: 'vqa' },
    testing_criteria: [{ type: 'vqa_accuracy', name: 'a' }],
  })
  reference.clear()
  reference.turn({ faults, retry_after_seconds: 0.05, duplicated_callbacks: 0.3, latency_ms: [1, 5] })
  const begun = performance.now()
  const subject = { type: 'endpoint', endpoint: `faulty-${kind}` }
  const run = await startRun(api, evaluation.id, dataset.id, subject, { cache: 'off' })
  for (let kill = 1; kill <= kills; kill++) {
    while (reference.stats().answered < (items * kill) / (kills + 1)) await sleep(20)
    await assay.kill()
    assay = await restart()
    api = apiClient(assay.url, assay.key.key)
  }
  const ended = await endOfLong(api, run)
  const seconds = (performance.now() - begun) / 1000
  reference.turn({ faults: {}, duplicated_callbacks: 0, latency_ms: [0, 0] })
  const { requests } = await api.get<{ requests: Pick<FaultyRun, 'intents' | 'settled' | 'unanswered' | 'open'> }>(
    `${runPath(run)}/ledger`,
  )
  const stats = reference.stats()
  const again = Object.entries(stats.answers_per_request).filter(([times]) => Number(times) > 1)
  const { passed, failed } = ended.result_counts
  const measured = {
    kind,
    items,
    status: ended.status,
    scored: passed + failed,
    requests: stats.requests['/v1/chat/completions'] ?? 0,
    billed: stats.billed,
    ...requests,
    answeredAgain: again.reduce((sum, [, count]) => sum + count, 0),
    seconds,
  }
  return { measured, assay }
}

async function endOfLong(api: ApiClient, run: RunObject): Promise<RunObject> {
  for (let attempt = 0; ; attempt++)
    try {
      return await endOf(api, run)
    } catch (error) {
      if (attempt === 8) throw error
    }
}

/**
 * The bounds that a run misses.
 * @param inFlight - requests that the kills may lose
 */
export function missedBounds(run: FaultyRun, inFlight: number): string[] {
  // A worker that could not deliver an answer in time makes it again, under the intent that it has.
  const repeated = run.kind === 'job' ? run.answeredAgain : 0
  const bounds: Readonly<Record<string, boolean>> = {
    'the run is completed': run.status === 'completed',
    'no sample is lost': run.scored === run.items,
    'requests ≤ 1.5 N + in flight at kills': run.requests <= 1.5 * run.items + inFlight,
    'only what was in flight at kills is answered again': run.answeredAgain <= inFlight,
    'settled ≤ requests of the endpoint': run.settled <= run.requests,
    'requests of the endpoint ≤ intents': run.requests - repeated <= run.intents,
    'every intent is settled, unanswered or open': run.settled + run.unanswered + run.open === run.intents,
  }
  return Object.entries(bounds).flatMap(([bound, isMet]) => (isMet ? [] : [bound]))
}
