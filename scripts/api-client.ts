/**
 * A small client of Assay's HTTP API for the scripts; failures become sentences.
 * @module
 */
import type { components } from '../src/contracts/api-types.d.ts'

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(call: string, status: number, body: string) {
    super(`${call} answered ${status}: ${explain(body)}`)
    this.status = status
  }
}

type Schemas = components['schemas']
export type Run = Schemas['Run']
export type Dataset = Schemas['Dataset']
export type LeaderboardRow = Schemas['LeaderboardRow']

export interface ApiClient {
  readonly url: string
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  patch<T>(path: string, body: unknown): Promise<T>
  /** Multipart. */
  upload<T>(path: string, form: FormData): Promise<T>
}

export function apiClient(url: string, key: string): ApiClient {
  const call = async <T>(method: string, path: string, init: RequestInit): Promise<T> => {
    const headers = { ...(init.headers as Record<string, string> | undefined), authorization: `Bearer ${key}` }
    const response = await fetch(new URL(path, url), { ...init, method, headers }).catch((error: unknown) => {
      const cause = error instanceof Error ? error.cause : undefined
      throw new Error(`${method} ${path}: no answer (${cause instanceof Error ? cause.message : String(error)})`, {
        cause: error,
      })
    })
    const text = await response.text()
    if (!response.ok) throw new ApiError(`${method} ${path}`, response.status, text)
    return JSON.parse(text) as T
  }
  const json = (body: unknown): RequestInit => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  return {
    url,
    get: (path) => call('GET', path, {}),
    post: (path, body) => call('POST', path, json(body)),
    patch: (path, body) => call('PATCH', path, json(body)),
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

/** The sentence of a problem document or an OpenAI error; otherwise the text itself. */
function explain(body: string): string {
  try {
    const problem = JSON.parse(body) as Partial<Schemas['Problem']>
    return problem.detail ?? problem.error?.message ?? problem.title ?? body
  } catch {
    return body.slice(0, 500) || 'no body'
  }
}
