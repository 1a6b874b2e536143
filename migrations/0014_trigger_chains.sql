-- Number of triggers that led to the delivery's run, including this one. Limits chains of trigger, run,
-- webhook, trigger.
ALTER TABLE trigger_deliveries ADD COLUMN depth INTEGER NOT NULL DEFAULT 1;
-- The depth of a run, looked up for its outgoing events and for deliveries that refer to it.
CREATE INDEX trigger_deliveries_by_run ON trigger_deliveries (tenant_id, run_id);
