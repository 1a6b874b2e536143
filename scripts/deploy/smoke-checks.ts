/**
 * The checks of the smoke test. Each returns a sentence about what it saw, or throws.
 * @module
 */
import { createHmac, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServerError } from '../../src/cli/connection.ts'
import { type ApiClient, type Dataset, type Run, waitForRun } from '../api-client.ts'
import { ROOT } from '../paths.ts'
import { startReceiver } from './receiver.ts'

const SAMPLES = join(ROOT, 'public', 'samples')
/** Drawings, on which `assay-clip` was trained, and what they show. */
const PICTURES = { 'sailboat.webp': 'a sailboat', 'penguin.png': 'a penguin', 'peacocks.png': 'two peacocks' } as const
const NAME = 'smoke-test'
/** Ends 127.0.0.1 in public DNS. */
const RESOLVES_TO_LOOPBACK = 'localtest.me'
const PATIENCE = { timeoutMilliseconds: 180_000, pollMilliseconds: 1000 }

/** A reason to leave a check out, instead of its result. */
export class Skipped extends Error {
  override readonly name = 'Skipped'
}

interface Made {
  readonly id: string
}

/** A visitor's score: asset, decoder, tokenizer and both towers in one isolate. */
export async function checkScore(url: string): Promise<string> {
  const form = new FormData()
  form.set('image', await sample('sailboat.webp'), 'sailboat.webp')
  form.set('model', 'assay-clip')
  for (const text of ['a sailboat', 'a cow']) form.append('text', text)
  const started = performance.now()
  const response = await fetch(new URL('/v1/score', url), { method: 'POST', body: form })
  if (!response.ok) throw new Error(`POST /v1/score answered ${response.status}: ${(await response.text()).slice(0, 300)}`)
  const { data } = (await response.json()) as { data: { cosine: number }[] }
  const [boat, cow] = data.map(({ cosine }) => cosine)
  if (!(boat! > cow!)) throw new Error(`a sailboat has cosine ${boat} with its own name and ${cow} with "a cow"`)
  return `a sailboat is nearer to "a sailboat" (${boat!.toFixed(3)}) than to "a cow" (${cow!.toFixed(3)}), ${Math.round(performance.now() - started)} ms`
}

/** ONNX Runtime's memory is shared wasm memory, which an isolate might refuse. */
export async function checkSharedMemory(api: ApiClient): Promise<string> {
  // Any isolate may answer, so one that has not scored is asked to.
  for (let attempt = 0; attempt < 5; attempt++) {
    await checkScore(api.url)
    const { memory } = await api.get<{ memory?: { onnx_runtime_bytes: number } }>('/healthz')
    if (memory === undefined) throw new Error('the key is not one of an administrator')
    if (memory.onnx_runtime_bytes > 0)
      return `ONNX Runtime holds ${Math.round(memory.onnx_runtime_bytes / 1e6)} MB of shared memory`
  }
  throw new Error('no isolate that scored reports memory of ONNX Runtime')
}

/** A dataset of three pictures, a run over the queue, and the same run started by a signed delivery. */
export function checkRunAndTrigger(api: ApiClient): Promise<string> {
  return withEval(api, async (evalId, run) => {
    const first = await completed(api, await api.post<Run>(`/v1/evals/${evalId}/runs`, { name: NAME, ...run }))
    const trigger = await api.post<Made & { url: string; secret: string }>('/v1/triggers', {
      name: NAME,
      eval_id: evalId,
      scheme: 'standard_webhooks',
      run,
    })
    try {
      const delivery = signed(trigger.secret)
      const deliver = (headers: Record<string, string>) =>
        fetch(new URL(trigger.url, api.url), { method: 'POST', headers, body: delivery.body })
      const forged = await deliver({
        ...delivery.headers,
        'webhook-signature': signed(`whsec_${'A'.repeat(32)}`).headers['webhook-signature']!,
      })
      if (forged.status !== 401) throw new Error(`a delivery with a wrong signature was answered ${forged.status}, not 401`)
      const [started, repeated] = [await deliver(delivery.headers), await deliver(delivery.headers)]
      if (started.status !== 201 || repeated.status !== 200)
        throw new Error(`a signed delivery was answered ${started.status} and its repeat ${repeated.status}, not 201 and 200`)
      const second = await completed(api, (await started.json()) as Run)
      if (second.report_digest !== first.report_digest) throw new Error('two equal runs have different reports')
      return `two runs of ${first.result_counts.total} items have the report ${first.report_digest!.slice(0, 12)}…; a forged delivery was refused`
    } finally {
      await remove(api, `/v1/triggers/${trigger.id}`)
    }
  })
}

