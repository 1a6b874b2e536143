/**
 * Submissions of shards: requests that an endpoint was given together and answers later.
 * @module
 */
import type { Submission } from '../../contracts/model.ts'
import type { ClaimedShard, Clock, ShardSubmissions } from '../../contracts/ports.ts'
import { statement } from '../named-statement.ts'
import { isAhead } from '../set-back-clock.ts'
import { HAS_LEASE, IN_PROGRESS, LONGEST_POLL, NOTE_ACTIVITY } from './conditions.ts'

interface SubmissionRow {
  submission_id: string
  external_id: string | null
  begun_at: number
  ended_at: number | null
  unreached_since: number | null
}

const OF_SHARD = 'tenant_id = :tenant AND run_id = :run AND shard = :shard'

export function shardSubmissions(db: D1Database, clock: Clock): ShardSubmissions {
  const valuesOf = ({ run: { tenant, id: run }, shard, token }: ClaimedShard) => ({ tenant, run, shard, token, now: clock.now() })
  return {
    async submissionsOf(claim) {
      const values = valuesOf(claim)
      const [, found] = await db.batch<SubmissionRow>([
        notAhead(db, values),
        statement(
          db,
          `SELECT submission_id, external_id, begun_at, ended_at, unreached_since FROM submissions INDEXED BY submissions_by_shard
           WHERE ${OF_SHARD} ORDER BY begun_at, submission_id`,
          values,
        ),
      ])
      return found!.results.map(submissionOf)
    },

    async beginSubmission(claim, id) {
      const { meta } = await statement(
        db,
        `INSERT INTO submissions (tenant_id, run_id, submission_id, shard, begun_at)
         SELECT :tenant, :run, :id, :shard, :now
         WHERE ${HAS_LEASE} AND ${IN_PROGRESS} AND NOT EXISTS (SELECT 1 FROM submissions WHERE ${OF_SHARD} AND ended_at IS NULL)`,
        { ...valuesOf(claim), id },
      ).run()
      return meta.changes === 1
    },

    async confirmSubmission(claim, id) {
      const { meta } = await statement(
        db,
        `UPDATE submissions SET begun_at = :now
         WHERE tenant_id = :tenant AND run_id = :run AND submission_id = :id AND ended_at IS NULL AND ${IN_PROGRESS}`,
        { ...valuesOf(claim), id },
      ).run()
      return meta.changes === 1
    },

    async acceptSubmission(claim, id, externalId) {
      await statement(
        db,
        `UPDATE submissions SET external_id = :externalId
         WHERE tenant_id = :tenant AND run_id = :run AND submission_id = :id AND ended_at IS NULL`,
        { ...valuesOf(claim), id, externalId },
      ).run()
    },

    async noteReach({ run: { tenant, id: run } }, id, unreachedSince) {
      await statement(
        db,
        `UPDATE submissions SET unreached_since = :unreachedSince
         WHERE tenant_id = :tenant AND run_id = :run AND submission_id = :id AND unreached_since IS NOT :unreachedSince`,
        { tenant, run, id, unreachedSince },
      ).run()
    },

    async endSubmission({ run: { tenant, id: run } }, id) {
      await statement(
        db,
        `UPDATE submissions SET ended_at = :now
         WHERE tenant_id = :tenant AND run_id = :run AND submission_id = :id AND ended_at IS NULL`,
        { tenant, run, id, now: clock.now() },
      ).run()
    },

    async openSubmissions(tenant, run) {
      const values = { tenant, run, now: clock.now() }
      const [, found] = await db.batch<SubmissionRow & { first_ordinal: number; end_ordinal: number }>([
        notAhead(db, values),
        statement(
          db,
          `SELECT submission_id, external_id, begun_at, ended_at, unreached_since, first_ordinal, end_ordinal
           FROM submissions JOIN shards USING (tenant_id, run_id, shard)
           WHERE tenant_id = :tenant AND run_id = :run AND ended_at IS NULL ORDER BY shard`,
          values,
        ),
      ])
      return found!.results.map((row) => ({ first: row.first_ordinal, end: row.end_ordinal, submission: submissionOf(row) }))
    },

    async hurrySubmission(tenant, run, id) {
      await statement(
        db,
        `UPDATE shards SET poll_at = :now WHERE tenant_id = :tenant AND run_id = :run AND state = 'submitted'
           AND shard = (SELECT shard FROM submissions WHERE tenant_id = :tenant AND run_id = :run AND submission_id = :id)`,
        { tenant, run, id, now: clock.now() },
      ).run()
    },

    async submitShard(claim, wanted) {
      const values = valuesOf(claim)
      await db.batch([
        statement(db, NOTE_ACTIVITY, values),
        statement(
          db,
          `UPDATE shards SET state = 'submitted', poll_at = :pollAt, sent_at = NULL, lease_token = NULL,
             lease_expires_at = NULL, attempts = attempts - 1, error = NULL
           WHERE ${OF_SHARD} AND state = 'leased' AND lease_token = :token`,
          { ...values, pollAt: Math.min(wanted, values.now + LONGEST_POLL) },
        ),
      ])
    },
  }
}

/**
 * Times by a clock that has been set back since become now: a submission would otherwise be waited for until
 * the clock has caught up, or be given up at once.
 */
const notAhead = (db: D1Database, values: { readonly tenant: string; readonly run: string; readonly now: number }) =>
  statement(
    db,
    `UPDATE submissions SET begun_at = MIN(begun_at, :now), unreached_since = MIN(unreached_since, :now)
     WHERE tenant_id = :tenant AND run_id = :run AND ended_at IS NULL
       AND (${isAhead('begun_at', ':now')} OR ${isAhead('unreached_since', ':now')})`,
    values,
  )

const submissionOf = (row: SubmissionRow): Submission => ({
  id: row.submission_id,
  externalId: row.external_id,
  begunAt: row.begun_at,
  endedAt: row.ended_at,
  unreachedSince: row.unreached_since,
})
