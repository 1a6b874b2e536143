/**
 * Creates a run with its shards, its counters and the delivery that started it, all or nothing.
 * @module
 */
import { canonicalJson } from '../../contracts/canonical-json.ts'
import { Fault } from '../../contracts/failure.ts'
import type { Clock, NewDelivery, NewRunOptions, RunCreation } from '../../contracts/ports.ts'
import type { NewRun, ShardRange } from '../../contracts/run.ts'
import { type SqlValue, statement } from '../named-statement.ts'
import { addCommitStatus } from './run-jobs.ts'
import { startedEvent } from './run-events.ts'

/** Rows that a run refers to. null: none of that kind is needed; shipped models have no row. */
interface References extends Readonly<Record<string, string | null>> {
  readonly tenant: string
  readonly dataset: string
  readonly datasetDigest: string
  readonly eval: string
  readonly endpoint: string | null
  readonly model: string | null
}

/** SQL per kind of reference: true if its row exists. Also the field of the request that names it. */
const REFERENCES: readonly {
  readonly name: 'dataset' | 'eval' | 'endpoint' | 'model'
  readonly pointer?: string
  readonly exists: string
}[] = [
  {
    name: 'dataset',
    pointer: '/data_source/dataset',
    exists: `EXISTS (SELECT 1 FROM dataset_versions
      WHERE tenant_id = :tenant AND dataset_id = :dataset AND digest = :datasetDigest)`,
  },
  { name: 'eval', exists: `EXISTS (SELECT 1 FROM evals WHERE tenant_id = :tenant AND eval_id = :eval)` },
  {
    name: 'endpoint',
    pointer: '/data_source/subject/endpoint',
    exists: `(:endpoint IS NULL OR EXISTS (SELECT 1 FROM endpoints WHERE tenant_id = :tenant AND name = :endpoint))`,
  },
  {
    name: 'model',
    pointer: '/data_source/subject/model',
    exists: `(:model IS NULL OR EXISTS (SELECT 1 FROM models WHERE tenant_id = :tenant AND model_id = :model))`,
  },
]

const ALL_EXIST = REFERENCES.map(({ exists }) => exists).join(' AND ')

export function runCreation(db: D1Database, clock: Clock): RunCreation {
  return {
    async createRun(run, shards, { delivery, sendLimit = null, addedModel, calls } = {}) {
      const references = referencesOf(run, addedModel)
      const values = {
        ...references,
        ...runValues(run, sendLimit),
        ...deliveryValues(delivery),
        ...callValues(run, calls),
        now: clock.now(),
      }
      const deliveries = delivery === undefined ? [] : [insertDelivery(db, values)]
      const results = await db.batch([
        ...deliveries,
        insertRun(db, values, delivery !== undefined),
        insertShards(db, values, shards),
        insertProgress(db, values, shards.length, run.spec.criteria.length),
        insertLedger(db, values),
        ...(delivery?.commitStatus ? [addCommitStatus(db, { tenant: run.tenant, run: run.id }, 'pending', values.now)] : []),
        startedEvent(db, { ...values, run: run.id }),
      ])
      if (results[deliveries.length]!.meta.changes === 1) return { created: true, runId: run.id }
      const earlier = await earlierRun(db, values, delivery !== undefined)
      if (earlier === null) throw await deletedReference(db, references)
      return { created: false, runId: earlier }
    },
  }
}

function referencesOf(run: NewRun, addedModel: NewRunOptions['addedModel']): References {
  const { subject, dataset } = run.spec
  return {
    tenant: run.tenant,
    dataset: run.datasetId,
    datasetDigest: dataset.digest,
    eval: run.evalId,
    endpoint: subject.type === 'endpoint' ? subject.endpoint : null,
    model: addedModel ?? null,
  }
}

type Values = Readonly<Record<string, SqlValue>>

function runValues(run: NewRun, sendLimit: number | null): Values {
  return {
    run: run.id,
    name: run.name,
    visibility: run.visibility,
    queue: run.queue,
    spec: canonicalJson(run.spec),
    specDigest: run.specDigest,
    dataSource: JSON.stringify(run.dataSource),
    metadata: run.metadata && JSON.stringify(run.metadata),
    planned: run.spec.selection.count,
    maxErrored: run.maxErrored,
    gate: run.gate && JSON.stringify(run.gate),
    sendLimit,
  }
}

function deliveryValues(delivery: NewDelivery | undefined): Values {
  if (delivery === undefined) return {}
  const { triggerId: trigger, deliveryKey, depth, commitStatus = null } = delivery
  return { trigger, deliveryKey, depth, commitStatus: commitStatus && JSON.stringify(commitStatus) }
}

