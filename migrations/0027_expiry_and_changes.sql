-- Evals record their last change, so that lists can be ordered by it.
ALTER TABLE evals ADD COLUMN updated_at INTEGER;
UPDATE evals SET updated_at = created_at;
CREATE INDEX evals_by_change ON evals (tenant_id, updated_at, eval_id);
-- Files may expire. An upload in parts says for how long its file is kept, in milliseconds.
ALTER TABLE files ADD COLUMN expires_at INTEGER;
CREATE INDEX files_due ON files (expires_at) WHERE expires_at IS NOT NULL;
ALTER TABLE uploads ADD COLUMN file_lifetime INTEGER;
