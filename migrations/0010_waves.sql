-- Shards that begin before this ordinal may be sent; null: all of them. It only grows. See src/runs/waves.ts.
ALTER TABLE runs ADD COLUMN send_before INTEGER;
