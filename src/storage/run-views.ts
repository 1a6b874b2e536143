/**
 * What readers see of runs: progress and counts summed from shard tallies, sample evidence, the leaderboard.
 * @module
 */
import type { RunViews } from '../contracts/catalogue-ports.ts'
import type { LeaderboardView } from '../contracts/records.ts'
import type { SampleEvidence } from '../contracts/run.ts'
import { readNamed } from './damaged-object.ts'
import { reportKey } from './publisher.ts'
import { runRecord, type RunRow } from './run-store.ts'

/** What has no value comes last: SQLite sorts NULL first. */
const BEST_FIRST = `value IS NULL, CASE direction WHEN 'higher_is_better' THEN -value ELSE value END`

export function createRunViews(db: D1Database, bucket: R2Bucket, published: KVNamespace): RunViews {
  return {
    async list(tenant, evalId, { limit, after, order, status }) {
      const [direction, beyond] = order === 'asc' ? ['ASC', '>'] : ['DESC', '<']
      const { results } = await db
        .prepare(
          `SELECT * FROM runs WHERE tenant_id = ?1 AND eval_id = ?2 AND (?3 IS NULL OR run_id ${beyond} ?3) AND (?4 IS NULL OR status = ?4)
           ORDER BY run_id ${direction} LIMIT ?5`,
        )
        .bind(tenant, evalId, after ?? null, status ?? null, limit)
        .all<RunRow>()
      return results.map(runRecord)
    },

    async progress(run) {
      const criteria = run.spec.criteria.map((_spec, index) => index)
      const sum = (path: string) => `COALESCE(SUM(json_extract(tally, '$.${path}')), 0)`
      const row = await db
        .prepare(
          `SELECT COUNT(*) AS shards, COALESCE(SUM(state = 'recorded'), 0) AS recorded, COALESCE(SUM(state = 'failed'), 0) AS failed_shards,
                  COALESCE(SUM(state = 'skipped'), 0) AS skipped,
                  COALESCE(SUM(CASE WHEN state = 'failed' THEN end_ordinal - first_ordinal ELSE 0 END), 0) AS buried,
                  ${sum('passed')} AS passed, ${sum('failed')} AS failed, ${sum('errored')} AS errored,
                  ${criteria.map((c) => `${sum(`per_criterion[${c}].passed`)} AS passed_${c}, ${sum(`per_criterion[${c}].failed`)} AS failed_${c}, ${sum(`per_criterion[${c}].errored`)} AS errored_${c},`).join(' ')}
                  ${sum('usage.prompt_tokens')} AS prompt_tokens, ${sum('usage.completion_tokens')} AS completion_tokens,
                  ${sum('usage.total_tokens')} AS total_tokens, ${sum('usage.invocations')} AS invocations
           FROM shards WHERE tenant_id = ?1 AND run_id = ?2`,
        )
        .bind(run.tenant, run.id)
        .first<Record<string, number>>()
      const of = (key: string) => row![key]!
      return {
        shards: of('shards'),
        recorded: of('recorded'),
        failed: of('failed_shards'),
        skipped: of('skipped'),
        counts: { passed: of('passed'), failed: of('failed'), errored: of('errored') + of('buried') },
        perCriterion: criteria.map((c) => ({
          passed: of(`passed_${c}`),
          failed: of(`failed_${c}`),
          errored: of(`errored_${c}`) + of('buried'),
        })),
        usage: {
          prompt_tokens: of('prompt_tokens'),
          completion_tokens: of('completion_tokens'),
          total_tokens: of('total_tokens'),
          invocations: of('invocations'),
        },
      }
    },

    async *evidence(run, first, containing) {
      // The tallies say where to look, so that a page of a rare kind does not read the evidence of every shard.
      const worthReading = containing === undefined ? '' : `AND json_extract(tally, '$.${containing}') > 0`
      for (let from = first; ;) {
        const { results } = await db
          .prepare(
            `SELECT first_ordinal, end_ordinal, state, evidence_key, error FROM shards
             WHERE tenant_id = ?1 AND run_id = ?2 AND end_ordinal > ?3 AND state IN ('recorded', 'failed') ${worthReading}
             ORDER BY first_ordinal LIMIT 8`,
          )
          .bind(run.tenant, run.id, from)
          .all<{ first_ordinal: number; end_ordinal: number; state: string; evidence_key: string | null; error: string | null }>()
        if (results.length === 0) return
        for (const shard of results) {
          from = shard.end_ordinal
          if (shard.evidence_key === null) {
            yield { failed: { first: Math.max(first, shard.first_ordinal), end: shard.end_ordinal, reason: shard.error } }
            continue
          }
          const lines = new TextDecoder()
            .decode(await readNamed(bucket, shard.evidence_key))
            .split('\n')
            .filter(Boolean)
          yield { samples: lines.map((line) => JSON.parse(line) as SampleEvidence).filter(({ ordinal }) => ordinal >= first) }
        }
      }
    },

    async triggerActivity(tenant, triggerId, since, runIds) {
      const started = (moment: string) =>
        `(SELECT COUNT(*) FROM trigger_deliveries WHERE tenant_id = ?1 AND trigger_id = ?2 AND created_at > ${moment})`
      const row = await db
        .prepare(
          `SELECT ${started('?3')} AS minute, ${started('?4')} AS hour,
                  IFNULL((SELECT MAX(depth) FROM trigger_deliveries
                          WHERE tenant_id = ?1 AND run_id IN (SELECT value FROM json_each(?5))), 0) AS depth`,
        )
        .bind(tenant, triggerId, since.minute, since.hour, JSON.stringify(runIds))
        .first<{ minute: number; hour: number; depth: number }>()
      return row!
    },

    async runOfDelivery(tenant, { triggerId, deliveryKey }) {
      const row = await db
        .prepare(
          `SELECT runs.* FROM trigger_deliveries d JOIN runs ON runs.tenant_id = d.tenant_id AND runs.run_id = d.run_id
           WHERE d.tenant_id = ?1 AND d.trigger_id = ?2 AND d.delivery_key = ?3`,
        )
        .bind(tenant, triggerId, deliveryKey)
        .first<RunRow>()
      return row && runRecord(row)
    },

    async leaderboard(filter) {
      const { results } = await db
        .prepare(
          `SELECT dataset, dataset_digest, subject, subject_type, criterion, metric, variant, direction, value, low, high, level, method, n,
                  errored, unscored, used, items, not_ranked, report_digest, run_id,
                  CASE WHEN not_ranked IS NULL THEN
                    RANK() OVER (PARTITION BY dataset, dataset_digest, metric, variant, not_ranked IS NULL ORDER BY ${BEST_FIRST}) END AS rank
           FROM leaderboard_rows WHERE (?1 IS NULL OR dataset = ?1) AND (?2 IS NULL OR metric = ?2)
           ORDER BY dataset, dataset_digest, metric, variant, not_ranked IS NOT NULL, ${BEST_FIRST}, created_at, run_id LIMIT ?3`,
        )
        .bind(filter.dataset ?? null, filter.metric ?? null, filter.limit)
        .all<Omit<LeaderboardView, 'model' | 'subject'> & { subject: string; subject_type: LeaderboardView['subject']['type'] }>()
      return results.map(({ subject: model, subject_type: type, ...row }) => ({ ...row, model, subject: { type } }))
    },

    async report(tenant, digest) {
      const row = await db
        .prepare(
          `SELECT body, visibility = 'public' OR tenant_id IS ?2 AS readable FROM reports WHERE digest = ?1 ORDER BY readable DESC LIMIT 1`,
        )
        .bind(digest, tenant)
        .first<{ body: string; readable: number }>()
      // D1 first: KV remembers that a key was absent, and for a while what was taken down.
      if (row !== null) return row.readable === 1 ? row.body : null
      return published.get(reportKey(digest))
    },
  }
}
