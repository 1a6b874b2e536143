/**
 * A small client of Assay's HTTP API for the scripts; failures become sentences.
 * @module
 */
import { connectTo } from '../src/cli/connection.ts'
import type { components } from '../src/contracts/api-types.d.ts'

type Schemas = components['schemas']
export type Run = Schemas['Run']
export type Dataset = Schemas['Dataset']
export type LeaderboardRow = Schemas['LeaderboardRow']

/** Every method throws `ServerError` of src/cli/connection.ts: the sentence of the answer and its status. */
export interface ApiClient {
  readonly url: string
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  patch<T>(path: string, body: unknown): Promise<T>
  delete<T>(path: string): Promise<T>
  /** Multipart. */
  upload<T>(path: string, form: FormData): Promise<T>
}

export function apiClient(address: string, key: string): ApiClient {
  const { url, call, send } = connectTo(address, key)
  return {
    url,
    get: (path) => call('GET', path),
    post: (path, body) => send('POST', path, body),
    patch: (path, body) => send('PATCH', path, body),
    delete: (path) => call('DELETE', path),
    upload: (path, form) => call('POST', path, { body: form }),
  }
}

export interface WaitOptions {
  readonly timeoutMilliseconds: number
  readonly pollMilliseconds?: number
  readonly onProgress?: (run: Run) => void
}

/**
 * Polls a run until it ends, in any state.
 * @throws {Error} if it is still in progress after `timeoutMilliseconds`; the message has its progress
 */
export async function waitForRun(api: ApiClient, run: Pick<Run, 'id' | 'eval_id'>, options: WaitOptions): Promise<Run> {
  const deadline = performance.now() + options.timeoutMilliseconds
  for (;;) {
    const now = await api.get<Run>(`/v1/evals/${run.eval_id}/runs/${run.id}`)
    options.onProgress?.(now)
    if (now.status !== 'queued' && now.status !== 'in_progress') return now
    if (performance.now() > deadline) {
      const { total, passed, failed, errored } = now.result_counts
      const seconds = Math.round(options.timeoutMilliseconds / 1000)
      throw new Error(`run ${now.id} did not end within ${seconds} s: ${passed + failed + errored} of ${total} items are scored`)
    }
    await new Promise((resolve) => setTimeout(resolve, options.pollMilliseconds ?? 300))
  }
}
