/**
 * Runs in end-to-end tests.
 * @module
 */
import { type ApiClient, waitForRun } from '../../scripts/api-client.ts'
import type { OutputItem } from '../../src/http/routes/runs/output-item-schema.ts'
import type { RunObject } from '../../src/http/routes/runs/schema.ts'
import { PATIENCE } from './patience.ts'

/** Options of `POST …/runs` beside its data source. */
export interface RunOptions {
  readonly name?: string
  readonly limit?: number
  readonly seed?: number
  readonly visibility?: 'private' | 'public'
  readonly max_errored?: number
  readonly budget?: object
  readonly cache?: 'auto' | 'on' | 'off'
  readonly prediction_powered?: object
  readonly gate?: readonly object[]
  readonly layout?: { readonly shard_size: number }
}

export function startRun(
  api: ApiClient,
  evalId: string,
  dataset: string,
  subject: object,
  { limit, ...options }: RunOptions = {},
): Promise<RunObject> {
  const data_source = { type: 'dataset', dataset, subject, ...(limit === undefined ? {} : { limit }) }
  return api.post(`/v1/evals/${evalId}/runs`, { data_source, ...options })
}

export const runPath = (run: Pick<RunObject, 'id' | 'eval_id'>) => `/v1/evals/${run.eval_id}/runs/${run.id}`

/** The run after its end, with any status. */
export async function endOf(api: ApiClient, run: Pick<RunObject, 'id' | 'eval_id'>): Promise<RunObject> {
  await waitForRun(api, run, { timeoutMilliseconds: PATIENCE, pollMilliseconds: 100 })
  return api.get(runPath(run))
}

interface Page<T> {
  readonly data: readonly T[]
  readonly first_id: string | null
  readonly last_id: string | null
  readonly has_more: boolean
}

/** Every page of a list. @param query - without `after` */
export async function pagesOf<T>(api: ApiClient, path: string, query: string): Promise<Page<T>[]> {
  const pages: Page<T>[] = []
  for (let after = ''; ;) {
    const page = await api.get<Page<T>>(`${path}?${query}${after}`)
    pages.push(page)
    if (!page.has_more) return pages
    after = `&after=${page.last_id}`
  }
}

export async function outputItems(
  api: ApiClient,
  run: Pick<RunObject, 'id' | 'eval_id'>,
  query = 'limit=100',
): Promise<OutputItem[]> {
  return (await pagesOf<OutputItem>(api, `${runPath(run)}/output_items`, query)).flatMap(({ data }) => data)
}
