-- Largest share of errored items with which a run still completes; above it the run fails. Changes no score,
-- so it is not part of the spec.
ALTER TABLE runs ADD COLUMN max_errored REAL NOT NULL DEFAULT 0.1;
