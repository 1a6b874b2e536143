import { expect, test } from 'vitest'
import type { ClaimedJob } from '../../../src/contracts/jobs.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { EgressError, type EgressFailure } from '../../../src/egress/egress-error.ts'
import type { EgressRequest } from '../../../src/egress/egress.ts'
import { commitStatusJobHandler } from '../../../src/webhooks/commit-status.ts'

const status = {
  repository: 'me/mine',
  sha: 'a'.repeat(40),
  context: 'assay/photos',
  secret_name: 'ENDPOINT_SECRET_GITHUB',
  api_url: 'https://git.example.com/api/v1/',
  target_url: 'https://assay.example.com/',
}

async function sent(
  run: Partial<RunRecord> | null,
  answer: { status: number; headers?: Record<string, string> } | EgressFailure = { status: 201 },
  attempts = 0,
) {
  const requests: { url: string; request: EgressRequest }[] = []
  const handler = commitStatusJobHandler({
    runs: { findRun: async () => run as RunRecord | null },
    egress: {
      fetch: async (url, request) => {
        requests.push({ url: String(url), request })
        if ('code' in answer) throw new EgressError(answer)
        return { status: answer.status, headers: new Headers(answer.headers), bytes: new Uint8Array() }
      },
    },
    secret: (tenant, name) => `${tenant}:${name}`,
    clock: { now: () => 0 },
    random: () => 0,
  })
  const job = { tenant: 't', resource: { kind: 'run', id: 'evalrun_1' }, payload: status, attempts } as unknown as ClaimedJob
  return {
    outcome: await handler.perform(job),
    requests,
    body: JSON.parse(String(requests[0]?.request.body ?? 'null')) as object,
  }
}

const run = (changes: Partial<RunRecord>) =>
  ({ id: 'evalrun_1', status: 'completed', gateResult: null, error: null, ...changes }) as const
const condition = (passed: boolean) =>
  ({ type: 'threshold', condition: 'value of accuracy ≥ 0.9', passed, actual: 0.71, detail: null }) as const

test('goes to the statuses of the commit, with the token', async () => {
  const { outcome, requests, body } = await sent(run({}))
  expect(outcome).toEqual({ outcome: 'done' })
  expect(requests[0]!.url).toBe(`https://git.example.com/api/v1/repos/me/mine/statuses/${status.sha}`)
  expect(requests[0]!.request.headers!['authorization']).toBe('Bearer t:ENDPOINT_SECRET_GITHUB')
  expect(body).toEqual({
    state: 'success',
    context: 'assay/photos',
    description: 'evalrun_1 completed',
    target_url: 'https://assay.example.com/',
  })
})

test.each([
  [run({ status: 'in_progress' }), 'pending', /running/],
  [run({ gateResult: { verdict: 'passed', conditions: [condition(true)] } }), 'success', /^gate passed/],
  [
    run({ gateResult: { verdict: 'failed', conditions: [condition(false)] } }),
    'failure',
    /^gate failed: value of accuracy ≥ 0.9, is 0.71$/,
  ],
  [run({ status: 'failed', error: { code: 'x', message: 'x'.repeat(300) } }), 'failure', /^x{140}$/],
  [run({ status: 'canceled' }), 'error', /canceled/],
])('the state of the moment decides: %#', async (now, state, description) => {
  expect((await sent(now)).body).toMatchObject({ state, description: expect.stringMatching(description) as string })
})

test.each([
  [{ status: 500 }, 'retry'],
  [{ status: 429 }, 'retry'],
  [{ status: 403, headers: { 'x-ratelimit-remaining': '0' } }, 'retry'],
  [{ status: 401 }, 'give_up'],
  [{ status: 404 }, 'give_up'],
  [{ status: 302 }, 'retry'],
  [{ code: 'network', detail: 'refused' } as EgressFailure, 'retry'],
])('%j ends in %s', async (answer, expected) => {
  const { outcome } = await sent(run({}), answer)
  expect(outcome.outcome).toBe(expected)
  expect(JSON.stringify(outcome)).not.toContain('ENDPOINT_SECRET')
})

test('waits as long as it is told to, and ends after the last attempt', async () => {
  const told = await sent(run({}), { status: 429, headers: { 'retry-after': '600' } })
  expect(told.outcome).toMatchObject({ delayMilliseconds: 600_000 })
  expect((await sent(run({}), { status: 500 }, 1000)).outcome.outcome).toBe('give_up')
  expect((await sent(null)).outcome).toMatchObject({ outcome: 'give_up', error: 'the run was deleted' })
})
