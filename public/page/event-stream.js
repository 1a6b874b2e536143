/**
 * Server-Sent Events (WHATWG HTML, section 9.2) by `fetch`, since `EventSource` sends no key. A dropped
 * connection goes on after the last event, so each event comes once, in order.
 * @module
 */
import { answerOf, Problem } from './api.js'

/** @typedef {{id: number, type: string, data: any}} StreamedEvent */

/** Milliseconds before the first retry of a dropped connection; doubled up to the longest. */
const FIRST_WAIT = 500
const LONGEST_WAIT = 8000
/** Failed connections in a row; then the server counts as gone. */
const PATIENCE = 6

/**
 * Yields the events of a stream until the last one, or until `signal` aborts.
 * @param {string} path
 * @param {string} key
 * @param {AbortSignal} signal
 * @param {(type: string) => boolean} isLast
 * @returns {AsyncGenerator<StreamedEvent, void, undefined>}
 * @throws {Problem} for a refusal, or a server that stays away
 */
export async function* eventsOf(path, key, signal, isLast) {
  let last = 0
  let failures = 0
  while (!signal.aborted) {
    try {
      const response = await answerOf(path, {
        signal,
        headers: { authorization: `Bearer ${key}`, ...(last > 0 ? { 'last-event-id': String(last) } : {}) },
      })
      if (response.status === 204) return
      failures = 0
      for await (const event of parsed(response.body)) {
        last = event.id
        yield event
        if (isLast(event.type)) return
      }
    } catch (error) {
      if (signal.aborted) return
      // A refusal is final; a connection that broke is not.
      if (error instanceof Problem && error.status !== 0 && error.status < 500) throw error
      if (++failures >= PATIENCE) throw error instanceof Problem ? error : new Problem(0, { detail: 'no answer from the server' })
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures)))
  }
}

/**
 * @param {ReadableStream<Uint8Array<ArrayBuffer>> | null} body
 * @returns {AsyncGenerator<StreamedEvent, void, undefined>}
 */
async function* parsed(body) {
  if (body === null) return
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    rest += value
    const blocks = rest.split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = eventOf(block)
      if (event !== null) yield event
    }
  }
}

/**
 * @param {string} block - lines of one event
 * @returns {StreamedEvent | null} null for a comment or another line without data
 */
function eventOf(block) {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const data = fields.get('data')
  if (data === undefined) return null
  return { id: Number(fields.get('id')), type: fields.get('event') ?? 'message', data: JSON.parse(data) }
}
