/**
 * {@link JobLedger} over the `outbox` table.
 * @module
 */
import type { ClaimedJob, Clock, JobLedger } from '../contracts/ports.ts'
import type { Job, JobKind } from '../contracts/run.ts'

interface OutboxRow {
  tenant_id: string
  job_id: string
  kind: JobKind
  run_id: string
  payload: string
  attempts: number
  last_error: string | null
}

/** How long a sent message is given before the sweep sends another for the same job. */
const RESEND_AFTER_MILLISECONDS = 60_000

export function createJobLedger(db: D1Database, clock: Clock): JobLedger {
  return {
    async claimJob(jobId, token, leaseMilliseconds) {
      const now = clock.now()
      const row = await db
        .prepare(
          `UPDATE outbox SET lease_token = ?2, lease_expires_at = ?3, attempts = attempts + 1
           WHERE job_id = ?1 AND state = 'pending' AND (lease_expires_at IS NULL OR lease_expires_at <= ?4)
           RETURNING tenant_id, job_id, kind, run_id, payload, attempts, last_error`,
        )
        .bind(jobId, token, now + leaseMilliseconds, now)
        .first<OutboxRow>()
      return row && { ...jobOf(row), token }
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
          `UPDATE outbox SET due_at = ?4, last_error = ?5, lease_token = NULL, lease_expires_at = NULL
           WHERE tenant_id = ?1 AND job_id = ?2 AND lease_token = ?3 AND state = 'pending'`,
        )
        .bind(job.tenant, job.id, job.token, dueAt, error.slice(0, 1000))
        .run()
    },

    async killJob(jobId, error) {
      await db
        .prepare(
          `UPDATE outbox SET state = 'dead', last_error = ?2, lease_token = NULL, lease_expires_at = NULL WHERE job_id = ?1 AND state = 'pending'`,
        )
        .bind(jobId, error.slice(0, 1000))
        .run()
    },

    async findJob(jobId) {
      const row = await db
        .prepare(
          `SELECT tenant_id, job_id, kind, run_id, payload, attempts, last_error FROM outbox WHERE job_id = ?1 AND state = 'pending'`,
        )
        .bind(jobId)
        .first<OutboxRow>()
      return row && { ...jobOf(row), lastError: row.last_error }
    },

    async dueJobs(limit) {
      const now = clock.now()
      const { results } = await db
        .prepare(
          `UPDATE outbox SET due_at = ?1 + ?3 WHERE (tenant_id, job_id) IN (
             SELECT tenant_id, job_id FROM outbox
             WHERE state = 'pending' AND due_at <= ?1 AND (lease_expires_at IS NULL OR lease_expires_at <= ?1) ORDER BY due_at LIMIT ?2)
           RETURNING job_id`,
        )
        .bind(now, limit, RESEND_AFTER_MILLISECONDS)
        .all<{ job_id: string }>()
      return results.map(({ job_id }) => job_id)
    },

    async jobsOfRun(tenant, runId) {
      const now = clock.now()
      const { results } = await db
        .prepare(
          `UPDATE outbox SET due_at = ?3 + ?4 WHERE tenant_id = ?1 AND run_id = ?2 AND state = 'pending' AND due_at <= ?3
             AND (lease_expires_at IS NULL OR lease_expires_at <= ?3)
           RETURNING job_id`,
        )
        .bind(tenant, runId, now, RESEND_AFTER_MILLISECONDS)
        .all<{ job_id: string }>()
      return results.map(({ job_id }) => job_id)
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
