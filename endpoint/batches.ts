/**
 * OpenAI's Batch API: files of requests, answered one after another in the background. The order of results
 * is not that of the requests, as OpenAI says of its own.
 * @module
 */
import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'

export const batchCreate = z.looseObject({
  input_file_id: z.string(),
  endpoint: z.enum(['/v1/chat/completions', '/v1/embeddings']),
  completion_window: z.literal('24h'),
  metadata: z.record(z.string(), z.string()).nullish(),
})

const line = z.object({ custom_id: z.string(), method: z.literal('POST'), url: z.string(), body: z.unknown() })

type Line = z.infer<typeof line>

/** The answer to one request, or the reason why there is none. */
export type LineAnswer =
  | { readonly status: number; readonly body: unknown }
  | { readonly error: { readonly code: string; readonly message: string } }

export type AnswerLine = (path: string, body: string) => Promise<LineAnswer>

interface Batch {
  readonly id: string
  readonly object: 'batch'
  readonly endpoint: string
  readonly input_file_id: string
  readonly completion_window: string
  readonly created_at: number
  readonly metadata: Readonly<Record<string, string>> | null
  status: 'validating' | 'in_progress' | 'cancelling' | 'completed' | 'failed' | 'cancelled'
  /** Unix seconds. */
  completed_at: number | null
  output_file_id: string | null
  error_file_id: string | null
  errors: { readonly object: 'list'; readonly data: readonly { code: string; message: string; line: number | null }[] } | null
  request_counts: { total: number; completed: number; failed: number }
}

export interface Batches {
  addFile(name: string, bytes: Uint8Array): { readonly id: string }
  /** null: there is none. */
  fileContent(id: string): Uint8Array | null
  create(request: z.infer<typeof batchCreate>): Batch | null
  find(id: string): Batch | null
  /** Newest first. */
  list(limit: number, after: string | undefined): { readonly data: readonly Batch[]; readonly has_more: boolean }
  cancel(id: string): Batch | null
  /** Batches created since the start. */
  readonly count: number
}

export function createBatches(answer: AnswerLine): Batches {
  const files = new Map<string, { readonly name: string; readonly bytes: Uint8Array }>()
  const batches = new Map<string, Batch>()
  const newId = (kind: string) => `${kind}_${randomUUID().replaceAll('-', '')}`

  function addFile(name: string, bytes: Uint8Array) {
    const id = newId('file')
    files.set(id, { name, bytes })
    return { id, object: 'file', purpose: 'batch', bytes: bytes.length, filename: name, created_at: 0, status: 'processed' }
  }

  async function work(batch: Batch): Promise<void> {
    const text = new TextDecoder().decode(files.get(batch.input_file_id)!.bytes)
    const requests = linesOf(text, batch.endpoint)
    if ('problem' in requests) {
      batch.status = 'failed'
      batch.errors = { object: 'list', data: [{ code: 'invalid_json_line', message: requests.problem, line: requests.line }] }
      return
    }
    if (!isCancelled(batch)) batch.status = 'in_progress'
    batch.request_counts.total = requests.lines.length
    const [output, failed]: [string[], string[]] = [[], []]
    for (const { custom_id, url, body } of requests.lines) {
      if (isCancelled(batch)) break
      const given = await answer(url, JSON.stringify(body))
      const isGood = 'status' in given && given.status === 200
      batch.request_counts[isGood ? 'completed' : 'failed']++
      const response = 'status' in given ? { status_code: given.status, request_id: newId('req'), body: given.body } : null
      const error = 'error' in given ? given.error : null
      ;(isGood ? output : failed).unshift(JSON.stringify({ id: newId('batch_req'), custom_id, response, error }))
    }
    const file = (name: string, lines: readonly string[]) =>
      lines.length === 0 ? null : addFile(name, new TextEncoder().encode(lines.map((each) => `${each}\n`).join(''))).id
    batch.output_file_id = file('output.jsonl', output)
    batch.error_file_id = file('errors.jsonl', failed)
    if (!isCancelled(batch)) batch.completed_at = Date.now() / 1000
    batch.status = isCancelled(batch) ? 'cancelled' : 'completed'
  }

  return {
    addFile,
    fileContent: (id) => files.get(id)?.bytes ?? null,
    create({ input_file_id, endpoint, completion_window, metadata }) {
      if (!files.has(input_file_id)) return null
      const batch: Batch = {
        id: newId('batch'),
        object: 'batch',
        endpoint,
        input_file_id,
        completion_window,
        created_at: 0,
        metadata: metadata ?? null,
        status: 'validating',
        completed_at: null,
        output_file_id: null,
        error_file_id: null,
        errors: null,
        request_counts: { total: 0, completed: 0, failed: 0 },
      }
      batches.set(batch.id, batch)
      setImmediate(() => void work(batch))
      return structuredClone(batch)
    },
    find: (id) => batches.get(id) ?? null,
    list(limit, after) {
      const newest = [...batches.values()].toReversed()
      const first = after === undefined ? 0 : newest.findIndex(({ id }) => id === after) + 1
      return { data: newest.slice(first, first + limit), has_more: newest.length > first + limit }
    },
    cancel(id) {
      const batch = batches.get(id) ?? null
      if (batch !== null && (batch.status === 'validating' || batch.status === 'in_progress')) batch.status = 'cancelling'
      return batch
    },
    get count() {
      return batches.size
    },
  }
}

/** Read anew: a request may have cancelled it meanwhile. */
const isCancelled = ({ status }: Batch): boolean => status === 'cancelling'

function linesOf(
  text: string,
  endpoint: string,
): { readonly lines: Line[] } | { readonly problem: string; readonly line: number | null } {
  const lines: Line[] = []
  for (const [index, each] of text.split('\n').entries()) {
    if (each.trim() === '') continue
    try {
      const read = line.parse(JSON.parse(each))
      if (read.url !== endpoint) return { problem: `the url is not the endpoint of the batch, ${endpoint}`, line: index + 1 }
      lines.push(read)
    } catch (error) {
      return { problem: String(error), line: index + 1 }
    }
  }
  if (new Set(lines.map(({ custom_id }) => custom_id)).size < lines.length)
    return { problem: 'two lines have one custom_id', line: null }
  return { lines }
}

/** The digest by which faults of a request are drawn. */
export const requestDigest = (path: string, body: Uint8Array | string): string =>
  createHash('sha256').update(path).update(body).digest('hex')
