/**
 * Writes an answer, or corrupts it.
 * @module
 */
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure } from './failures.ts'

export async function reply(response: ServerResponse, status: number, value: unknown, failure?: Failure): Promise<void> {
  // A late answer must not keep the process alive.
  if (failure) await sleep(failure.delay_ms, undefined, { ref: false })
  const headers: Record<string, string> = { 'content-type': 'application/json', ...failure?.headers }
  if (failure?.retry_after !== undefined) headers['retry-after'] = String(failure.retry_after)
  const body = Buffer.from(JSON.stringify(value))
  switch (failure?.body) {
    case 'hang_up':
      response.destroy()
      return
    case 'truncate':
      response.writeHead(status, { ...headers, 'content-length': String(body.length) })
      response.write(body.subarray(0, body.length / 2), () => response.destroy())
      return
    case 'garbage':
      response.writeHead(status, headers).end('<html>502 Bad Gateway')
      return
    case 'empty':
      response.writeHead(status, headers).end()
      return
    default:
      response.writeHead(status, headers).end(status === 204 ? undefined : body)
  }
}
