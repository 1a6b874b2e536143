/**
 * Job that sends the state of a run to the commit it is about, as GitHub, Gitea and Forgejo take it: `POST
 * {api}/repos/{owner}/{name}/statuses/{sha}` (docs.github.com, "Create a commit status").
 * @module
 */
import { commitStatus, type CommitStatus } from '../contracts/trigger.ts'
import type { ClaimedJob, JobHandler, JobOutcome } from '../contracts/jobs.ts'
import type { Clock, RunReader } from '../contracts/ports.ts'
import type { RunRecord } from '../contracts/run.ts'
import { EgressError } from '../egress/egress-error.ts'
import type { Egress } from '../egress/egress.ts'
import { retryAfterMilliseconds } from '../egress/retry-after.ts'
import { nextAttemptDelay } from './retry-schedule.ts'

export interface CommitStatusDependencies {
  readonly runs: Pick<RunReader, 'findRun'>
  readonly egress: Pick<Egress, 'fetch'>
  /** The value of a Worker secret. @throws {Error} if the tenant may not use it, or it is not set */
  secret(tenant: string, name: string): string
  readonly clock: Clock
  /** Uniform in [0, 1). */
  random(): number
}

type State = 'pending' | 'success' | 'failure' | 'error'

const TIMEOUT_MS = 20_000
/** GitHub refuses longer descriptions. */
const LONGEST_DESCRIPTION = 140

/**
 * A job sends the state of its moment, so that a late one repeats the last state instead of an earlier one.
 */
export function commitStatusJobHandler(dependencies: CommitStatusDependencies): JobHandler {
  return { mostClaims: 100, perform: (job) => send(dependencies, job) }
}

async function send(dependencies: CommitStatusDependencies, job: ClaimedJob): Promise<JobOutcome> {
  const { runs, egress, secret, clock, random } = dependencies
  const target = commitStatus.safeParse(job.payload)
  if (!target.success) return { outcome: 'give_up', error: `the payload is not one of a commit status: ${target.error.message}` }
  const run = await runs.findRun(job.tenant, job.resource.id)
  if (run === null) return { outcome: 'give_up', error: 'the run was deleted' }
  const again = (error: string, atLeastSeconds = 0): JobOutcome => {
    const seconds = nextAttemptDelay(job.attempts + 1, random)
    if (seconds === null) return { outcome: 'give_up', error: `${error}, at the last attempt` }
    return { outcome: 'retry', delayMilliseconds: Math.ceil(1000 * Math.max(seconds, atLeastSeconds)), error }
  }
  try {
    const { status, headers } = await egress.fetch(addressOf(target.data), {
      purpose: 'webhook',
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/vnd.github+json',
        'user-agent': 'Assay-Webhooks/1',
        authorization: `Bearer ${secret(job.tenant, target.data.secret_name)}`,
      },
      body: JSON.stringify(bodyOf(target.data, run)),
      limits: { bytes: 0, milliseconds: TIMEOUT_MS, overflow: 'cut' },
    })
    if (status >= 200 && status < 300) return { outcome: 'done' }
    const error = `${new URL(target.data.api_url).host} answered ${status}`
    const isLimited = status === 429 || headers.get('x-ratelimit-remaining') === '0' || headers.has('retry-after')
    if (status >= 400 && status < 500 && status !== 408 && !isLimited) return { outcome: 'give_up', error }
    return again(error, (retryAfterMilliseconds(headers, clock.now()) ?? 0) / 1000)
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    return error.code === 'address_refused' ? { outcome: 'give_up', error: error.message } : again(error.message)
  }
}

function addressOf({ api_url: base, repository, sha }: CommitStatus): string {
  return `${base.replace(/\/$/, '')}/repos/${repository}/statuses/${sha}`
}

function bodyOf({ context, target_url: link }: CommitStatus, run: RunRecord): Record<string, string> {
  const { state, description } = verdictOf(run)
  return {
    state,
    context,
    description: description.slice(0, LONGEST_DESCRIPTION),
    ...(link !== undefined && { target_url: link }),
  }
}

/** The gate decides; without one, whether the run completed. */
function verdictOf(run: RunRecord): { readonly state: State; readonly description: string } {
  if (run.status === 'in_progress') return { state: 'pending', description: `${run.id} is running` }
  if (run.status === 'canceled') return { state: 'error', description: `${run.id} was canceled` }
  if (run.gateResult !== null) {
    const failed = run.gateResult.conditions.find(({ passed }) => passed !== true)
    if (failed === undefined)
      return { state: 'success', description: `gate passed (${run.gateResult.conditions.length} conditions)` }
    return {
      state: 'failure',
      description: `gate failed: ${failed.condition}${failed.actual === null ? '' : `, is ${failed.actual}`}`,
    }
  }
  if (run.status === 'failed') return { state: 'failure', description: run.error?.message ?? 'the run failed' }
  return { state: 'success', description: `${run.id} completed` }
}
