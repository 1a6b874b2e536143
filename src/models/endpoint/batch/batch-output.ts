/**
 * The output and the error file of a batch that has ended.
 *
 * A download may be damaged on its way, so it is read again for an hour. After that, and at once where the
 * files are too large, the batch ends with the results that can be read. The other requests are errored, and
 * not sent again: their answers may have been paid.
 * @module
 */
import { UNREADABLE } from '../deferred/attempts.ts'
import { DispatchUnknown, type ResultLine } from '../deferred/dispatcher.ts'
import type { ServiceClient } from '../deferred/service-client.ts'
import { type Batch, hasEnded, readResults, refusalOf, type ResultFile } from './batch-wire.ts'

const RESULT_BYTES = 32 * 1024 * 1024
/** Milliseconds after the end of a batch in which its files are read again. */
const READABLE_MS = 3_600_000

interface Download extends ResultFile {
  /** Why results are missing; null: none is known to be. */
  readonly problem: string | null
  /** Another download may be better. */
  readonly mayRecover: boolean
}

export interface OutputParts {
  readonly client: ServiceClient
  /** Unix milliseconds at which the requests were sent. */
  readonly begunAt: number
  readonly now: () => number
}

/**
 * @param calls - those without a settlement
 * @throws {DispatchUnknown} while another download may be better
 */
export async function readOutput(
  { client, begunAt, now }: OutputParts,
  batch: Batch,
  calls: readonly string[],
): Promise<readonly ResultLine[]> {
  const files = [await download(client, batch.output_file_id, 'output'), await download(client, batch.error_file_id, 'error')]
  const results = files.flatMap((file) => file.results)
  const processed = new Set(results.map(({ call }) => call))
  const problem = problemOf(files, batch, processed.size)
  if (problem !== null && problem.mayRecover && now() < endOf(batch, begunAt, now()) + READABLE_MS)
    throw new DispatchUnknown(problem.message)
  const rest = calls.filter((call) => !processed.has(call))
  if (problem !== null)
    return [
      ...results,
      ...rest.map((call) => ({ call, read: () => ({ call, failed: { code: UNREADABLE, message: problem.message } }) })),
    ]
  if (batch.status === 'completed' || !hasEnded(batch)) return results
  return [...results, ...rest.map((call) => ({ call, read: () => ({ call, unprocessed: refusalOf(batch) }) }))]
}

async function download(client: ServiceClient, file: string | null | undefined, name: string): Promise<Download> {
  if (!file) return { results: [], unreadable: 0, problem: null, mayRecover: false }
  const path = `files/${encodeURIComponent(file)}/content`
  const reply = await client.ask({ method: 'GET', path, maxResponseBytes: RESULT_BYTES, read: readResults })
  const none = { results: [], unreadable: 0 }
  if (reply.ok) {
    const { unreadable } = reply.answer
    const problem = unreadable === 0 ? null : `${unreadable} lines of its ${name} file cannot be read`
    return { ...reply.answer, problem, mayRecover: true }
  }
  const { outcome, reason } = reply
  if ('error' in outcome && outcome.error.code === 'too_large')
    return {
      ...none,
      problem: `its ${name} file is longer than ${RESULT_BYTES / 1024 ** 2} MiB: ask with smaller shards (layout.shard_size), or for vectors in base64`,
      mayRecover: false,
    }
  // Unreachable, it may still have the file.
  if ('error' in outcome || outcome.response.status >= 500 || outcome.response.status === 429) throw new DispatchUnknown(reason)
  return { ...none, problem: `its ${name} file: ${reason}`, mayRecover: true }
}

interface Problem {
  readonly message: string
  readonly mayRecover: boolean
}

/** @param read - number of requests with a result */
function problemOf(files: readonly Download[], { request_counts: counts }: Batch, read: number): Problem | null {
  const damaged = files.flatMap(({ problem: message, mayRecover }) => (message === null ? [] : [{ message, mayRecover }]))
  if (damaged.length > 0) return damaged.find(({ mayRecover }) => !mayRecover) ?? damaged[0]!
  // A download that was cut between two lines reads well.
  const counted = (counts?.completed ?? 0) + (counts?.failed ?? 0)
  if (read >= counted) return null
  return { message: `its files have results of ${read} requests, and the batch counts ${counted}`, mayRecover: true }
}

/** Unix milliseconds; the time of sending where the batch says none that is possible. */
function endOf(batch: Batch, begunAt: number, now: number): number {
  const seconds = batch.completed_at ?? batch.failed_at ?? batch.expired_at ?? batch.cancelled_at
  const said = 1000 * (seconds ?? 0)
  return said >= begunAt && said <= now ? said : begunAt
}
