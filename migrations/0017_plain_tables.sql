-- 1. Enumerations leave the CHECKs: SQLite changes a CHECK only by rebuilding its table, so each new word cost a rebuild.
--    The TypeScript types of src/contracts/ are the one list of words.
-- 2. Jobs name the run or the import they are about. Plain words for the send limit and for objects under deletion.
-- 3. Indexes in the order in which lists read.
-- 4. One row of counters per run, instead of a sum over its shards at each look.
-- Every table below is rebuilt once, with its data. Times are Unix milliseconds.

CREATE TABLE api_keys_rebuilt (
  tenant_id   TEXT NOT NULL REFERENCES tenants (tenant_id),
  key_id      TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  name        TEXT NOT NULL,
  role        TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  revoked_at  INTEGER,
  PRIMARY KEY (tenant_id, key_id)
) STRICT;
INSERT INTO api_keys_rebuilt SELECT tenant_id, key_id, secret_hash, name, role, created_at, revoked_at FROM api_keys;
DROP TABLE api_keys;
ALTER TABLE api_keys_rebuilt RENAME TO api_keys;
CREATE INDEX api_keys_by_id ON api_keys (key_id);
CREATE INDEX api_keys_by_age ON api_keys (tenant_id, created_at, key_id);

CREATE TABLE uploads_rebuilt (
  tenant_id  TEXT NOT NULL,
  upload_id  TEXT NOT NULL,
  filename   TEXT NOT NULL,
  mime_type  TEXT NOT NULL,
  -- As declared; the parts must add up to it.
  bytes      INTEGER NOT NULL,
  status     TEXT NOT NULL,
  file_id    TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, upload_id)
) STRICT;
INSERT INTO uploads_rebuilt
  SELECT tenant_id, upload_id, filename, mime_type, bytes, status, file_id, created_at, expires_at FROM uploads;
DROP TABLE uploads;
ALTER TABLE uploads_rebuilt RENAME TO uploads;
CREATE INDEX uploads_due ON uploads (status, expires_at);

CREATE TABLE dataset_imports_rebuilt (
  tenant_id  TEXT NOT NULL,
  import_id  TEXT NOT NULL,
  name       TEXT NOT NULL,
  format     TEXT NOT NULL,
  -- COIN's subset, where the request names one.
  split      TEXT,
  status     TEXT NOT NULL,
  -- JSON {field: {file_id, sha256, bytes}}.
  files      TEXT NOT NULL,
  -- JSON: the job's checkpoint; written only by the holder of its lease.
  state      TEXT,
  -- JSON {phase, bytes_read, bytes_total, items}.
  progress   TEXT NOT NULL,
  dataset_id TEXT,
  digest     TEXT,
  -- JSON: a failure of contracts/failure.ts, or {kind: 'internal', detail}.
  error      TEXT,
  created_at INTEGER NOT NULL,
  ended_at   INTEGER,
  PRIMARY KEY (tenant_id, import_id)
) STRICT;
INSERT INTO dataset_imports_rebuilt
  SELECT tenant_id, import_id, name, format, split, status, files, state, progress, dataset_id, digest, error, created_at,
         ended_at
  FROM dataset_imports;
DROP TABLE dataset_imports;
ALTER TABLE dataset_imports_rebuilt RENAME TO dataset_imports;
CREATE INDEX dataset_imports_open ON dataset_imports (tenant_id, status);

CREATE TABLE triggers_rebuilt (
  tenant_id     TEXT NOT NULL,
  trigger_id    TEXT NOT NULL,
  name          TEXT NOT NULL,
  eval_id       TEXT NOT NULL,
  scheme        TEXT NOT NULL,
  sealed_secret TEXT NOT NULL,
  -- JSON: the run to create, as POST /v1/evals/{id}/runs takes it.
  run_template  TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, trigger_id)
) STRICT;
INSERT INTO triggers_rebuilt
  SELECT tenant_id, trigger_id, name, eval_id, scheme, sealed_secret, run_template, created_at FROM triggers;
DROP TABLE triggers;
ALTER TABLE triggers_rebuilt RENAME TO triggers;
CREATE INDEX triggers_by_id ON triggers (trigger_id);

CREATE TABLE object_claims_rebuilt (
  tenant_id  TEXT NOT NULL,
  kind       TEXT NOT NULL,
  -- Digest of the dataset version, picture, file or model file; id of an upload.
  digest     TEXT NOT NULL,
  token      TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, kind, digest, token)
) STRICT, WITHOUT ROWID;
INSERT INTO object_claims_rebuilt SELECT tenant_id, kind, digest, token, expires_at FROM object_claims;
DROP TABLE object_claims;
ALTER TABLE object_claims_rebuilt RENAME TO object_claims;
CREATE INDEX object_claims_by_token ON object_claims (tenant_id, token);
CREATE INDEX object_claims_by_expiry ON object_claims (expires_at);

