/**
 * {@link JobStore} over the `outbox` table.
 * @module
 */
import type { Job, JobKind, JobResource, JobStore } from '../contracts/jobs.ts'
import type { Clock } from '../contracts/ports.ts'
import { statement } from './named-statement.ts'
import { hasCome, isAhead } from './set-back-clock.ts'

interface OutboxRow {
  tenant_id: string
  job_id: string
  kind: JobKind
  resource_kind: JobResource['kind']
  resource_id: string
  payload: string
  attempts: number
  claims: number
  last_error: string | null
}

const COLUMNS = 'tenant_id, job_id, kind, resource_kind, resource_id, payload, attempts, claims, last_error'

/** Longest wait of a job: the last retry of a webhook comes 1.2 days after the one before. */
const LONGEST_WAIT = 30 * 60 * 60 * 1000
/** Due, or written by a clock that has been set back since. */
const DUE = `(${hasCome('due_at', ':now', LONGEST_WAIT)} OR ${isAhead('created_at', ':now')})`
const MAX_ERROR = 1000

/** Condition of changes that only the holder of the lease may make. */
const HELD = `tenant_id = :tenant AND job_id = :job AND lease_token = :token AND state = 'pending'`
const WITHOUT_LEASE = `lease_token = NULL, lease_expires_at = NULL`

export interface JobStoreSettings {
  /** Time after which a sent message counts as lost and is sent again. */
  readonly resendMilliseconds: number
  /** The longest lease on a job. */
  readonly leaseMilliseconds: number
}

export function createJobStore(db: D1Database, clock: Clock, settings: JobStoreSettings): JobStore {
  return { ...jobLeases(db, clock, settings), ...jobSending(db, clock, settings) }
}

/** Pending, and not in progress. */
const free = ({ leaseMilliseconds }: JobStoreSettings) =>
  `state = 'pending' AND (lease_expires_at IS NULL OR ${hasCome('lease_expires_at', ':now', leaseMilliseconds)})`

function jobLeases(
  db: D1Database,
  clock: Clock,
  settings: JobStoreSettings,
): Omit<JobStore, 'unsentJobs' | 'unsentJobsOf' | 'markJobsSent'> {
  const held = (job: { readonly tenant: string; readonly id: string; readonly token: string }) => ({
    tenant: job.tenant,
    job: job.id,
    token: job.token,
  })
  const update = async (set: string, where: string, values: Parameters<typeof statement>[2]) => {
    await statement(db, `UPDATE outbox SET ${set} WHERE ${where}`, values).run()
  }
  return {
    async claimJob(jobId, token, leaseMilliseconds) {
      const now = clock.now()
      // INDEXED BY: by itself SQLite chooses the sweep's index and reads every due job.
      const row = await statement(
        db,
        `UPDATE outbox INDEXED BY outbox_by_id SET lease_token = :token, lease_expires_at = :expires, claims = claims + 1
         WHERE job_id = :job AND ${DUE} AND ${free(settings)} RETURNING ${COLUMNS}`,
        { job: jobId, token, now, expires: now + leaseMilliseconds },
      ).first<OutboxRow>()
      return row && { ...jobOf(row), token, claims: row.claims }
    },
    renewJob: (job, leaseMilliseconds) =>
      update('lease_expires_at = :expires', HELD, { ...held(job), expires: clock.now() + leaseMilliseconds }),
    finishJob: (job) => update(`state = 'done', ${WITHOUT_LEASE}`, HELD, held(job)),
    postponeJob: (job, dueAt, error) =>
      update(`due_at = :dueAt, sent_at = NULL, attempts = attempts + 1, last_error = :error, ${WITHOUT_LEASE}`, HELD, {
        ...held(job),
        dueAt,
        error: error.slice(0, MAX_ERROR),
      }),
    yieldJob: (job) => update(`due_at = :now, sent_at = NULL, ${WITHOUT_LEASE}`, HELD, { ...held(job), now: clock.now() }),
    releaseJob: (job, error, { countsAsAttempt }) =>
      update(`last_error = :error, attempts = attempts + :counted, ${WITHOUT_LEASE}`, HELD, {
        ...held(job),
        error: error.slice(0, MAX_ERROR),
        counted: countsAsAttempt ? 1 : 0,
      }),
    deferJob: (jobId, dueAt) =>
      update('due_at = :dueAt, sent_at = NULL', `job_id = :job AND ${free(settings)}`, {
        job: jobId,
        dueAt,
        now: clock.now(),
      }),
    killJob: (jobId, error) =>
      update(`state = 'dead', last_error = :error, ${WITHOUT_LEASE}`, `job_id = :job AND state = 'pending'`, {
        job: jobId,
        error: error.slice(0, MAX_ERROR),
      }),
    async findJob(jobId) {
      const row = await statement(db, `SELECT ${COLUMNS} FROM outbox WHERE job_id = :job AND ${free(settings)}`, {
        job: jobId,
        now: clock.now(),
      }).first<OutboxRow>()
      return row && { ...jobOf(row), lastError: row.last_error }
    },
  }
}

function jobSending(
  db: D1Database,
  clock: Clock,
  settings: JobStoreSettings,
): Pick<JobStore, 'unsentJobs' | 'unsentJobsOf' | 'markJobsSent'> {
  /** No message was sent, or the last one counts as lost. */
  const unsent = `${free(settings)} AND ${DUE} AND (sent_at IS NULL OR sent_at <= :now - :resend OR ${isAhead('sent_at', ':now')})`
  const list = async (sql: string, values: Parameters<typeof statement>[2]) => {
    const { results } = await statement(db, sql, {
      ...values,
      now: clock.now(),
      resend: settings.resendMilliseconds,
    }).all<{ job_id: string }>()
    return results.map(({ job_id }) => job_id)
  }
  return {
    unsentJobs: (limit) => list(`SELECT job_id FROM outbox WHERE ${unsent} ORDER BY due_at, job_id LIMIT :limit`, { limit }),
    unsentJobsOf: (tenant, resource) =>
      list(
        `SELECT job_id FROM outbox INDEXED BY outbox_of_resource
         WHERE tenant_id = :tenant AND resource_id = :resource AND ${unsent} ORDER BY job_id`,
        { tenant, resource },
      ),
    async markJobsSent(jobIds) {
      await statement(
        db,
        `UPDATE outbox SET sent_at = :now WHERE job_id IN (SELECT value FROM json_each(:jobs)) AND state = 'pending'`,
        { now: clock.now(), jobs: JSON.stringify(jobIds) },
      ).run()
    },
  }
}

function jobOf(row: OutboxRow): Job {
  return {
    tenant: row.tenant_id,
    id: row.job_id,
    kind: row.kind,
    resource: { kind: row.resource_kind, id: row.resource_id },
    payload: JSON.parse(row.payload) as unknown,
    attempts: row.attempts,
  }
}
