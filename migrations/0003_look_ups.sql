-- A public report is looked up by its digest alone.
CREATE INDEX reports_by_digest ON reports (digest);
-- Pending jobs of a run, looked up after every recorded shard.
CREATE INDEX outbox_of_run ON outbox (tenant_id, run_id, state);
