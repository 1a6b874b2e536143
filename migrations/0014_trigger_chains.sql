-- How many triggers led to the run that a delivery started, itself included: what ends a chain of trigger, run, webhook, trigger.
ALTER TABLE trigger_deliveries ADD COLUMN depth INTEGER NOT NULL DEFAULT 1;
-- The depth of a run, asked when its end is told and when a delivery names it.
CREATE INDEX trigger_deliveries_by_run ON trigger_deliveries (tenant_id, run_id);
