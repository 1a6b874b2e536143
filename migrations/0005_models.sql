-- Models added by a tenant. Their files are in R2 at their hash. `ready_at` is set once all files of the
-- manifest exist.
CREATE TABLE models (
  tenant_id TEXT NOT NULL,
  model_id TEXT NOT NULL,
  manifest TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ready_at INTEGER,
  PRIMARY KEY (tenant_id, model_id)
) STRICT;
