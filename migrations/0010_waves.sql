-- Shards that begin before this ordinal may be sent; null: all. It only grows. See src/runs/send-limit.ts.
ALTER TABLE runs ADD COLUMN send_before INTEGER;
