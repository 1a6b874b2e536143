-- Stored answers of endpoints are deleted after some days. A row is marked first, then its object is deleted,
-- then the row: whatever crashes in between is repeated. null: it is kept.
ALTER TABLE endpoint_answers ADD COLUMN doomed_at INTEGER;
CREATE INDEX endpoint_answers_by_age ON endpoint_answers (created_at);
CREATE INDEX endpoint_answers_doomed ON endpoint_answers (doomed_at) WHERE doomed_at IS NOT NULL;
