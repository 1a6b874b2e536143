-- Paired comparisons of runs. The body is complete when the row is inserted, and never changes.
CREATE TABLE comparisons (
  tenant_id     TEXT NOT NULL,
  comparison_id TEXT NOT NULL,
  name          TEXT,
  metadata      TEXT,
  -- contracts/comparison.ts, JSON.
  body          TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, comparison_id)
) STRICT;
