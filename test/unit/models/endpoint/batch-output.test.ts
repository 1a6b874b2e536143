/** The files of an ended batch: read again while that may help, and then never a reason to wait. */
import { describe, expect, test, vi } from 'vitest'
import { EgressError } from '../../../../src/egress/egress-error.ts'
import { readOutput } from '../../../../src/models/endpoint/batch/batch-output.ts'
import { type Batch, readResults } from '../../../../src/models/endpoint/batch/batch-wire.ts'
import { DispatchUnknown } from '../../../../src/models/endpoint/deferred/dispatcher.ts'
import type { ServiceClient, ServiceReply } from '../../../../src/models/endpoint/deferred/service-client.ts'
import type { Outcome } from '../../../../src/models/endpoint/retry-policy.ts'

const MINUTE = 60_000
const BEGUN = 1_800_000_000_000
/** Three minutes after the requests were sent. */
const ENDED = BEGUN + 3 * MINUTE
const batch = (more: Partial<Batch> = {}): Batch => ({
  id: 'batch_1',
  status: 'completed',
  output_file_id: 'file_1',
  request_counts: { completed: 2, failed: 0 },
  completed_at: ENDED / 1000,
  ...more,
})
const line = (call: string) => `${JSON.stringify({ custom_id: call, response: { status_code: 200, body: { said: call } } })}\n`

type Answer = string | Outcome
const status = (code: number): Outcome => ({ response: { status: code, headers: new Headers(), bytes: new Uint8Array() } })

function read(answer: Answer, { at = ENDED, of = batch(), calls = ['a', 'b'] } = {}) {
  const client: Pick<ServiceClient, 'ask'> = {
    async ask({ read: reader }): Promise<ServiceReply<never>> {
      if (typeof answer !== 'string') return { ok: false, outcome: answer, reason: 'it failed' }
      try {
        return { ok: true, answer: reader(new TextEncoder().encode(answer)) as never }
      } catch (error) {
        return { ok: false, outcome: status(200), reason: (error as Error).message }
      }
    },
  }
  const lines = readOutput({ client: client as ServiceClient, begunAt: BEGUN, now: () => at }, of, calls)
  return lines.then((all) => all.map((one) => one.read()))
}
const called = (results: Awaited<ReturnType<typeof read>>) =>
  results.map((result) => [result.call, 'failed' in result ? result.failed.code : 'outcome' in result ? 'read' : 'unprocessed'])
const UNREADABLE = 'endpoint_unreadable_results'

describe('a file that is damaged', () => {
  const cut = line('a') + line('b').slice(0, 20)
  test.each([
    ['in its last line', cut],
    ['between two lines', line('a')],
    ['whole', '<!doctype html>'],
    ['and not found', status(404)],
  ])('%s is read again for an hour after the batch has ended', async (_how, answer) => {
    await expect(read(answer, { at: ENDED + 59 * MINUTE })).rejects.toThrow(DispatchUnknown)
    const results = await read(answer, { at: ENDED + 60 * MINUTE })
    const good = typeof answer === 'string' && answer.startsWith('{') ? 'read' : UNREADABLE
    expect(called(results)).toEqual([
      ['a', good],
      ['b', UNREADABLE],
    ])
  })

  test('is read again for an hour after sending, where the batch says no time or one that cannot be', async () => {
    for (const completed_at of [null, 0, ENDED])
      expect(called(await read(cut, { at: BEGUN + 60 * MINUTE, of: batch({ completed_at }) }))).toContainEqual(['b', UNREADABLE])
  })
})

describe('a file with lines that are doubled', () => {
  test('is not whole where another line is missing', async () => {
    await expect(read(line('a') + line('a'))).rejects.toThrow(/results of 1 requests, and the batch counts 2/)
    expect(called(await read(line('a') + line('a'), { at: ENDED + 60 * MINUTE }))).toEqual([
      ['a', 'read'],
      ['a', 'read'],
      ['b', UNREADABLE],
    ])
  })
})

describe('a line of 20 MB', () => {
  const long = (call: string, idLast = false) => {
    const said = 'x'.repeat(20e6)
    const [id, response] = [{ custom_id: call }, { response: { status_code: 200, body: { said } } }]
    return `${JSON.stringify(idLast ? { ...response, ...id } : { ...id, ...response })}\n`
  }

  test.each([false, true])('is an answer that is too long, and costs the others nothing (id last: %s)', async (idLast) => {
    const parse = vi.spyOn(JSON, 'parse')
    const results = await read(long('a', idLast) + line('b'))
    const longest = Math.max(...parse.mock.calls.map(([text]) => text.length))
    parse.mockRestore()
    expect(longest).toBeLessThan(1000)
    expect(called(results)).toEqual([
      ['a', 'read'],
      ['b', 'read'],
    ])
    expect(results[0]).toMatchObject({ outcome: { error: { failure: { code: 'too_large' } } } })
  })

  test('that names no request cannot be read', async () => {
    await expect(read(long('a').replace('custom_id', 'nothing') + line('b'))).rejects.toThrow('1 lines of its output file')
  })
})

test('a line that is not UTF-8 damages itself alone', () => {
  const bytes = new TextEncoder().encode(`${line('a')}${line('b')}`)
  bytes[bytes.length - 8] = 0xff
  const { results, unreadable } = readResults(bytes)
  expect([results.map(({ call }) => call), unreadable]).toEqual([['a'], 1])
})

test('a file that is too large ends the batch at once, with the way out', async () => {
  const [first] = await read({ error: new EgressError({ code: 'too_large', limit: 1 }) })
  expect(first).toMatchObject({
    failed: { code: UNREADABLE, message: expect.stringMatching(/longer than 32 MiB.*layout\.shard_size.*base64/) as string },
  })
})

test.each([
  ['a server error', status(503)],
  ['no connection', { error: new EgressError({ code: 'network', detail: 'gone' }) }],
])('%s says nothing about the file: it is read later', async (_what, outcome) => {
  await expect(read(outcome, { at: ENDED + 600 * MINUTE })).rejects.toThrow(DispatchUnknown)
})

test('requests that a batch did not reach were not processed', async () => {
  const of = batch({ status: 'expired', request_counts: { completed: 1, failed: 0 } })
  expect(called(await read(line('a'), { of }))).toEqual([
    ['a', 'read'],
    ['b', 'unprocessed'],
  ])
})

test('an empty file has no results', () => {
  expect(readResults(new Uint8Array())).toEqual({ results: [], unreadable: 0 })
})
