/**
 * Inserts follow-up jobs of a run's change into the outbox, within the same batch.
 * @module
 */
import { MAX_WEBHOOK_TARGETS } from '../../contracts/records.ts'
import { statement } from '../named-statement.ts'
import { IN_PROGRESS, NO_OPEN_SHARD } from './conditions.ts'

interface RunKey {
  readonly tenant: string
  readonly run: string
}

/** @param condition - SQL on `:tenant` and `:run`. @param dueAt - Unix milliseconds */
export function addRunJob(
  db: D1Database,
  kind: 'merge' | 'recall' | 'publish_copy' | 'rank' | 'compact',
  run: RunKey,
  condition: string,
  now: number,
  dueAt = now,
): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO outbox (tenant_id, job_id, kind, resource_kind, resource_id, payload, state, due_at, created_at)
     SELECT :tenant, :kind || ':' || :run, :kind, 'run', :run, '{}', 'pending', :dueAt, :now WHERE ${condition}
     ON CONFLICT DO NOTHING`,
    { ...run, kind, dueAt, now },
  )
}

/** For a batch that ends a run: its submissions that are under way. */
export const addRecall = (db: D1Database, run: RunKey, now: number) =>
  addRunJob(
    db,
    'recall',
    run,
    `${IN_PROGRESS} AND EXISTS (SELECT 1 FROM submissions WHERE tenant_id = :tenant AND run_id = :run AND ended_at IS NULL)`,
    now,
  )

/** For a batch that ends a shard: the merge, once no shard is open. */
export const addMerge = (db: D1Database, run: RunKey, now: number) =>
  addRunJob(db, 'merge', run, `${NO_OPEN_SHARD} AND ${IN_PROGRESS}`, now)

/**
 * For a batch that ends a run.
 * @param delayMilliseconds - how long an attempt at a shard may continue before it learns that the run has
 *   ended: one lease. A later compaction finds every object that such an attempt left behind.
 */
export const addCompaction = (db: D1Database, run: RunKey, now: number, delayMilliseconds: number) =>
  addRunJob(db, 'compact', run, IN_PROGRESS, now, now + delayMilliseconds)

/**
 * For a batch that ends a run, before the change of status: one job per address that the tenant registered.
 * @param gate - verdict of the run's gate; null without a gate or a verdict
 */
export function addWebhooks(
  db: D1Database,
  run: RunKey,
  event: string,
  now: number,
  gate: string | null = null,
): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO outbox (tenant_id, job_id, kind, resource_kind, resource_id, payload, state, due_at, created_at)
     SELECT :tenant, 'webhook:' || :run || ':' || endpoint_id, 'webhook', 'run', :run,
            json_object('endpoint', endpoint_id, 'event', :event, 'created_at', :now, 'gate', :gate,
                        'depth', IFNULL((SELECT MAX(depth) FROM trigger_deliveries
                                         WHERE tenant_id = :tenant AND run_id = :run), 0)),
            'pending', :now, :now
     -- Ids sort by time. For an address that an earlier version registered twice, the newest secret counts.
     FROM (SELECT MAX(endpoint_id) AS endpoint_id FROM webhook_endpoints WHERE tenant_id = :tenant AND disabled_at IS NULL
           GROUP BY url ORDER BY endpoint_id DESC LIMIT :most)
     WHERE ${IN_PROGRESS}
     ON CONFLICT DO NOTHING`,
    { ...run, event, now, gate, most: MAX_WEBHOOK_TARGETS },
  )
}

/**
 * The state of a run for the commit that its delivery names; no job for a run without one. Inserted when the
 * run starts and when it ends.
 */
export function addCommitStatus(db: D1Database, run: RunKey, moment: 'pending' | 'ended', now: number): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO outbox (tenant_id, job_id, kind, resource_kind, resource_id, payload, state, due_at, created_at)
     SELECT :tenant, 'commit_status:' || :run || ':' || :moment, 'commit_status', 'run', :run, commit_status, 'pending', :now, :now
     FROM trigger_deliveries WHERE tenant_id = :tenant AND run_id = :run AND commit_status IS NOT NULL AND ${IN_PROGRESS}
     LIMIT 1 ON CONFLICT DO NOTHING`,
    { ...run, moment, now },
  )
}

/**
 * `publish_copy` copies the report to KV, or deletes the copy; `rank` tests the run against its neighbors on
 * the leaderboard. Inserted again at every change of visibility, `compact` at a deletion, and taken from an
 * attempt in progress, which may have read the earlier state.
 */
export function addFreshJob(
  db: D1Database,
  kind: 'publish_copy' | 'rank' | 'compact',
  run: RunKey,
  condition: string,
  now: number,
  dueAt = now,
): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO outbox (tenant_id, job_id, kind, resource_kind, resource_id, payload, state, due_at, created_at)
     SELECT :tenant, :kind || ':' || :run, :kind, 'run', :run, '{}', 'pending', :dueAt, :now WHERE ${condition}
     ON CONFLICT (tenant_id, job_id) DO UPDATE SET state = 'pending', due_at = excluded.due_at,
       created_at = excluded.created_at, sent_at = NULL, attempts = 0, claims = 0, lease_token = NULL, lease_expires_at = NULL`,
    { ...run, kind, now, dueAt },
  )
}
