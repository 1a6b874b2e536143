/**
 * {@link RunStore} over D1. Each method is one batch, which D1 runs as a transaction; every write is conditional on the state
 * it assumes, so duplicates, losers and latecomers change nothing.
 * @module
 */
import type { Clock, ClaimedShard, LeaderboardEntry, Publication, RunStore, ShardReference } from '../contracts/ports.ts'
import type { NewRun, RunError, RunRecord, ShardRange, ShardRecord, ShardResult, ShardState } from '../contracts/run.ts'
import { canonicalJson } from '../contracts/canonical-json.ts'
import { Fault } from '../contracts/failure.ts'
import { hasCome, isAhead } from './set-back-clock.ts'
import { MAX_WEBHOOK_TARGETS } from '../contracts/records.ts'

export interface RunRow {
  tenant_id: string
  run_id: string
  eval_id: string
  name: string | null
  status: RunRecord['status']
  visibility: 'private' | 'public'
  dataset_id: string
  queue: 'edge' | 'endpoint'
  spec: string
  spec_digest: string
  data_source: string
  metadata: string | null
  created_at: number
  ended_at: number | null
  report_digest: string | null
  rows_key: string | null
  error: string | null
  max_errored: number
  ranks_key: string | null
}

interface ShardRow {
  shard: number
  first_ordinal: number
  end_ordinal: number
  state: ShardState
  attempts: number
  rows: number[] | null
  evidence_key: string | null
  embeddings_key: string | null
  tally: string | null
  error: string | null
}

/** Characters of an error that are kept. */
const MAX_ERROR = 1000

/** Of a run: shards that begin before it may be sent. */
export const WAVE_END = `IFNULL(runs.send_before, ${Number.MAX_SAFE_INTEGER})`
/** No message was sent for a shard, or by a clock that has been set back since: that one is lost. @param now - number of its parameter. */
export const isUnsent = (now: number) => `(sent_at IS NULL OR ${isAhead('sent_at', now)})`
/** Nothing is left to score: the condition under which a run owes its merge. */
const NO_OPEN_SHARD = `NOT EXISTS (SELECT 1 FROM shards WHERE tenant_id = ?1 AND run_id = ?2 AND state IN ('pending', 'leased'))`
const IN_PROGRESS = `EXISTS (SELECT 1 FROM runs WHERE tenant_id = ?1 AND run_id = ?2 AND status = 'in_progress')`

/** What a run names and cannot do without; null: it names no such thing. In the order of their parameters. */
interface RunNames {
  readonly dataset: string
  readonly digest: string
  readonly eval: string
  readonly endpoint: string | null
  /** One that the tenant added: shipped models have no row. */
  readonly model: string | null
}

/** Conditions for each of {@link RunNames}, whose parameters begin at `first`; ?1 is the tenant. Also: which field of a request names it. */
const THERE: readonly {
  readonly name: 'dataset' | 'eval' | 'endpoint' | 'model'
  readonly pointer?: string
  exists(first: number): string
}[] = [
  {
    name: 'dataset',
    pointer: '/data_source/dataset',
    exists: (first) =>
      `EXISTS (SELECT 1 FROM dataset_versions WHERE tenant_id = ?1 AND dataset_id = ?${first} AND digest = ?${first + 1})`,
  },
  { name: 'eval', exists: (first) => `EXISTS (SELECT 1 FROM evals WHERE tenant_id = ?1 AND eval_id = ?${first + 2})` },
  {
    name: 'endpoint',
    pointer: '/data_source/subject/endpoint',
    exists: (first) =>
      `(?${first + 3} IS NULL OR EXISTS (SELECT 1 FROM endpoints WHERE tenant_id = ?1 AND name = ?${first + 3}))`,
  },
  {
    name: 'model',
    pointer: '/data_source/subject/model',
    exists: (first) =>
      `(?${first + 4} IS NULL OR EXISTS (SELECT 1 FROM models WHERE tenant_id = ?1 AND model_id = ?${first + 4}))`,
  },
]
const allThere = (first: number) => THERE.map(({ exists }) => exists(first)).join(' AND ')

const PUBLIC = `EXISTS (SELECT 1 FROM runs WHERE tenant_id = ?1 AND run_id = ?2 AND visibility = 'public')`