-- Formerly doomed_objects. Unreferenced, unclaimed objects whose deletion has begun. No claim is given
-- meanwhile.
CREATE TABLE object_deletions (
  tenant_id TEXT NOT NULL,
  kind      TEXT NOT NULL,
  digest    TEXT NOT NULL,
  -- The sweep repeats the deletion from then on.
  due_at    INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, kind, digest)
) STRICT, WITHOUT ROWID;
INSERT INTO object_deletions SELECT tenant_id, kind, digest, due_at FROM doomed_objects;
DROP TABLE doomed_objects;
CREATE INDEX object_deletions_due ON object_deletions (due_at);

CREATE TABLE runs_rebuilt (
  tenant_id      TEXT NOT NULL,
  run_id         TEXT NOT NULL,
  eval_id        TEXT NOT NULL,
  name           TEXT,
  status         TEXT NOT NULL,
  visibility     TEXT NOT NULL,
  dataset_id     TEXT NOT NULL,
  dataset_digest TEXT NOT NULL,
  queue          TEXT NOT NULL,
  -- Canonical JSON of everything that can change a score, and its digest.
  spec           TEXT NOT NULL,
  spec_digest    TEXT NOT NULL,
  -- As the client sent it, for the wire.
  data_source    TEXT NOT NULL,
  metadata       TEXT,
  planned        INTEGER NOT NULL,
  -- The greatest share of errored items with which the run completes. Changes no score.
  max_errored    REAL NOT NULL DEFAULT 0.1,
  -- Shards that begin before this ordinal may be sent; null: all of them. Only grows. Was send_before.
  send_limit     INTEGER,
  created_at     INTEGER NOT NULL,
  -- Last sign of life. A run without one for longer than an invocation may last has lost its messages.
  transition_at  INTEGER NOT NULL,
  resends        INTEGER NOT NULL DEFAULT 0,
  ended_at       INTEGER,
  report_digest  TEXT,
  rows_key       TEXT,
  ranks_key      TEXT,
  error          TEXT,
  PRIMARY KEY (tenant_id, run_id)
) STRICT;
INSERT INTO runs_rebuilt
  SELECT tenant_id, run_id, eval_id, name, status, visibility, dataset_id, dataset_digest, queue, spec, spec_digest,
         data_source, metadata, planned, max_errored, send_before, created_at, transition_at, resends, ended_at,
         report_digest, rows_key, ranks_key, error
  FROM runs;
DROP TABLE runs;
ALTER TABLE runs_rebuilt RENAME TO runs;
-- Lists are in the order of ids, which sort by time.
CREATE INDEX runs_by_eval ON runs (tenant_id, eval_id, run_id);
CREATE INDEX runs_by_eval_and_status ON runs (tenant_id, eval_id, status, run_id);
CREATE INDEX runs_by_report ON runs (tenant_id, report_digest) WHERE report_digest IS NOT NULL;
CREATE INDEX runs_open ON runs (status, transition_at);

CREATE TABLE shards_rebuilt (
  tenant_id        TEXT NOT NULL,
  run_id           TEXT NOT NULL,
  shard            INTEGER NOT NULL,
  first_ordinal    INTEGER NOT NULL,
  end_ordinal      INTEGER NOT NULL,
  state            TEXT NOT NULL,
  sent_at          INTEGER,
  lease_token      TEXT,
  lease_expires_at INTEGER,
  attempts         INTEGER NOT NULL DEFAULT 0,
  recorded_at      INTEGER,
  -- contracts/sample-row.ts; null again once compacted into the run's rows_key.
  rows             BLOB,
  evidence_key     TEXT,
  embeddings_key   TEXT,
  -- JSON {passed, failed, errored, per_criterion, usage}: progress and cost, never in the report.
  tally            TEXT,
  error            TEXT,
  PRIMARY KEY (tenant_id, run_id, shard)
) STRICT;
INSERT INTO shards_rebuilt
  SELECT tenant_id, run_id, shard, first_ordinal, end_ordinal, state, sent_at, lease_token, lease_expires_at, attempts,
         recorded_at, rows, evidence_key, embeddings_key, tally, error
  FROM shards;
DROP TABLE shards;
ALTER TABLE shards_rebuilt RENAME TO shards;
CREATE INDEX shards_by_ordinal ON shards (tenant_id, run_id, first_ordinal);
CREATE INDEX shards_open ON shards (tenant_id, run_id, state);
CREATE INDEX shards_leased ON shards (state, lease_expires_at);
CREATE INDEX shards_in_flight ON shards (tenant_id, run_id) WHERE sent_at IS NOT NULL AND state IN ('pending', 'leased');

