/**
 * Ends runs, once each: completed or failed with a report, canceled, or failed without one. Every statement
 * before the change of status requires the run to be in progress.
 * @module
 */
import type { Clock, Publication, RunEnding } from '../../contracts/ports.ts'
import type { RunRecord } from '../../contracts/run.ts'
import { insertManifest } from '../manifest-store.ts'
import { type SqlValue, statement } from '../named-statement.ts'
import { IN_PROGRESS, IS_PUBLIC } from './conditions.ts'
import { insertLeaderboardRow } from './leaderboard-rows.ts'
import { recountTallies } from './progress-counters.ts'
import { endedEvent, type EndingValues } from './run-events.ts'
import { addCommitStatus, addCompaction, addRecall, addRunJob, addWebhooks } from './run-jobs.ts'

const NO_REPORT = { reportDigest: null, gateVerdict: null } as const

type Values = Readonly<Record<string, SqlValue>> & { readonly tenant: string; readonly run: string; readonly now: number }

/**
 * @param leaseMilliseconds - how long an attempt at a shard may continue before it learns that the run has
 *   ended
 */
export function runEnding(db: D1Database, clock: Clock, leaseMilliseconds: number): RunEnding {
  /** Ends a run without a report. @param change - `SET` of the update */
  async function endRun(values: Values & EndingValues, event: string, change: string): Promise<boolean> {
    const results = await db.batch([
      endedEvent(db, values),
      addWebhooks(db, values, event, values.now),
      addCommitStatus(db, values, 'ended', values.now),
      addRecall(db, values, values.now),
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
      const { error, leaderboard, manifest, reportDigest } = publication
      const results = await db.batch([
        insertReport(db, values),
        insertManifest(db, run, reportDigest, manifest, values.now),
        ...leaderboard.map((entry) =>
          insertLeaderboardRow(db, run, reportDigest, entry, `${IN_PROGRESS} AND ${IS_PUBLIC}`, values.now),
        ),
        ...setTallies(db, values, publication.ranks),
        endedEvent(db, values),
        addWebhooks(
          db,
          values,
          error === undefined ? 'eval.run.succeeded' : 'eval.run.failed',
          values.now,
          publication.gate?.verdict ?? null,
        ),
        addCommitStatus(db, values, 'ended', values.now),
        ...(error === undefined ? [addRunJob(db, 'publish_copy', values, `${IN_PROGRESS} AND ${IS_PUBLIC}`, values.now)] : []),
        ...(leaderboard.some(({ notRanked }) => notRanked === null)
          ? [addRunJob(db, 'rank', values, `${IN_PROGRESS} AND ${IS_PUBLIC}`, values.now)]
          : []),
        addRecall(db, values, values.now),
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

    cancel: (tenant, run) =>
      endRun(
        { tenant, run, now: clock.now(), status: 'canceled', ...NO_REPORT, error: null },
        'eval.run.canceled',
        `status = :status`,
      ),

    failRun: (tenant, run, error) =>
      endRun(
        { tenant, run, now: clock.now(), status: 'failed', ...NO_REPORT, error: JSON.stringify(error) },
        'eval.run.failed',
        `status = :status, error = :error`,
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
    gateVerdict: gate?.verdict ?? null,
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
