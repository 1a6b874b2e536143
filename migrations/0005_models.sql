-- Models that a tenant added. Their files lie in R2 at their hash; a manifest names them.
CREATE TABLE models (
  tenant_id TEXT NOT NULL,
  model_id TEXT NOT NULL,
  manifest TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, model_id)
) STRICT;
