-- Work that an endpoint answers later (a batch, a job): a shard is put aside as 'submitted' until poll_at. See src/storage/SCHEMA.md.
ALTER TABLE shards ADD COLUMN poll_at INTEGER;

DROP INDEX shards_in_flight;
CREATE INDEX shards_in_flight ON shards (tenant_id, run_id)
  WHERE sent_at IS NOT NULL AND state IN ('pending', 'leased', 'submitted');

CREATE TABLE submissions (
  tenant_id     TEXT NOT NULL,
  run_id        TEXT NOT NULL,
  submission_id TEXT NOT NULL,
  shard         INTEGER NOT NULL,
  -- The endpoint's id of it; null until the endpoint has answered.
  external_id   TEXT,
  begun_at      INTEGER NOT NULL,
  ended_at      INTEGER,
  PRIMARY KEY (tenant_id, run_id, submission_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX submissions_by_shard ON submissions (tenant_id, run_id, shard);