/** An event of a run reaches a receiver, signed. */
export async function checkEvent(api: ApiClient, receiver: string | undefined): Promise<string> {
  const isLocal = ['127.0.0.1', 'localhost'].includes(new URL(api.url).hostname)
  if (receiver === undefined && !isLocal) throw new Skipped('needs --receiver with an https address that you can watch')
  const local = receiver === undefined ? await startReceiver() : undefined
  try {
    const target = await api.post<Made & { secret: string }>('/v1/webhook_endpoints', { url: receiver ?? local!.url, name: NAME })
    try {
      const run = await withEval(api, async (evalId, body) =>
        completed(api, await api.post<Run>(`/v1/evals/${evalId}/runs`, body)),
      )
      if (local === undefined) return `watch ${receiver} for the event of ${run.id}`
      const { headers, body } = await local.next((event) => event.includes(run.id), 60_000)
      if (
        headers['webhook-signature'] !==
        signatureOf(target.secret, String(headers['webhook-id']), String(headers['webhook-timestamp']), body)
      )
        throw new Error('the event has a wrong signature')
      return `the event of ${run.id} arrived, with a right signature`
    } finally {
      await remove(api, `/v1/webhook_endpoints/${target.id}`)
    }
  } finally {
    local?.close()
  }
}

/** Addresses inside are refused: a literal one, our own, and a public name that resolves to loopback. */
export async function checkEgress(api: ApiClient): Promise<string> {
  const own = new URL(api.url)
  for (const address of ['https://127.0.0.1/v1', 'https://169.254.169.254/v1', `${own.protocol}//${own.host}/v1`]) {
    const refused = await endpoint(api, address).catch((error: unknown) => {
      if (error instanceof ServerError && /address refused/.test(error.message)) return 'refused'
      throw error
    })
    if (refused !== 'refused') {
      await remove(api, `/v1/endpoints/${NAME}`)
      throw new Error(`the endpoint ${address} was accepted`)
    }
  }
  await endpoint(api, `https://${RESOLVES_TO_LOOPBACK}/v1`)
  try {
    const { results } = await api.post<{ results: { works: boolean; code: string | null }[] }>(`/v1/endpoints/${NAME}/probe`, {
      model: 'any',
    })
    if (results.some(({ works }) => works))
      throw new Error(`${RESOLVES_TO_LOOPBACK}, which resolves to 127.0.0.1, answered a probe`)
    const codes = [...new Set(results.map(({ code }) => code))].join(', ')
    return `addresses inside are refused, and a name that resolves to loopback gives no answer (${codes})`
  } finally {
    await remove(api, `/v1/endpoints/${NAME}`)
  }
}

const endpoint = (api: ApiClient, base_url: string) => api.post('/v1/endpoints', { name: NAME, base_url, timeout_ms: 10_000 })

async function withEval<T>(api: ApiClient, work: (evalId: string, run: object) => Promise<T>): Promise<T> {
  const dataset = await importSamples(api)
  try {
    const made = await api.post<Made>('/v1/evals', {
      name: NAME,
      data_source_config: { type: 'dataset', task: 'retrieval' },
      testing_criteria: [{ type: 'retrieval', name: 'retrieval' }],
    })
    try {
      return await work(made.id, {
        data_source: { type: 'dataset', dataset: dataset.id, subject: { type: 'edge_model', model: 'assay-clip' } },
      })
    } finally {
      await remove(api, `/v1/evals/${made.id}`)
    }
  } finally {
    await remove(api, `/v1/datasets/${dataset.id}`)
  }
}

async function importSamples(api: ApiClient): Promise<Dataset> {
  const images = Object.entries(PICTURES).map(([filename, raw], imgid) => ({
    filename,
    imgid,
    split: 'test',
    sentids: [imgid],
    sentences: [{ sentid: imgid, raw, tokens: [] }],
  }))
  const form = new FormData()
  // A name of its own: two smoke tests at once do not disturb each other.
  form.set('name', `${NAME}-${randomUUID().slice(0, 8)}`)
  form.set('format', 'karpathy')
  form.set('split', 'test')
  form.set('annotations', new Blob([JSON.stringify({ dataset: NAME, images })]), 'dataset.json')
  for (const filename of Object.keys(PICTURES)) form.append('images', await sample(filename), filename)
  return api.upload<Dataset>('/v1/datasets', form)
}

async function completed(api: ApiClient, run: Run): Promise<Run> {
  const ended = await waitForRun(api, run, PATIENCE)
  const { total, errored } = ended.result_counts
  if (ended.status !== 'completed' || errored > 0)
    throw new Error(
      `run ${run.id} is ${ended.status} with ${errored} of ${total} items errored: ${ended.error?.message ?? 'no reason'}`,
    )
  return ended
}

async function sample(name: string): Promise<Blob> {
  return new Blob([new Uint8Array(await readFile(join(SAMPLES, name)))])
}

/** A delivery as Standard Webhooks signs it. */
function signed(secret: string): { readonly body: string; readonly headers: Record<string, string> } {
  const [id, timestamp, body] = [`msg_${randomUUID()}`, String(Math.floor(Date.now() / 1000)), '{"from": "smoke test"}']
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatureOf(secret, id, timestamp, body),
    },
  }
}

function signatureOf(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

async function remove(api: ApiClient, path: string): Promise<void> {
  await api.delete(path)
}
