-- The due time of a job and the time of its last message are separate. A retry due later must not start early
-- because of a stray message, and a lost message must not delay its job for longer than necessary.
ALTER TABLE outbox ADD COLUMN sent_at INTEGER;
-- Number of starts of a job, including crashes. `attempts` counts only those that ended in a failure.
ALTER TABLE outbox ADD COLUMN claims INTEGER NOT NULL DEFAULT 0;
