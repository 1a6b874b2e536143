/**
 * Files and objects of OpenAI's Batch API (API reference, "Batch" and "Files").
 * @module
 */
import { z } from 'zod'
import { SampleError } from '../../../contracts/model.ts'
import { joined } from '../../../contracts/joined-bytes.ts'
import { QUEUE_FULL } from '../deferred/attempts.ts'
import { parseJsonBody, utf8 } from '../json-body.ts'
import type { DispatchedRequest, DispatchedResult } from '../deferred/dispatcher.ts'

/** Our id of a submission, in a batch's metadata. */
export const SUBMISSION = 'assay_submission'

/** The input file: one request per line. Bodies are JSON without line breaks, so they are copied. */
export function encodeInput(requests: readonly DispatchedRequest[]): Uint8Array {
  const encoder = new TextEncoder()
  const pieces = requests.flatMap(({ call, path, body }) => [
    encoder.encode(`{"custom_id":${JSON.stringify(call)},"method":"POST","url":${JSON.stringify(urlOf(path))},"body":`),
    body,
    encoder.encode('}\n'),
  ])
  return joined(pieces)
}

/** A batch names the route below the host, whatever the base address is. */
export const urlOf = (path: string): string => `/v1/${path}`

/** `multipart/form-data` with a file for a batch. @param boundary - occurs in no file */
export function encodeUpload(file: Uint8Array, filename: string, boundary: string): Uint8Array {
  const text = (content: string) => new TextEncoder().encode(content)
  return joined([
    text(`--${boundary}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch\r\n`),
    text(`--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\n`),
    text('content-type: application/jsonl\r\n\r\n'),
    file,
    text(`\r\n--${boundary}--\r\n`),
  ])
}

const fileObject = z.object({ id: z.string().min(1) })

/** Unix seconds. */
const seconds = z.number().nullish().catch(null)

const batchObject = z.object({
  id: z.string().min(1),
  status: z.string(),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish().catch(null),
  request_counts: z.object({ completed: z.int(), failed: z.int() }).nullish().catch(null),
  errors: z
    .object({ data: z.array(z.object({ code: z.string().nullish(), message: z.string().nullish() })).nullish() })
    .nullish()
    .catch(null),
  completed_at: seconds,
  failed_at: seconds,
  expired_at: seconds,
  cancelled_at: seconds,
})

export type Batch = z.infer<typeof batchObject>

const batchList = z.object({ data: z.array(batchObject), has_more: z.boolean().nullish() })

export const readFileId = (bytes: Uint8Array): string => parseJsonBody(fileObject, bytes, 'a file').id
export const readBatch = (bytes: Uint8Array): Batch => parseJsonBody(batchObject, bytes, 'a batch')
export const readBatches = (bytes: Uint8Array) => parseJsonBody(batchList, bytes, 'a list of batches')

const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'expired', 'cancelled'])
export const hasEnded = ({ status }: Pick<Batch, 'status'>): boolean => ENDED.has(status)

/** Why a batch was not accepted, for each of its requests. */
export function refusalOf({ status, errors }: Batch): { readonly code: string; readonly message: string } {
  const first = errors?.data?.[0]
  const code = first?.code === 'token_limit_exceeded' ? QUEUE_FULL : `batch_${status}`
  return { code, message: first?.message ?? `the batch is ${status}` }
}

export const resultLine = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.int(), body: z.unknown() }).nullish(),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
})

/** Errors of requests that OpenAI says were not processed, or not charged. */
const UNPROCESSED: ReadonlySet<string> = new Set(['batch_expired', 'batch_cancelled'])

export interface ResultFile {
  readonly results: readonly DispatchedResult[]
  /** Lines that are not results. */
  readonly unreadable: number
}

/**
 * An output or an error file.
 * @throws {SampleError} `endpoint_bad_response` for a file without a line that can be read
 */
export function readResults(bytes: Uint8Array): ResultFile {
  const lines = utf8(bytes)
    .split('\n')
    .filter((line) => line.trim() !== '')
  const results = lines.flatMap((line) => resultIn(line) ?? [])
  if (results.length === 0 && lines.length > 0) parseJsonBody(resultLine, lines[0]!, 'a line of results')
  return { results, unreadable: lines.length - results.length }
}

/** null: the line cannot be read. */
function resultIn(line: string): DispatchedResult | null {
  try {
    return resultOf(parseJsonBody(resultLine, line, 'a line of results'))
  } catch (error) {
    if (error instanceof SampleError) return null
    throw error
  }
}

function resultOf({ custom_id: call, response, error }: z.infer<typeof resultLine>): DispatchedResult {
  if (response) {
    const { status_code: status, body } = response
    // A machine that cannot parse its model's answer may pass it on as a text.
    const text = typeof body === 'string' ? body : JSON.stringify(body ?? null)
    return { call, outcome: { response: { status, headers: new Headers(), bytes: new TextEncoder().encode(text) } } }
  }
  const code = error?.code ?? 'no_response'
  const message = error?.message ?? 'it has neither a response nor an error'
  if (UNPROCESSED.has(code)) return { call, unprocessed: { code, message } }
  return { call, failed: { code: `batch_${code}`.slice(0, 60), message } }
}
