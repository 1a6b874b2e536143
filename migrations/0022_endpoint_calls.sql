-- Calls of endpoints are paid for: an intent is written before each, and settled after it. Answers are kept as they come.
-- Money is in billionths of a US dollar. See src/storage/SCHEMA.md.

-- Totals and limits of a run's calls, one row per run, inserted with it.
CREATE TABLE run_ledger (
  tenant_id         TEXT NOT NULL,
  run_id            TEXT NOT NULL,
  -- The key that started the run; null: a trigger did.
  key_id            TEXT,
  -- The run whose stored answers this run reads.
  answers_of        TEXT NOT NULL,
  answer_cache      TEXT NOT NULL,
  max_requests      INTEGER,
  max_cost_nano     INTEGER,
  intents           INTEGER NOT NULL DEFAULT 0,
  settled           INTEGER NOT NULL DEFAULT 0,
  unanswered        INTEGER NOT NULL DEFAULT 0,
  prompt_tokens     INTEGER NOT NULL DEFAULT 0,
  completion_tokens INTEGER NOT NULL DEFAULT 0,
  cost_nano         INTEGER NOT NULL DEFAULT 0,
  held_nano         INTEGER NOT NULL DEFAULT 0,
  -- The run's shards are not sent before this time.
  paused_until      INTEGER,
  pause_reason      TEXT,
  created_at        INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, run_id)
) STRICT;
CREATE INDEX run_ledger_by_key ON run_ledger (tenant_id, key_id, created_at);

-- Runs that began before: what they paid is unknown, and their answers are not stored.
INSERT INTO run_ledger (tenant_id, run_id, answers_of, answer_cache, created_at)
  SELECT tenant_id, run_id, run_id, 'auto', created_at FROM runs WHERE status = 'in_progress';

CREATE TABLE endpoint_calls (
  tenant_id         TEXT NOT NULL,
  run_id            TEXT NOT NULL,
  call_id           TEXT NOT NULL,
  item_id           TEXT NOT NULL,
  answer_key        TEXT NOT NULL,
  state             TEXT NOT NULL,
  status            INTEGER,
  outcome           TEXT,
  prompt_tokens     INTEGER NOT NULL DEFAULT 0,
  completion_tokens INTEGER NOT NULL DEFAULT 0,
  cost_nano         INTEGER NOT NULL DEFAULT 0,
  held_nano         INTEGER NOT NULL,
  begun_at          INTEGER NOT NULL,
  ended_at          INTEGER,
  PRIMARY KEY (tenant_id, run_id, call_id)
) STRICT, WITHOUT ROWID;

-- Stored answers: the object in R2 has the key. First the object, then the row.
CREATE TABLE endpoint_answers (
  tenant_id  TEXT NOT NULL,
  answer_key TEXT NOT NULL,
  -- The run that paid for it.
  run_id     TEXT NOT NULL,
  bytes      INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, answer_key)
) STRICT, WITHOUT ROWID;

-- Items by outcome, JSON {code: items}, and items answered from the store.
ALTER TABLE run_progress ADD COLUMN outcomes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE run_progress ADD COLUMN stored_answers INTEGER NOT NULL DEFAULT 0;
