/**
 * Readers' views of runs: lists, progress, evidence of samples, and deliveries of triggers.
 * @module
 */
import type { RunViews } from '../contracts/catalogue-ports.ts'
import type { SampleEvidence } from '../contracts/run.ts'
import { readNamed } from './damaged-object.ts'
import { statement } from './named-statement.ts'
import { pageClause, pageValues } from './page.ts'
import { type ProgressRow, progressOf } from './runs/progress-counters.ts'
import { runRecord, type RunRow } from './runs/run-row.ts'

export function createRunViews(db: D1Database, bucket: R2Bucket): RunViews {
  return { ...runLists(db), ...evidenceViews(db, bucket), ...deliveryViews(db) }
}

function runLists(db: D1Database): Pick<RunViews, 'list' | 'progress'> {
  return {
    async list(tenant, evalId, { status, ...page }) {
      const { results } = await statement(
        db,
        `SELECT * FROM runs WHERE tenant_id = :tenant AND eval_id = :eval ${status === undefined ? '' : 'AND status = :status'}
         ${pageClause('run_id', page)}`,
        { tenant, eval: evalId, status: status ?? null, ...pageValues(page) },
      ).all<RunRow>()
      return results.map(runRecord)
    },

    async progress(tenant, runIds) {
      const { results } = await statement(
        db,
        `SELECT * FROM run_progress WHERE tenant_id = :tenant AND run_id IN (SELECT value FROM json_each(:runs))`,
        { tenant, runs: JSON.stringify(runIds) },
      ).all<ProgressRow>()
      return new Map(results.map((row) => [row.run_id, progressOf(row)]))
    },
  }
}

/** Shards read at once. */
const SHARDS_AT_ONCE = 8

interface EvidenceRow {
  first_ordinal: number
  end_ordinal: number
  evidence_key: string | null
  error: string | null
}

function evidenceViews(db: D1Database, bucket: R2Bucket): Pick<RunViews, 'evidence'> {
  return {
    async *evidence(run, first, containing) {
      // The tallies select the shards to read: a page of a rare status does not read every shard's evidence.
      const counted = `json_extract(tally, '$.${containing}') > 0`
      const worthReading =
        containing === undefined
          ? ''
          : `AND ${containing === 'errored' ? `(state <> 'recorded' OR ${counted})` : `(state NOT IN ('recorded', 'failed') OR ${counted})`}`
      const key = { tenant: run.tenant, run: run.id }
      for (let from = await startOfShard(db, key, first); ;) {
        const { results } = await statement(
          db,
          `SELECT first_ordinal, end_ordinal, evidence_key, error FROM shards INDEXED BY shards_by_ordinal
           WHERE tenant_id = :tenant AND run_id = :run AND first_ordinal >= :from AND (state IN ('recorded', 'failed') OR evidence_key IS NOT NULL)
             ${worthReading} ORDER BY first_ordinal LIMIT ${SHARDS_AT_ONCE}`,
          { ...key, from },
        ).all<EvidenceRow>()
        if (results.length === 0) return
        for (const shard of results) {
          from = shard.end_ordinal
          yield shard.evidence_key === null
            ? { failed: { first: Math.max(first, shard.first_ordinal), end: shard.end_ordinal, reason: shard.error } }
            : { samples: (await readEvidence(bucket, shard.evidence_key)).filter(({ ordinal }) => ordinal >= first) }
        }
      }
    },
  }
}

/** The first ordinal of the shard that contains `ordinal`. */
async function startOfShard(
  db: D1Database,
  key: { readonly tenant: string; readonly run: string },
  ordinal: number,
): Promise<number> {
  const start = await statement(
    db,
    `SELECT MAX(first_ordinal) AS start FROM shards WHERE tenant_id = :tenant AND run_id = :run AND first_ordinal <= :ordinal`,
    { ...key, ordinal },
  ).first<number>('start')
  return start ?? 0
}

async function readEvidence(bucket: R2Bucket, key: string): Promise<SampleEvidence[]> {
  const lines = new TextDecoder()
    .decode(await readNamed(bucket, key))
    .split('\n')
    .filter(Boolean)
  return lines.map((line) => JSON.parse(line) as SampleEvidence)
}

function deliveryViews(db: D1Database): Pick<RunViews, 'triggerActivity' | 'runOfDelivery'> {
  return {
    async triggerActivity(tenant, trigger, { minute, hour }, runIds) {
      const startedSince = (moment: string) =>
        `(SELECT COUNT(*) FROM trigger_deliveries
          WHERE tenant_id = :tenant AND trigger_id = :trigger AND created_at > ${moment})`
      const row = await statement(
        db,
        `SELECT ${startedSince(':minute')} AS minute, ${startedSince(':hour')} AS hour,
                IFNULL((SELECT MAX(depth) FROM trigger_deliveries
                        WHERE tenant_id = :tenant AND run_id IN (SELECT value FROM json_each(:runs))), 0) AS depth`,
        { tenant, trigger, minute, hour, runs: JSON.stringify(runIds) },
      ).first<{ minute: number; hour: number; depth: number }>()
      return row!
    },

    async runOfDelivery(tenant, { triggerId, deliveryKey }) {
      const row = await statement(
        db,
        `SELECT runs.* FROM trigger_deliveries d JOIN runs ON runs.tenant_id = d.tenant_id AND runs.run_id = d.run_id
         WHERE d.tenant_id = :tenant AND d.trigger_id = :trigger AND d.delivery_key = :deliveryKey`,
        { tenant, trigger: triggerId, deliveryKey },
      ).first<RunRow>()
      return row && runRecord(row)
    },
  }
}