-- Counters of a run's shards, changed in the transaction that changes a shard. Never in the report.
CREATE TABLE run_progress (
  tenant_id          TEXT NOT NULL,
  run_id             TEXT NOT NULL,
  shards             INTEGER NOT NULL,
  recorded_shards    INTEGER NOT NULL DEFAULT 0,
  failed_shards      INTEGER NOT NULL DEFAULT 0,
  skipped_shards     INTEGER NOT NULL DEFAULT 0,
  -- Items of failed shards: errored, overall and under each criterion.
  failed_shard_items INTEGER NOT NULL DEFAULT 0,
  -- Items of recorded shards.
  passed             INTEGER NOT NULL DEFAULT 0,
  failed             INTEGER NOT NULL DEFAULT 0,
  errored            INTEGER NOT NULL DEFAULT 0,
  -- JSON [[passed, failed, errored], …] of recorded shards, in the order of the run's criteria.
  per_criterion      TEXT NOT NULL,
  prompt_tokens      INTEGER NOT NULL DEFAULT 0,
  completion_tokens  INTEGER NOT NULL DEFAULT 0,
  total_tokens       INTEGER NOT NULL DEFAULT 0,
  invocations        INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, run_id)
) STRICT;
INSERT INTO run_progress
  SELECT r.tenant_id, r.run_id, COUNT(s.shard), TOTAL(s.state = 'recorded'), TOTAL(s.state = 'failed'),
         TOTAL(s.state = 'skipped'), TOTAL((s.state = 'failed') * (s.end_ordinal - s.first_ordinal)),
         TOTAL(s.tally ->> '$.passed'), TOTAL(s.tally ->> '$.failed'), TOTAL(s.tally ->> '$.errored'), '[]',
         TOTAL(s.tally ->> '$.usage.prompt_tokens'), TOTAL(s.tally ->> '$.usage.completion_tokens'),
         TOTAL(s.tally ->> '$.usage.total_tokens'), TOTAL(s.tally ->> '$.usage.invocations')
  FROM runs r LEFT JOIN shards s ON s.tenant_id = r.tenant_id AND s.run_id = r.run_id
  GROUP BY r.tenant_id, r.run_id;
UPDATE run_progress SET per_criterion = (
  SELECT json_group_array(json(counts)) FROM (
    SELECT json_array(CAST(TOTAL(t.value ->> 'passed') AS INTEGER), CAST(TOTAL(t.value ->> 'failed') AS INTEGER),
                      CAST(TOTAL(t.value ->> 'errored') AS INTEGER)) AS counts
    FROM runs r, json_each(r.spec, '$.criteria') c
      LEFT JOIN (SELECT s.tenant_id, s.run_id, k.key, k.value FROM shards s, json_each(s.tally, '$.per_criterion') k) t
        ON t.tenant_id = r.tenant_id AND t.run_id = r.run_id AND t.key = c.key
    WHERE r.tenant_id = run_progress.tenant_id AND r.run_id = run_progress.run_id
    GROUP BY c.key ORDER BY c.key));

-- Work that follows from a committed change. Inserted with the change, sent afterwards, sent again by the sweep.
CREATE TABLE outbox_rebuilt (
  tenant_id        TEXT NOT NULL,
  job_id           TEXT NOT NULL,
  kind             TEXT NOT NULL,
  -- What the job is about: 'run' or 'import', and its id.
  resource_kind    TEXT NOT NULL,
  resource_id      TEXT NOT NULL,
  payload          TEXT NOT NULL,
  state            TEXT NOT NULL,
  attempts         INTEGER NOT NULL DEFAULT 0,
  claims           INTEGER NOT NULL DEFAULT 0,
  due_at           INTEGER NOT NULL,
  sent_at          INTEGER,
  lease_token      TEXT,
  lease_expires_at INTEGER,
  last_error       TEXT,
  created_at       INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, job_id)
) STRICT;
INSERT INTO outbox_rebuilt
  SELECT tenant_id, job_id, kind, IIF(kind = 'import', 'import', 'run'), run_id, payload, state, attempts, claims, due_at,
         sent_at, lease_token, lease_expires_at, last_error, created_at
  FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_rebuilt RENAME TO outbox;
CREATE INDEX outbox_by_id ON outbox (job_id);
CREATE INDEX outbox_due ON outbox (state, due_at);
-- The pending jobs of a run or an import.
CREATE INDEX outbox_of_resource ON outbox (tenant_id, resource_id, state);

-- Lists in their order: the latest version of each dataset, added models by age, the leaderboard best first.
CREATE INDEX dataset_versions_by_sequence ON dataset_versions (tenant_id, dataset_id, sequence);
CREATE INDEX models_by_age ON models (tenant_id, created_at, model_id);
DROP INDEX leaderboard_order;
CREATE INDEX leaderboard_order ON leaderboard_rows (dataset, dataset_digest, metric, variant, not_ranked IS NOT NULL, value IS NULL,
  (CASE direction WHEN 'higher_is_better' THEN -value ELSE value END), created_at, run_id);
CREATE INDEX leaderboard_order_of_metric ON leaderboard_rows (metric, dataset, dataset_digest, variant, not_ranked IS NOT NULL,
  value IS NULL, (CASE direction WHEN 'higher_is_better' THEN -value ELSE value END), created_at, run_id);
