/**
 * Ends runs, once each: completed or failed with a report, canceled, or failed without one. Every statement
 * before the change of status requires the run to be in progress.
 * @module
 */
import type { Clock, Publication, RunEnding } from '../../contracts/ports.ts'
import type { RunRecord } from '../../contracts/run.ts'
import { type SqlValue, statement } from '../named-statement.ts'
import { IN_PROGRESS, IS_PUBLIC } from './conditions.ts'
import { insertLeaderboardRow } from './leaderboard-rows.ts'
import { recountTallies } from './progress-counters.ts'
import { addCompaction, addRunJob, addWebhooks } from './run-jobs.ts'

type Values = Readonly<Record<string, SqlValue>> & { readonly tenant: string; readonly run: string; readonly now: number }

/**
 * @param leaseMilliseconds - how long an attempt at a shard may continue before it learns that the run has
 *   ended
 */
export function runEnding(db: D1Database, clock: Clock, leaseMilliseconds: number): RunEnding {
  /** Ends a run without a report. @param change - `SET` of the update */
  async function endRun(values: Values, event: string, change: string): Promise<boolean> {
    const results = await db.batch([
      addWebhooks(db, values, event, values.now),
      addCompaction(db, values, values.now, leaseMilliseconds),
      statement(
        db,
        `UPDATE runs SET ${change}, ended_at = :now WHERE tenant_id = :tenant AND run_id = :run AND status = 'in_progress'`,
        values,
      ),
    ])
    return results.at(-1)!.meta.changes === 1
  }

  return {
    async publish(run, publication) {
      const values = publicationValues(run, publication, clock.now())
      const { error, leaderboard, reportDigest } = publication
      const results = await db.batch([
        insertReport(db, values),
        ...leaderboard.map((entry) =>
          insertLeaderboardRow(db, run, reportDigest, entry, `${IN_PROGRESS} AND ${IS_PUBLIC}`, values.now),
        ),
        ...setTallies(db, values, publication.ranks),
        addWebhooks(
          db,
          values,
          error === undefined ? 'eval.run.succeeded' : 'eval.run.failed',
          values.now,
          publication.gate?.verdict ?? null,
        ),
        ...(error === undefined ? [addRunJob(db, 'publish_copy', values, `${IN_PROGRESS} AND ${IS_PUBLIC}`, values.now)] : []),
        addCompaction(db, values, values.now, leaseMilliseconds),
        statement(
          db,
          `UPDATE runs SET status = :status, report_digest = :reportDigest, ended_at = :now, error = :error, ranks_key = :ranksKey,
             gate_result = :gateResult
           WHERE tenant_id = :tenant AND run_id = :run AND status = 'in_progress'`,
          values,
        ),
      ])
      return results.at(-1)!.meta.changes === 1
    },

    cancel: (tenant, run) => endRun({ tenant, run, now: clock.now() }, 'eval.run.canceled', `status = 'canceled'`),

    failRun: (tenant, run, error) =>
      endRun(
        { tenant, run, now: clock.now(), error: JSON.stringify(error) },
        'eval.run.failed',
        `status = 'failed', error = :error`,
      ),
  }
}

function publicationValues(run: RunRecord, { error, gate, ranks, reportDigest, reportBody }: Publication, now: number) {
  return {
    tenant: run.tenant,
    run: run.id,
    now,
    reportDigest,
    reportBody,
    status: error === undefined ? 'completed' : 'failed',
    error: error === undefined ? null : JSON.stringify(error),
    ranksKey: ranks?.key ?? null,
    gateResult: gate && JSON.stringify(gate),
  }
}

/** Runs with equal specifications share a report, which is public as soon as one of them is. */
function insertReport(db: D1Database, values: Values): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO reports (tenant_id, digest, visibility, body, created_at)
     SELECT :tenant, :reportDigest, visibility, :reportBody, :now FROM runs
     WHERE tenant_id = :tenant AND run_id = :run AND status = 'in_progress'
     ON CONFLICT (tenant_id, digest) DO UPDATE
       SET visibility = CASE WHEN excluded.visibility = 'public' THEN 'public' ELSE visibility END`,
    values,
  )
}

/** The item counts of a retrieval run, known once its items are ranked. */
function setTallies(db: D1Database, run: Values, ranks: Publication['ranks']): D1PreparedStatement[] {
  if (ranks === null || ranks.tallies.length === 0) return []
  const values = { ...run, tallies: JSON.stringify(ranks.tallies) }
  return [
    statement(
      db,
      `UPDATE shards SET tally = (SELECT value ->> 1 FROM json_each(:tallies) WHERE value ->> 0 = shards.shard)
       WHERE tenant_id = :tenant AND run_id = :run AND state = 'recorded' AND ${IN_PROGRESS}
         AND shard IN (SELECT value ->> 0 FROM json_each(:tallies))`,
      values,
    ),
    recountTallies(db, values, IN_PROGRESS),
  ]
}