/**
 * @param stragglerMilliseconds - how long an attempt at a shard may go on unawares after its run has ended: a lease, at whose
 * renewals it learns of the end. Compaction is due only then, so that it finds whatever such an attempt left behind.
 */
export function createRunStore(db: D1Database, clock: Clock, stragglerMilliseconds: number): RunStore {
  const leaseIsOver = (now: number) => hasCome('lease_expires_at', now, stragglerMilliseconds)

  const owe = (kind: string, tenant: string, runId: string, condition: string, now: number, dueAt = now) =>
    db
      .prepare(
        `INSERT INTO outbox (tenant_id, job_id, kind, run_id, payload, state, due_at, created_at)
         SELECT ?1, ?3 || ':' || ?2, ?3, ?2, '{}', 'pending', ?5, ?4 WHERE ${condition}
         ON CONFLICT DO NOTHING`,
      )
      .bind(tenant, runId, kind, now, dueAt)

  const oweCompaction = (tenant: string, runId: string, now: number) =>
    owe('compact', tenant, runId, IN_PROGRESS, now, now + stragglerMilliseconds)

  /** One webhook event for every address that the tenant registered, conditional on the run having just reached `status`. */
  const oweWebhooks = (tenant: string, runId: string, event: string, condition: string, now: number) =>
    db
      .prepare(
        `INSERT INTO outbox (tenant_id, job_id, kind, run_id, payload, state, due_at, created_at)
         SELECT ?1, 'webhook:' || ?2 || ':' || endpoint_id, 'webhook', ?2,
                json_object('endpoint', endpoint_id, 'event', ?3, 'created_at', ?4,
                            'depth', IFNULL((SELECT MAX(depth) FROM trigger_deliveries WHERE tenant_id = ?1 AND run_id = ?2), 0)),
                'pending', ?4, ?4
         -- Ids sort by time: of an address that was registered twice by an earlier version, the newest secret counts.
         FROM (SELECT MAX(endpoint_id) AS endpoint_id FROM webhook_endpoints WHERE tenant_id = ?1 AND disabled_at IS NULL
               GROUP BY url ORDER BY endpoint_id DESC LIMIT ?5)
         WHERE ${condition}
         ON CONFLICT DO NOTHING`,
      )
      .bind(tenant, runId, event, now, MAX_WEBHOOK_TARGETS)

  /** A leaderboard row, under a condition about the run (?1, ?2). */
  const insertEntry = (run: RunRecord, digest: string, entry: LeaderboardEntry, condition: string, now: number) => {
    const { criterion, dataset, subject, subjectType, value, used, items, notRanked } = entry
    return db
      .prepare(
        `INSERT INTO leaderboard_rows (tenant_id, run_id, criterion, dataset, dataset_digest, subject, metric, variant, direction, value,
                                       low, high, level, method, n, errored, unscored, report_digest, created_at,
                                       subject_type, used, items, not_ranked)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23 WHERE ${condition}
         ON CONFLICT DO NOTHING`,
      )
      .bind(
        run.tenant,
        run.id,
        criterion,
        dataset,
        run.spec.dataset.digest,
        subject,
        value.metric,
        value.variant,
        value.direction,
        value.value,
        value.interval?.low ?? null,
        value.interval?.high ?? null,
        value.interval?.level ?? null,
        value.interval?.method ?? null,
        value.n,
        value.errored,
        value.unscored,
        digest,
        now,
        subjectType,
        used,
        items,
        notRanked,
      )
  }

  const touch = (tenant: string, runId: string, now: number) =>
    db
      .prepare(`UPDATE runs SET transition_at = ?3, resends = 0 WHERE tenant_id = ?1 AND run_id = ?2 AND status = 'in_progress'`)
      .bind(tenant, runId, now)

  async function findRun(tenant: string, runId: string): Promise<RunRecord | null> {
    const row = await db.prepare(`SELECT * FROM runs WHERE tenant_id = ?1 AND run_id = ?2`).bind(tenant, runId).first<RunRow>()
    return row && runRecord(row)
  }

  async function tenantOf(runId: string): Promise<string | null> {
    return db.prepare(`SELECT tenant_id FROM runs WHERE run_id = ?1`).bind(runId).first<string>('tenant_id')
  }

  /** Which of the things that a run names was deleted between the look at it and the transaction. */
  async function whatIsGone(tenant: string, named: RunNames): Promise<Fault> {
    const there = await db
      .prepare(`SELECT ${THERE.map(({ name, exists }) => `${exists(2)} AS ${name}`).join(', ')}`)
      .bind(tenant, ...Object.values(named))
      .first<Record<string, number>>()
    const gone = THERE.find(({ name }) => there![name] === 0)
    // Deleted and made again since: the request can be repeated as it is.
    if (gone === undefined)
      return new Fault({ kind: 'conflict', detail: 'what the run names has just changed', retryAfterSeconds: 1 })
    return new Fault({
      kind: 'not_found',
      resource: gone.name,
      id: named[gone.name]!,
      ...(gone.pointer === undefined ? {} : { pointer: gone.pointer }),
    })
  }

  return {
    findRun,
    tenantOf,

    async createRun(run: NewRun, shards: readonly ShardRange[], { delivery, sendBefore = null, addedModel } = {}) {
      const now = clock.now()
      const { subject } = run.spec
      const named: RunNames = {
        dataset: run.datasetId,
        digest: run.spec.dataset.digest,
        eval: run.evalId,
        endpoint: subject.type === 'endpoint' ? subject.endpoint : null,
        model: addedModel ?? null,
      }
      const first = delivery
        ? [
            db
              .prepare(`INSERT INTO trigger_deliveries (tenant_id, trigger_id, delivery_key, run_id, created_at, depth)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ${allThere(7)} ON CONFLICT DO NOTHING`)
              .bind(run.tenant, delivery.triggerId, delivery.deliveryKey, run.id, now, delivery.depth, ...Object.values(named)),
          ]
        : []
      const unlessReplayed = delivery
        ? `AND EXISTS (SELECT 1 FROM trigger_deliveries WHERE tenant_id = ?1 AND trigger_id = ?22 AND delivery_key = ?23 AND run_id = ?2)`
        : ''
      const results = await db.batch([
        ...first,
        db
          .prepare(
            `INSERT INTO runs (tenant_id, run_id, eval_id, name, status, visibility, dataset_id, dataset_digest, queue, spec, spec_digest,
                               data_source, metadata, planned, created_at, transition_at, send_before, max_errored)
             SELECT ?1, ?2, ?3, ?4, 'in_progress', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, ?15, ?16
             WHERE ${allThere(17)} ${unlessReplayed}
             ON CONFLICT DO NOTHING`,
          )
          .bind(
            run.tenant,
            run.id,
            run.evalId,
            run.name,
            run.visibility,
            run.datasetId,
            run.spec.dataset.digest,
            run.queue,
            canonicalJson(run.spec),
            run.specDigest,
            JSON.stringify(run.dataSource),
            run.metadata && JSON.stringify(run.metadata),
            run.spec.selection.count,
            now,
            sendBefore,
            run.maxErrored,
            ...Object.values(named),
            ...(delivery ? [delivery.triggerId, delivery.deliveryKey] : []),
          ),
        db
          .prepare(
            `INSERT INTO shards (tenant_id, run_id, shard, first_ordinal, end_ordinal, state)
             SELECT ?1, ?2, key, value ->> 0, value ->> 1, 'pending' FROM json_each(?3)
             WHERE EXISTS (SELECT 1 FROM runs WHERE tenant_id = ?1 AND run_id = ?2)
               AND NOT EXISTS (SELECT 1 FROM shards WHERE tenant_id = ?1 AND run_id = ?2)`,
          )
          .bind(run.tenant, run.id, JSON.stringify(shards.map(({ first, end }) => [first, end]))),
      ])
      if (results[first.length]!.meta.changes === 1) return { created: true, runId: run.id }
      const earlier = delivery
        ? await db
            .prepare(
              `SELECT run_id FROM trigger_deliveries WHERE tenant_id = ?1 AND trigger_id = ?2 AND delivery_key = ?3
                 AND EXISTS (SELECT 1 FROM runs WHERE runs.tenant_id = ?1 AND runs.run_id = trigger_deliveries.run_id)`,
            )
            .bind(run.tenant, delivery.triggerId, delivery.deliveryKey)
            .first<string>('run_id')
        : (await findRun(run.tenant, run.id))?.id
      if (!earlier) throw await whatIsGone(run.tenant, named)
      return { created: false, runId: earlier }
    },

    async shardsInFlight(tenant, runId) {
      const count = await db
        .prepare(
          `SELECT COUNT(*) AS count FROM shards INDEXED BY shards_in_flight
           WHERE tenant_id = ?1 AND run_id = ?2 AND sent_at IS NOT NULL AND state IN ('pending', 'leased')`,
        )
        .bind(tenant, runId)
        .first<number>('count')
      return count ?? 0
    },

    async unsentShards(tenant, runId, limit) {
      const { results } = await db
        .prepare(
          `SELECT shard FROM shards WHERE tenant_id = ?1 AND run_id = ?2 AND state = 'pending' AND ${isUnsent(4)}
             AND first_ordinal < (SELECT ${WAVE_END} FROM runs WHERE tenant_id = ?1 AND run_id = ?2) ORDER BY shard LIMIT ?3`,
        )
        .bind(tenant, runId, limit, clock.now())
        .all<{ shard: number }>()
      return results.map(({ shard }) => shard)
    },

    async markSent(tenant, runId, shards) {
      await db
        .prepare(
          `UPDATE shards SET sent_at = ?4 WHERE tenant_id = ?1 AND run_id = ?2 AND shard IN (SELECT value FROM json_each(?3))`,
        )
        .bind(tenant, runId, JSON.stringify(shards), clock.now())
        .run()
    },

    async claimShard({ run: runId, shard }: ShardReference, token, leaseMilliseconds) {
      const tenant = await tenantOf(runId)
      if (tenant === null) return null
      const now = clock.now()
      const [claimed, , found] = await db.batch<ShardRow & RunRow>([
        db
          .prepare(
            `UPDATE shards SET state = 'leased', lease_token = ?4, lease_expires_at = ?5, attempts = attempts + 1
             WHERE tenant_id = ?1 AND run_id = ?2 AND shard = ?3
               AND (state = 'pending' OR (state = 'leased' AND ${leaseIsOver(6)})) AND ${IN_PROGRESS}
             RETURNING first_ordinal, end_ordinal`,
          )
          .bind(tenant, runId, shard, token, now + leaseMilliseconds, now),
        db
          .prepare(
            `UPDATE runs SET transition_at = ?5 WHERE tenant_id = ?1 AND run_id = ?2
             AND EXISTS (SELECT 1 FROM shards WHERE tenant_id = ?1 AND run_id = ?2 AND shard = ?3 AND lease_token = ?4)`,
          )
          .bind(tenant, runId, shard, token, now),
        db.prepare(`SELECT * FROM runs WHERE tenant_id = ?1 AND run_id = ?2`).bind(tenant, runId),
      ])
      const range = claimed!.results[0]
      const run = found!.results[0]
      return range && run ? { run: runRecord(run), shard, token, first: range.first_ordinal, end: range.end_ordinal } : null
    },

    async renewShard(claim: ClaimedShard, leaseMilliseconds) {
      const { tenant, id: runId } = claim.run
      const now = clock.now()
      const [, , open] = await db.batch([
        db
          .prepare(
            `UPDATE shards SET state = 'leased', lease_token = ?4, lease_expires_at = ?5
             WHERE tenant_id = ?1 AND run_id = ?2 AND shard = ?3
               AND (state = 'pending' OR (state = 'leased' AND lease_token = ?4)) AND ${IN_PROGRESS}`,
          )
          .bind(tenant, runId, claim.shard, claim.token, now + leaseMilliseconds),
        db
          .prepare(
            `UPDATE runs SET transition_at = ?3 WHERE tenant_id = ?1 AND run_id = ?2 AND status = 'in_progress'
             AND EXISTS (SELECT 1 FROM shards WHERE tenant_id = ?1 AND run_id = ?2 AND shard = ?4 AND lease_token = ?5)`,
          )
          .bind(tenant, runId, now, claim.shard, claim.token),
        db
          .prepare(
            `SELECT 1 FROM shards WHERE tenant_id = ?1 AND run_id = ?2 AND shard = ?3 AND state IN ('pending', 'leased') AND ${IN_PROGRESS}`,
          )
          .bind(tenant, runId, claim.shard),
      ])
      return open!.results.length === 1
    },

    async releaseShard(claim: ClaimedShard, error: string) {
      await db
        .prepare(
          `UPDATE shards SET state = 'pending', lease_token = NULL, lease_expires_at = NULL, error = ?5
           WHERE tenant_id = ?1 AND run_id = ?2 AND shard = ?3 AND state = 'leased' AND lease_token = ?4`,
        )
        .bind(claim.run.tenant, claim.run.id, claim.shard, claim.token, error.slice(0, MAX_ERROR))
        .run()
    },

    async recordShard(claim: ClaimedShard, result: ShardResult) {
      const { tenant, id: runId } = claim.run
      const now = clock.now()
      const [recorded] = await db.batch([
        db
          .prepare(
            `UPDATE shards SET state = 'recorded', rows = ?4, evidence_key = ?5, embeddings_key = ?6, tally = ?7, recorded_at = ?8,
                               lease_token = NULL, lease_expires_at = NULL, error = NULL
             WHERE tenant_id = ?1 AND run_id = ?2 AND shard = ?3 AND state IN ('pending', 'leased') AND ${IN_PROGRESS}`,
          )
          .bind(
            tenant,
            runId,
            claim.shard,
            result.rows,
            result.evidenceKey,
            result.embeddingsKey,
            JSON.stringify(result.tally),
            now,
          ),
        touch(tenant, runId, now),
        owe('merge', tenant, runId, `${NO_OPEN_SHARD} AND ${IN_PROGRESS}`, now),
      ])
      return recorded!.meta.changes === 1
    },

    async failShard({ run: runId, shard }: ShardReference, error: string) {
      const tenant = await tenantOf(runId)
      if (tenant === null) return false
      const now = clock.now()
      const [failed] = await db.batch([
        // A live lease is left alone: its holder may still succeed.
        db
          .prepare(
            `UPDATE shards SET state = 'failed', error = ?4, lease_token = NULL, lease_expires_at = NULL
             WHERE tenant_id = ?1 AND run_id = ?2 AND shard = ?3
               AND (state = 'pending' OR (state = 'leased' AND ${leaseIsOver(5)})) AND ${IN_PROGRESS}`,
          )
          .bind(tenant, runId, shard, error.slice(0, MAX_ERROR), now),
        touch(tenant, runId, now),
        owe('merge', tenant, runId, `${NO_OPEN_SHARD} AND ${IN_PROGRESS}`, now),
      ])
      return failed!.meta.changes === 1
    },

    async failPendingShards(tenant, runId, error, which) {
      const now = clock.now()
      const [failed] = await db.batch([
        db
          .prepare(
            `UPDATE shards SET state = 'failed', error = ?3, lease_token = NULL, lease_expires_at = NULL
             WHERE tenant_id = ?1 AND run_id = ?2 AND state = 'pending' AND attempts >= ?4 AND ${IN_PROGRESS}`,
          )
          .bind(tenant, runId, error.slice(0, MAX_ERROR), which === 'tried' ? 1 : 0),
        touch(tenant, runId, now),
        owe('merge', tenant, runId, `${NO_OPEN_SHARD} AND ${IN_PROGRESS}`, now),
      ])
      return failed!.meta.changes
    },

    async firstOpenOrdinal(tenant, runId) {
      return db
        .prepare(
          `SELECT MIN(first_ordinal) AS first FROM shards WHERE tenant_id = ?1 AND run_id = ?2 AND state IN ('pending', 'leased')`,
        )
        .bind(tenant, runId)
        .first<number>('first')
    },

    async skipShardsFrom(tenant, runId, ordinal) {
      const now = clock.now()
      const [skipped] = await db.batch([
        db
          .prepare(
            `UPDATE shards SET state = 'skipped', lease_token = NULL, lease_expires_at = NULL
             WHERE tenant_id = ?1 AND run_id = ?2 AND first_ordinal >= ?3 AND state IN ('pending', 'leased') AND ${IN_PROGRESS}`,
          )
          .bind(tenant, runId, ordinal),
        touch(tenant, runId, now),
        owe('merge', tenant, runId, `${NO_OPEN_SHARD} AND ${IN_PROGRESS}`, now),
      ])
      return skipped!.meta.changes
    },

    async sendShardsBefore(tenant, runId, ordinal) {
      await db
        .prepare(
          `UPDATE runs SET send_before = ?3 WHERE tenant_id = ?1 AND run_id = ?2 AND send_before < ?3 AND status = 'in_progress'`,
        )
        .bind(tenant, runId, ordinal)
        .run()
    },

    async readShards(tenant, runId, first, end) {
      const { results } = await db
        .prepare(
          `SELECT * FROM shards WHERE tenant_id = ?1 AND run_id = ?2 AND first_ordinal >= ?3 AND first_ordinal < ?4 ORDER BY first_ordinal`,
        )
        .bind(tenant, runId, first, end)
        .all<ShardRow>()
      return results.map(shardRecord)
    },

    async publish(run: RunRecord, publication: Publication) {
      const { tenant, id: runId } = run
      const { error, ranks } = publication
      const now = clock.now()
      const results = await db.batch([
        db
          .prepare(
            `INSERT INTO reports (tenant_id, digest, visibility, body, created_at)
             SELECT ?1, ?3, visibility, ?4, ?5 FROM runs WHERE tenant_id = ?1 AND run_id = ?2 AND status = 'in_progress'
             ON CONFLICT (tenant_id, digest) DO UPDATE SET visibility = CASE WHEN excluded.visibility = 'public' THEN 'public' ELSE visibility END`,
          )
          .bind(tenant, runId, publication.reportDigest, publication.reportBody, now),
        ...publication.leaderboard.map((entry) =>
          insertEntry(run, publication.reportDigest, entry, `${IN_PROGRESS} AND ${PUBLIC}`, now),
        ),
        ...(ranks === null
          ? []
          : [
              db
                .prepare(
                  `UPDATE shards SET tally = (SELECT value ->> 1 FROM json_each(?3) WHERE value ->> 0 = shards.shard)
                   WHERE tenant_id = ?1 AND run_id = ?2 AND state = 'recorded' AND ${IN_PROGRESS}
                     AND shard IN (SELECT value ->> 0 FROM json_each(?3))`,
                )
                .bind(tenant, runId, JSON.stringify(ranks.tallies)),
            ]),
        oweWebhooks(tenant, runId, error === undefined ? 'eval.run.succeeded' : 'eval.run.failed', IN_PROGRESS, now),
        ...(error === undefined ? [owe('publish_copy', tenant, runId, `${IN_PROGRESS} AND ${PUBLIC}`, now)] : []),
        oweCompaction(tenant, runId, now),
        db
          .prepare(
            `UPDATE runs SET status = ?5, report_digest = ?3, ended_at = ?4, error = ?6, ranks_key = ?7
             WHERE tenant_id = ?1 AND run_id = ?2 AND status = 'in_progress'`,
          )
          .bind(
            tenant,
            runId,
            publication.reportDigest,
            now,
            error === undefined ? 'completed' : 'failed',
            error === undefined ? null : JSON.stringify(error),
            ranks?.key ?? null,
          ),
      ])
      return results.at(-1)!.meta.changes === 1
    },

    async setVisibility(run, visibility, leaderboard) {
      const { tenant, id: runId, status, reportDigest } = run
      const now = clock.now()
      // Only literals of this file: `status` is one of four.
      const unchanged = `EXISTS (SELECT 1 FROM runs WHERE tenant_id = ?1 AND run_id = ?2 AND status = '${status}')`
      const [changed] = await db.batch([
        db
          .prepare(`UPDATE runs SET visibility = ?3 WHERE tenant_id = ?1 AND run_id = ?2 AND ${unchanged}`)
          .bind(tenant, runId, visibility),
        db.prepare(`DELETE FROM leaderboard_rows WHERE tenant_id = ?1 AND run_id = ?2 AND NOT ${PUBLIC}`).bind(tenant, runId),
        ...(reportDigest === null
          ? []
          : [
              ...leaderboard.map((entry) => insertEntry(run, reportDigest, entry, `${unchanged} AND ${PUBLIC}`, now)),
              // Runs with equal specs share a report: it is public while one of them is.
              db
                .prepare(
                  `UPDATE reports SET visibility = CASE WHEN EXISTS (SELECT 1 FROM runs WHERE tenant_id = ?1 AND report_digest = ?2
                     AND visibility = 'public') THEN 'public' ELSE 'private' END WHERE tenant_id = ?1 AND digest = ?2`,
                )
                .bind(tenant, reportDigest),
              // Owed anew, and taken from whoever copies at this moment: what they saw may be the report as it was before.
              db
                .prepare(
                  `INSERT INTO outbox (tenant_id, job_id, kind, run_id, payload, state, due_at, created_at)
                   SELECT ?1, 'publish_copy:' || ?2, 'publish_copy', ?2, '{}', 'pending', ?3, ?3 WHERE ${unchanged}
                   ON CONFLICT (tenant_id, job_id) DO UPDATE SET state = 'pending', due_at = excluded.due_at, created_at = excluded.created_at,
                     sent_at = NULL, attempts = 0, claims = 0, lease_token = NULL, lease_expires_at = NULL`,
                )
                .bind(tenant, runId, now),
            ]),
      ])
      return changed!.meta.changes === 1
    },

    async cancel(tenant, runId) {
      const now = clock.now()
      const results = await db.batch([
        oweWebhooks(tenant, runId, 'eval.run.canceled', IN_PROGRESS, now),
        oweCompaction(tenant, runId, now),
        db
          .prepare(
            `UPDATE runs SET status = 'canceled', ended_at = ?3 WHERE tenant_id = ?1 AND run_id = ?2 AND status = 'in_progress'`,
          )
          .bind(tenant, runId, now),
      ])
      return results.at(-1)!.meta.changes === 1
    },

    async failRun(tenant, runId, error) {
      const now = clock.now()
      const results = await db.batch([
        oweWebhooks(tenant, runId, 'eval.run.failed', IN_PROGRESS, now),
        oweCompaction(tenant, runId, now),
        db
          .prepare(
            `UPDATE runs SET status = 'failed', error = ?3, ended_at = ?4 WHERE tenant_id = ?1 AND run_id = ?2 AND status = 'in_progress'`,
          )
          .bind(tenant, runId, JSON.stringify(error), now),
      ])
      return results.at(-1)!.meta.changes === 1
    },

    async referencedKeys(tenant, runId) {
      const { results } = await db
        .prepare(
          `SELECT evidence_key AS key FROM shards WHERE tenant_id = ?1 AND run_id = ?2 AND evidence_key IS NOT NULL
           UNION SELECT embeddings_key FROM shards WHERE tenant_id = ?1 AND run_id = ?2 AND embeddings_key IS NOT NULL
           UNION SELECT rows_key FROM runs WHERE tenant_id = ?1 AND run_id = ?2 AND rows_key IS NOT NULL
           UNION SELECT ranks_key FROM runs WHERE tenant_id = ?1 AND run_id = ?2 AND ranks_key IS NOT NULL`,
        )
        .bind(tenant, runId)
        .all<{ key: string }>()
      return new Set(results.map(({ key }) => key))
    },

    async compacted(tenant, runId, rowsKey) {
      await db.batch([
        db
          .prepare(
            `UPDATE runs SET rows_key = ?3 WHERE tenant_id = ?1 AND run_id = ?2 AND status <> 'in_progress' AND rows_key IS NULL`,
          )
          .bind(tenant, runId, rowsKey),
        db
          .prepare(
            `UPDATE shards SET rows = NULL WHERE tenant_id = ?1 AND run_id = ?2
             AND EXISTS (SELECT 1 FROM runs WHERE tenant_id = ?1 AND run_id = ?2 AND rows_key = ?3)`,
          )
          .bind(tenant, runId, rowsKey),
      ])
    },
  }
}

