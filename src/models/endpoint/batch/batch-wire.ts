/**
 * Files and objects of OpenAI's Batch API (API reference, "Batch" and "Files").
 * @module
 */
import { z } from 'zod'
import { SampleError } from '../../../contracts/model.ts'
import { EgressError } from '../../../egress/egress-error.ts'
import { joined } from '../../../contracts/joined-bytes.ts'
import { QUEUE_FULL } from '../deferred/attempts.ts'
import { parseJsonBody } from '../json-body.ts'
import type { DispatchedRequest, DispatchedResult, ResultLine } from '../deferred/dispatcher.ts'

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
  readonly results: readonly ResultLine[]
  /** Lines that are not results. */
  readonly unreadable: number
}

/**
 * Bytes of the longest line that is read: the largest answer that a request may get, which is one of 64
 * vectors as numbers, and as much again for everything around it. Reading takes several times its length.
 */
const LONGEST_LINE = 9 * 1024 * 1024
const LINE_FEED = 10

/**
 * An output or an error file. Its lines are read one at a time, since an isolate cannot hold the file, its
 * text and its values together.
 * @throws {SampleError} `endpoint_bad_response` for a file without a line that can be read
 */
export function readResults(bytes: Uint8Array): ResultFile {
  const results: ResultLine[] = []
  let unreadable = 0
  let problem: SampleError | undefined
  for (const line of linesOf(bytes)) {
    const read = line.length > LONGEST_LINE ? tooLong(line) : resultIn(line)
    if (!(read instanceof SampleError)) results.push(read)
    else {
      problem ??= read
      unreadable++
    }
  }
  if (results.length === 0 && problem !== undefined) throw problem
  return { results, unreadable }
}

/** Lines with something in them. */
function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length;) {
    const feed = bytes.indexOf(LINE_FEED, start)
    const end = feed === -1 ? bytes.length : feed
    const line = bytes.subarray(start, end)
    if (line.some((byte) => byte > 32)) yield line
    start = end + 1
  }
}

/** The failure of a line that cannot be read. */
function resultIn(line: Uint8Array): ResultLine | SampleError {
  const parse = () => parseJsonBody(resultLine, line, 'a line of results')
  try {
    return { call: parse().custom_id, read: () => resultOf(parse()) }
  } catch (error) {
    if (error instanceof SampleError) return error
    throw error
  }
}

/** Machines write the id of a request before its response, or after it. */
const CUSTOM_ID = /"custom_id"\s*:\s*"([^"\\]{1,512})"/

function tooLong(line: Uint8Array): ResultLine | SampleError {
  const decode = (part: Uint8Array) => new TextDecoder().decode(part)
  const call = (CUSTOM_ID.exec(decode(line.subarray(0, 2048))) ?? CUSTOM_ID.exec(decode(line.subarray(-2048))))?.[1]
  const error = new EgressError({ code: 'too_large', limit: LONGEST_LINE })
  if (call === undefined) return new SampleError('endpoint_bad_response', `a line of results is too long: ${error.message}`)
  return { call, read: () => ({ call, outcome: { error } }) }
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
