-- Rows listed before there were paired tests (0030) were tested only when a later run was published. Their own
-- jobs test them now; a run that had its job keeps it.
INSERT INTO outbox (tenant_id, job_id, kind, resource_kind, resource_id, payload, state, due_at, created_at)
SELECT DISTINCT tenant_id, 'rank:' || run_id, 'rank', 'run', run_id, '{}', 'pending', CAST(unixepoch() AS INTEGER) * 1000,
       CAST(unixepoch() AS INTEGER) * 1000
FROM leaderboard_rows WHERE not_ranked IS NULL
ON CONFLICT DO NOTHING;
