-- Every table, key and unique index starts with tenant_id. Times are Unix milliseconds. See src/storage/SCHEMA.md.

CREATE TABLE tenants (
  tenant_id  TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- Two indexes, since a key is looked up by key_id before its tenant is known. Key ids are 80 random bits.
CREATE TABLE api_keys (
  tenant_id   TEXT NOT NULL REFERENCES tenants (tenant_id),
  key_id      TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  name        TEXT NOT NULL,
  role        TEXT NOT NULL CHECK (role IN ('admin', 'member')),
  created_at  INTEGER NOT NULL,
  revoked_at  INTEGER,
  PRIMARY KEY (tenant_id, key_id)
) STRICT;
CREATE INDEX api_keys_by_id ON api_keys (key_id);

-- Use of a day's shared budget by visitors without a key.
CREATE TABLE daily_usage (
  tenant_id TEXT NOT NULL,
  day       TEXT NOT NULL,
  used      INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, day)
) STRICT;

CREATE TABLE files (
  tenant_id  TEXT NOT NULL,
  file_id    TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  bytes      INTEGER NOT NULL,
  filename   TEXT NOT NULL,
  purpose    TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, file_id)
) STRICT;

-- Pictures stored individually (POST /v1/images), to be scored by id.
CREATE TABLE images (
  tenant_id  TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes      INTEGER NOT NULL,
  width      INTEGER NOT NULL,
  height     INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, sha256)
) STRICT;

CREATE TABLE datasets (
  tenant_id  TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  name       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, dataset_id)
) STRICT;
CREATE UNIQUE INDEX datasets_by_name ON datasets (tenant_id, name);

CREATE TABLE dataset_versions (
  tenant_id  TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  digest     TEXT NOT NULL,
  sequence   INTEGER NOT NULL,
  task       TEXT NOT NULL,
  format     TEXT NOT NULL,
  items      INTEGER NOT NULL,
  images     INTEGER NOT NULL,
  clusters   INTEGER NOT NULL,
  -- JSON: header facts of the source files and the label vocabularies that strata codes index.
  manifest   TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, dataset_id, digest)
) STRICT;

CREATE TABLE dataset_images (
  tenant_id  TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  digest     TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  PRIMARY KEY (tenant_id, dataset_id, digest, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_images_by_image ON dataset_images (tenant_id, sha256);

CREATE TABLE evals (
  tenant_id          TEXT NOT NULL,
  eval_id            TEXT NOT NULL,
  name               TEXT,
  data_source_config TEXT NOT NULL,
  testing_criteria   TEXT NOT NULL,
  metadata           TEXT,
  created_at         INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, eval_id)
) STRICT;

CREATE TABLE runs (
  tenant_id      TEXT NOT NULL,
  run_id         TEXT NOT NULL,
  eval_id        TEXT NOT NULL,
  name           TEXT,
  status         TEXT NOT NULL CHECK (status IN ('in_progress', 'completed', 'canceled', 'failed')),
  visibility     TEXT NOT NULL CHECK (visibility IN ('private', 'public')),
  dataset_id     TEXT NOT NULL,
  dataset_digest TEXT NOT NULL,
  queue          TEXT NOT NULL CHECK (queue IN ('edge', 'endpoint')),
  -- Canonical JSON of all that can change a score, and its digest.
  spec           TEXT NOT NULL,
  spec_digest    TEXT NOT NULL,
  -- As the client sent it, for the wire.
  data_source    TEXT NOT NULL,
  metadata       TEXT,
  planned        INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  -- Last shard transition; a run that shows none for longer than an invocation may last has lost its messages.
  transition_at  INTEGER NOT NULL,
  resends        INTEGER NOT NULL DEFAULT 0,
  ended_at       INTEGER,
  report_digest  TEXT,
  rows_key       TEXT,
  error          TEXT,
  PRIMARY KEY (tenant_id, run_id)
) STRICT;
CREATE INDEX runs_by_id ON runs (run_id);
CREATE INDEX runs_by_eval ON runs (tenant_id, eval_id, created_at);
CREATE INDEX runs_open ON runs (status, transition_at);

CREATE TABLE shards (
  tenant_id        TEXT NOT NULL,
  run_id           TEXT NOT NULL,
  shard            INTEGER NOT NULL,
  first_ordinal    INTEGER NOT NULL,
  end_ordinal      INTEGER NOT NULL,
  state            TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'recorded', 'failed', 'skipped')),
  sent_at          INTEGER,
  lease_token      TEXT,
  lease_expires_at INTEGER,
  attempts         INTEGER NOT NULL DEFAULT 0,
  recorded_at      INTEGER,
  -- contracts/sample-row.ts; null again once compacted into the run's rows_key.
  rows             BLOB,
  evidence_key     TEXT,
  embeddings_key   TEXT,
  -- JSON {passed, failed, errored, per_criterion, usage}: progress and cost, beside the report and never in it.
  tally            TEXT,
  error            TEXT,
  PRIMARY KEY (tenant_id, run_id, shard)
) STRICT;
CREATE INDEX shards_open ON shards (tenant_id, run_id, state);
CREATE INDEX shards_leased ON shards (state, lease_expires_at);

