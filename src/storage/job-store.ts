/**
 * {@link JobStore} over the `outbox` table.
 * @module
 */
import type { ClaimedJob, Clock, JobStore } from '../contracts/ports.ts'
import type { Job, JobKind } from '../contracts/run.ts'
import { hasCome, isAhead } from './set-back-clock.ts'

interface OutboxRow {
  tenant_id: string
  job_id: string
  kind: JobKind
  run_id: string
  payload: string
  attempts: number
  claims: number
  last_error: string | null
}

/** No job is put off for longer: a webhook's last repeat comes a day and a fifth later. */
const LONGEST_WAIT = 30 * 60 * 60 * 1000
/** Its time has come. ?1 is the time. A job that was made or put off by a clock that has been set back since is due at once. */
const DUE = `(${hasCome('due_at', 1, LONGEST_WAIT)} OR ${isAhead('created_at', 1)})`
const MAX_ERROR = 1000

/**
 * Left to itself SQLite takes the sweep's index for every query here, and reads each due job to find one: hence `INDEXED BY`.
 * @param resendMilliseconds - how long a sent message is given before another is sent for the same job.
 * @param leaseMilliseconds - of a job: none ends later than this from now.
 */
export function createJobStore(
  db: D1Database,
  clock: Clock,
  { resendMilliseconds, leaseMilliseconds }: { readonly resendMilliseconds: number; readonly leaseMilliseconds: number },
): JobStore {
  /** Nobody is doing it now. ?1 is the time. */
  const FREE = `state = 'pending' AND (lease_expires_at IS NULL OR ${hasCome('lease_expires_at', 1, leaseMilliseconds)})`
  /** Its message was never sent, or so long ago that it must be lost. ?2 is how long. */
  const UNSENT = `${FREE} AND ${DUE} AND (sent_at IS NULL OR sent_at <= ?1 - ?2 OR ${isAhead('sent_at', 1)})`

  return {
    async claimJob(jobId, token, leaseMilliseconds) {
      const now = clock.now()
      const row = await db
        .prepare(
          `UPDATE outbox INDEXED BY outbox_by_id SET lease_token = ?3, lease_expires_at = ?4, claims = claims + 1 WHERE job_id = ?2 AND ${DUE} AND ${FREE}
           RETURNING tenant_id, job_id, kind, run_id, payload, attempts, claims, last_error`,
        )
        .bind(now, jobId, token, now + leaseMilliseconds)
        .first<OutboxRow>()
      return row && { ...jobOf(row), token, claims: row.claims }
    },

    async renewJob(job: ClaimedJob, leaseMilliseconds) {
      await db
        .prepare(
          `UPDATE outbox SET lease_expires_at = ?4 WHERE tenant_id = ?1 AND job_id = ?2 AND lease_token = ?3 AND state = 'pending'`,
        )
        .bind(job.tenant, job.id, job.token, clock.now() + leaseMilliseconds)
        .run()
    },

    async finishJob(job: ClaimedJob) {
      await db
        .prepare(
          `UPDATE outbox SET state = 'done', lease_token = NULL, lease_expires_at = NULL WHERE tenant_id = ?1 AND job_id = ?2 AND lease_token = ?3`,
        )
        .bind(job.tenant, job.id, job.token)
        .run()
    },

    async postponeJob(job: ClaimedJob, dueAt, error) {
      await db
        .prepare(
          `UPDATE outbox SET due_at = ?4, sent_at = NULL, attempts = attempts + 1, last_error = ?5, lease_token = NULL, lease_expires_at = NULL
           WHERE tenant_id = ?1 AND job_id = ?2 AND lease_token = ?3 AND state = 'pending'`,
        )
        .bind(job.tenant, job.id, job.token, dueAt, error.slice(0, MAX_ERROR))
        .run()
    },

    async releaseJob(job: ClaimedJob, error) {
      await db
        .prepare(
          // A webhook's attempts are deliveries; a checkpoint of an import begins its claims anew.
          `UPDATE outbox SET last_error = ?4, attempts = attempts + (kind = 'merge'), lease_token = NULL, lease_expires_at = NULL
           WHERE tenant_id = ?1 AND job_id = ?2 AND lease_token = ?3 AND state = 'pending'`,
        )
        .bind(job.tenant, job.id, job.token, error.slice(0, MAX_ERROR))
        .run()
    },

    async deferJob(jobId, dueAt) {
      await db
        .prepare(`UPDATE outbox SET due_at = ?3, sent_at = NULL WHERE job_id = ?2 AND ${FREE}`)
        .bind(clock.now(), jobId, dueAt)
        .run()
    },

    async killJob(jobId, error) {
      await db
        .prepare(
          `UPDATE outbox SET state = 'dead', last_error = ?2, lease_token = NULL, lease_expires_at = NULL WHERE job_id = ?1 AND state = 'pending'`,
        )
        .bind(jobId, error.slice(0, MAX_ERROR))
        .run()
    },

    async findJob(jobId) {
      const row = await db
        .prepare(
          `SELECT tenant_id, job_id, kind, run_id, payload, attempts, claims, last_error FROM outbox WHERE job_id = ?2 AND ${FREE}`,
        )
        .bind(clock.now(), jobId)
        .first<OutboxRow>()
      return row && { ...jobOf(row), lastError: row.last_error }
    },

    async unsentJobs(limit) {
      const { results } = await db
        .prepare(`SELECT job_id FROM outbox WHERE ${UNSENT} ORDER BY due_at, job_id LIMIT ?3`)
        .bind(clock.now(), resendMilliseconds, limit)
        .all<{ job_id: string }>()
      return results.map(({ job_id }) => job_id)
    },

    async unsentJobsOf(tenant, runId) {
      const { results } = await db
        .prepare(
          `SELECT job_id FROM outbox INDEXED BY outbox_of_run WHERE tenant_id = ?3 AND run_id = ?4 AND ${UNSENT} ORDER BY job_id`,
        )
        .bind(clock.now(), resendMilliseconds, tenant, runId)
        .all<{ job_id: string }>()
      return results.map(({ job_id }) => job_id)
    },

    async markJobsSent(jobIds) {
      await db
        .prepare(`UPDATE outbox SET sent_at = ?1 WHERE job_id IN (SELECT value FROM json_each(?2)) AND state = 'pending'`)
        .bind(clock.now(), JSON.stringify(jobIds))
        .run()
    },
  }
}

function jobOf(row: OutboxRow): Job {
  return {
    tenant: row.tenant_id,
    id: row.job_id,
    kind: row.kind,
    runId: row.run_id,
    payload: JSON.parse(row.payload) as Record<string, unknown>,
    attempts: row.attempts,
  }
}
