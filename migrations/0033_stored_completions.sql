-- Chat completions that clients asked to keep (`store: true`). The large columns are last, so that a search by
-- the others does not read them.
CREATE TABLE stored_completions (
  tenant_id     TEXT NOT NULL,
  completion_id TEXT NOT NULL,
  model         TEXT NOT NULL,
  metadata      TEXT NOT NULL,
  parameters    TEXT NOT NULL,
  characters    INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,
  messages      TEXT NOT NULL,
  completion    TEXT NOT NULL,
  PRIMARY KEY (tenant_id, completion_id)
) STRICT;
CREATE INDEX stored_completions_due ON stored_completions (expires_at);
