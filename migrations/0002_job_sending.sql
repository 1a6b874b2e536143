-- When a job may be done and when its message was last sent are two facts: a retry that is due later must not start early because
-- of a stray message, and a message that was lost must not wait for longer than it takes to be sure that it was.
ALTER TABLE outbox ADD COLUMN sent_at INTEGER;
-- Every start of a job, crashes included; `attempts` counts only those that came to a failed end.
ALTER TABLE outbox ADD COLUMN claims INTEGER NOT NULL DEFAULT 0;
