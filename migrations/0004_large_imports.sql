-- Files larger than one request, and datasets imported from them by a job. Times are Unix milliseconds.

-- Parts are objects in R2 under the upload. A completed upload's file is the sequence of its parts.
CREATE TABLE uploads (
  tenant_id  TEXT NOT NULL,
  upload_id  TEXT NOT NULL,
  filename   TEXT NOT NULL,
  mime_type  TEXT NOT NULL,
  -- As declared; the parts must add up to it.
  bytes      INTEGER NOT NULL,
  status     TEXT NOT NULL CHECK (status IN ('pending', 'completed', 'cancelled', 'expired')),
  file_id    TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, upload_id)
) STRICT;
CREATE INDEX uploads_due ON uploads (status, expires_at);

CREATE TABLE upload_parts (
  tenant_id  TEXT NOT NULL,
  upload_id  TEXT NOT NULL,
  part_id    TEXT NOT NULL,
  -- The data within the stored object, which is the request's body as it came, form and all.
  offset     INTEGER NOT NULL,
  bytes      INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, upload_id, part_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE dataset_imports (
  tenant_id  TEXT NOT NULL,
  import_id  TEXT NOT NULL,
  name       TEXT NOT NULL,
  format     TEXT NOT NULL,
  -- COIN's subset, where one was asked for.
  split      TEXT,
  status     TEXT NOT NULL CHECK (status IN ('in_progress', 'completed', 'failed')),
  -- JSON {field: {file_id, sha256, bytes}}.
  files      TEXT NOT NULL,
  -- JSON: where the job goes on; written only by the holder of its lease.
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
CREATE INDEX dataset_imports_open ON dataset_imports (tenant_id, status);

-- The outbox takes jobs of kind 'import', whose run_id is the import's id. SQLite changes a CHECK by rebuilding the table.
CREATE TABLE outbox_rebuilt (
  tenant_id        TEXT NOT NULL,
  job_id           TEXT NOT NULL,
  kind             TEXT NOT NULL CHECK (kind IN ('merge', 'publish_copy', 'compact', 'webhook', 'import')),
  run_id           TEXT NOT NULL,
  payload          TEXT NOT NULL,
  state            TEXT NOT NULL CHECK (state IN ('pending', 'done', 'dead')),
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
INSERT INTO outbox_rebuilt (tenant_id, job_id, kind, run_id, payload, state, attempts, claims, due_at, sent_at, lease_token, lease_expires_at, last_error, created_at)
  SELECT tenant_id, job_id, kind, run_id, payload, state, attempts, claims, due_at, sent_at, lease_token, lease_expires_at, last_error, created_at FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_rebuilt RENAME TO outbox;
CREATE INDEX outbox_by_id ON outbox (job_id);
CREATE INDEX outbox_due ON outbox (state, due_at);
-- Pending jobs of a run or an import, as in 0003.
CREATE INDEX outbox_of_run ON outbox (tenant_id, run_id, state);
