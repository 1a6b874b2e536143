-- A public report is found by its digest alone, whoever asks.
CREATE INDEX reports_by_digest ON reports (digest);
-- What a run still owes, asked after every recorded shard.
CREATE INDEX outbox_of_run ON outbox (tenant_id, run_id, state);
