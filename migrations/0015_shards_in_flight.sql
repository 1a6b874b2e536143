-- Shards of a run whose message was sent and that have not ended: how many are on their way, asked after each one that ends.
CREATE INDEX shards_in_flight ON shards (tenant_id, run_id) WHERE sent_at IS NOT NULL AND state IN ('pending', 'leased');
