-- Shards of a run that were sent and have not ended, counted after each one that ends.
CREATE INDEX shards_in_flight ON shards (tenant_id, run_id) WHERE sent_at IS NOT NULL AND state IN ('pending', 'leased');