function callValues(run: NewRun, calls: NewRunOptions['calls']): Values {
  return {
    keyId: calls?.keyId ?? null,
    answersOf: calls?.answersOf ?? run.id,
    answerCache: calls?.cache ?? 'auto',
    maxRequests: calls?.maxRequests ?? null,
    maxCostNano: calls?.maxCostNano ?? null,
  }
}

/** A repeated delivery finds its row, and then neither run nor shards are inserted. */
function insertDelivery(db: D1Database, values: Values): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO trigger_deliveries (tenant_id, trigger_id, delivery_key, run_id, created_at, depth, commit_status)
     SELECT :tenant, :trigger, :deliveryKey, :run, :now, :depth, :commitStatus WHERE ${ALL_EXIST} ON CONFLICT DO NOTHING`,
    values,
  )
}

function insertRun(db: D1Database, values: Values, delivered: boolean): D1PreparedStatement {
  const isFirstDelivery = `EXISTS (SELECT 1 FROM trigger_deliveries WHERE tenant_id = :tenant AND trigger_id = :trigger
    AND delivery_key = :deliveryKey AND run_id = :run)`
  return statement(
    db,
    `INSERT INTO runs (tenant_id, run_id, eval_id, name, status, visibility, dataset_id, dataset_digest, queue, spec,
                       spec_digest, data_source, metadata, planned, max_errored, gate, send_limit, created_at, transition_at)
     SELECT :tenant, :run, :eval, :name, 'in_progress', :visibility, :dataset, :datasetDigest, :queue, :spec,
            :specDigest, :dataSource, :metadata, :planned, :maxErrored, :gate, :sendLimit, :now, :now
     WHERE ${ALL_EXIST} ${delivered ? `AND ${isFirstDelivery}` : ''}
     ON CONFLICT DO NOTHING`,
    values,
  )
}

function insertShards(db: D1Database, values: Values, shards: readonly ShardRange[]): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO shards (tenant_id, run_id, shard, first_ordinal, end_ordinal, state)
     SELECT :tenant, :run, key, value ->> 0, value ->> 1, 'pending' FROM json_each(:ranges)
     WHERE EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run)
       AND NOT EXISTS (SELECT 1 FROM shards WHERE tenant_id = :tenant AND run_id = :run)`,
    { ...values, ranges: JSON.stringify(shards.map(({ first, end }) => [first, end])) },
  )
}

function insertProgress(db: D1Database, values: Values, shards: number, criteria: number): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO run_progress (tenant_id, run_id, shards, per_criterion)
     SELECT :tenant, :run, :shards, :perCriterion
     WHERE EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run) ON CONFLICT DO NOTHING`,
    { ...values, shards, perCriterion: JSON.stringify(Array.from({ length: criteria }, () => [0, 0, 0])) },
  )
}

function insertLedger(db: D1Database, values: Values): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO run_ledger (tenant_id, run_id, key_id, answers_of, answer_cache, max_requests, max_cost_nano, created_at)
     SELECT :tenant, :run, :keyId, :answersOf, :answerCache, :maxRequests, :maxCostNano, :now
     WHERE EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run) ON CONFLICT DO NOTHING`,
    values,
  )
}

/** The run of an earlier delivery, or with the same id; null if there is none. */
async function earlierRun(db: D1Database, values: Values, delivered: boolean): Promise<string | null> {
  const sql = delivered
    ? `SELECT run_id FROM trigger_deliveries WHERE tenant_id = :tenant AND trigger_id = :trigger AND delivery_key = :deliveryKey
         AND EXISTS (SELECT 1 FROM runs WHERE runs.tenant_id = :tenant AND runs.run_id = trigger_deliveries.run_id)`
    : `SELECT run_id FROM runs WHERE tenant_id = :tenant AND run_id = :run`
  return statement(db, sql, values).first<string>('run_id')
}

/** The reference that was deleted between the request's check and the transaction. */
async function deletedReference(db: D1Database, references: References): Promise<Fault> {
  const sql = `SELECT ${REFERENCES.map(({ name, exists }) => `${exists} AS ${name}`).join(', ')}`
  const found = await statement(db, sql, references).first<Record<string, number>>()
  const gone = REFERENCES.find(({ name }) => found![name] === 0)
  // Deleted and created again meanwhile: the request can be repeated unchanged.
  if (gone === undefined)
    return new Fault({ kind: 'conflict', detail: 'the resources of this run have just changed', retryAfterSeconds: 1 })
  return new Fault({
    kind: 'not_found',
    resource: gone.name,
    id: references[gone.name]!,
    ...(gone.pointer === undefined ? {} : { pointer: gone.pointer }),
  })
}