/** A row of `runs` as the rest of the house knows it. */
export function runRecord(row: RunRow): RunRecord {
  return {
    tenant: row.tenant_id,
    id: row.run_id,
    evalId: row.eval_id,
    name: row.name,
    status: row.status,
    visibility: row.visibility,
    datasetId: row.dataset_id,
    queue: row.queue,
    spec: JSON.parse(row.spec) as RunRecord['spec'],
    specDigest: row.spec_digest,
    dataSource: JSON.parse(row.data_source) as unknown,
    metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Record<string, string>),
    createdAt: row.created_at,
    endedAt: row.ended_at,
    reportDigest: row.report_digest,
    rowsKey: row.rows_key,
    error: row.error === null ? null : (JSON.parse(row.error) as RunError),
    maxErrored: row.max_errored,
    ranksKey: row.ranks_key,
  }
}

function shardRecord(row: ShardRow): ShardRecord {
  return {
    shard: row.shard,
    first: row.first_ordinal,
    end: row.end_ordinal,
    state: row.state,
    attempts: row.attempts,
    // D1 hands a BLOB over as an array of bytes.
    rows: row.rows === null ? null : Uint8Array.from(row.rows),
    evidenceKey: row.evidence_key,
    embeddingsKey: row.embeddings_key,
    tally: row.tally === null ? null : (JSON.parse(row.tally) as ShardRecord['tally']),
    error: row.error,
  }
}