CREATE TABLE reports (
  tenant_id  TEXT NOT NULL,
  digest     TEXT NOT NULL,
  visibility TEXT NOT NULL,
  -- RFC 8785 canonical JSON: the digest is over exactly these bytes.
  body       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, digest)
) STRICT;

CREATE TABLE leaderboard_rows (
  tenant_id     TEXT NOT NULL,
  run_id        TEXT NOT NULL,
  criterion     TEXT NOT NULL,
  dataset       TEXT NOT NULL,
  dataset_digest TEXT NOT NULL,
  subject       TEXT NOT NULL,
  metric        TEXT NOT NULL,
  variant       TEXT NOT NULL,
  direction     TEXT NOT NULL,
  value         REAL,
  low           REAL,
  high          REAL,
  level         REAL,
  method        TEXT,
  n             INTEGER NOT NULL,
  errored       INTEGER NOT NULL,
  unscored      INTEGER NOT NULL,
  report_digest TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, run_id, criterion)
) STRICT;
CREATE INDEX leaderboard_order ON leaderboard_rows (dataset, metric, variant, value);

-- Follow-up work of a committed transaction. Inserted with the change, sent afterwards, sent again by the
-- sweep.
CREATE TABLE outbox (
  tenant_id        TEXT NOT NULL,
  job_id           TEXT NOT NULL,
  kind             TEXT NOT NULL CHECK (kind IN ('merge', 'publish_copy', 'compact', 'webhook')),
  run_id           TEXT NOT NULL,
  payload          TEXT NOT NULL,
  state            TEXT NOT NULL CHECK (state IN ('pending', 'done', 'dead')),
  attempts         INTEGER NOT NULL DEFAULT 0,
  due_at           INTEGER NOT NULL,
  lease_token      TEXT,
  lease_expires_at INTEGER,
  last_error       TEXT,
  created_at       INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, job_id)
) STRICT;
CREATE INDEX outbox_by_id ON outbox (job_id);
CREATE INDEX outbox_due ON outbox (state, due_at);

-- Configured by an administrator. A run refers to one by name and can change neither address nor secret.
CREATE TABLE endpoints (
  tenant_id    TEXT NOT NULL,
  name         TEXT NOT NULL,
  base_url     TEXT NOT NULL,
  secret_name  TEXT,
  timeout_ms   INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  concurrency  INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, name)
) STRICT;

CREATE TABLE webhook_endpoints (
  tenant_id     TEXT NOT NULL,
  endpoint_id   TEXT NOT NULL,
  url           TEXT NOT NULL,
  sealed_secret TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  disabled_at   INTEGER,
  PRIMARY KEY (tenant_id, endpoint_id)
) STRICT;

CREATE TABLE triggers (
  tenant_id     TEXT NOT NULL,
  trigger_id    TEXT NOT NULL,
  name          TEXT NOT NULL,
  eval_id       TEXT NOT NULL,
  scheme        TEXT NOT NULL CHECK (scheme IN ('github', 'standard_webhooks')),
  sealed_secret TEXT NOT NULL,
  -- JSON: the run to create, as POST /v1/evals/{id}/runs takes it.
  run_template  TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, trigger_id)
) STRICT;
CREATE INDEX triggers_by_id ON triggers (trigger_id);

-- One row per distinct delivery, inserted in the batch that creates its run. A replay finds the row and gets
-- the same run.
CREATE TABLE trigger_deliveries (
  tenant_id    TEXT NOT NULL,
  trigger_id   TEXT NOT NULL,
  delivery_key TEXT NOT NULL,
  run_id       TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, trigger_id, delivery_key)
) STRICT;
