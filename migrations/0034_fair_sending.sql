-- Runs of a queue share its messages: which runs have a shard to send is asked whenever a shard ends. See src/storage/SCHEMA.md.
DROP INDEX shards_in_flight;
CREATE INDEX shards_in_flight ON shards (tenant_id, run_id, sent_at)
  WHERE sent_at IS NOT NULL AND state IN ('pending', 'leased', 'submitted');
CREATE INDEX shards_unsent ON shards (tenant_id, run_id) WHERE sent_at IS NULL AND state IN ('pending', 'submitted');

-- Since when the endpoint has not answered about a submission; null: it answered at the last look.
ALTER TABLE submissions ADD COLUMN unreached_since INTEGER;
