/**
 * Converts rows of `runs` and `shards` to records.
 * @module
 */
import type { RunError, RunRecord, ShardRecord, ShardState } from '../../contracts/run.ts'

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
  gate: string | null
  gate_result: string | null
  ranks_key: string | null
}

export interface ShardRow {
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
    gate: row.gate === null ? null : (JSON.parse(row.gate) as RunRecord['gate']),
    gateResult: row.gate_result === null ? null : (JSON.parse(row.gate_result) as RunRecord['gateResult']),
    ranksKey: row.ranks_key,
  }
}

export function shardRecord(row: ShardRow): ShardRecord {
  return {
    shard: row.shard,
    first: row.first_ordinal,
    end: row.end_ordinal,
    state: row.state,
    attempts: row.attempts,
    // D1 returns a BLOB as an array of bytes.
    rows: row.rows === null ? null : Uint8Array.from(row.rows),
    evidenceKey: row.evidence_key,
    embeddingsKey: row.embeddings_key,
    tally: row.tally === null ? null : (JSON.parse(row.tally) as ShardRecord['tally']),
    error: row.error,
  }
}
