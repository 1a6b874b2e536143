-- Calls of endpoints outside runs: chat completions, embeddings, single gradings. As in a run, an intent is
-- written before each and settled after it. Money is in billionths of a US dollar.
CREATE TABLE direct_calls (
  tenant_id         TEXT NOT NULL,
  call_id           TEXT NOT NULL,
  key_id            TEXT NOT NULL,
  endpoint          TEXT NOT NULL,
  -- The UTC date on which it began.
  day               TEXT NOT NULL,
  state             TEXT NOT NULL,
  status            INTEGER,
  outcome           TEXT,
  prompt_tokens     INTEGER NOT NULL DEFAULT 0,
  completion_tokens INTEGER NOT NULL DEFAULT 0,
  cost_nano         INTEGER NOT NULL DEFAULT 0,
  held_nano         INTEGER NOT NULL,
  begun_at          INTEGER NOT NULL,
  ended_at          INTEGER,
  PRIMARY KEY (tenant_id, call_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX direct_calls_by_age ON direct_calls (begun_at);

-- Totals per endpoint, day and key. They stay when the calls are pruned.
CREATE TABLE direct_ledger (
  tenant_id         TEXT NOT NULL,
  endpoint          TEXT NOT NULL,
  day               TEXT NOT NULL,
  key_id            TEXT NOT NULL,
  intents           INTEGER NOT NULL DEFAULT 0,
  settled           INTEGER NOT NULL DEFAULT 0,
  unanswered        INTEGER NOT NULL DEFAULT 0,
  prompt_tokens     INTEGER NOT NULL DEFAULT 0,
  completion_tokens INTEGER NOT NULL DEFAULT 0,
  cost_nano         INTEGER NOT NULL DEFAULT 0,
  held_nano         INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, endpoint, day, key_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX direct_ledger_by_key ON direct_ledger (tenant_id, key_id);
