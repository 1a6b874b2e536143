-- Triggers choose deliveries, and send the state of their runs to a commit. JSON of contracts/trigger.ts.
ALTER TABLE triggers ADD COLUMN filter TEXT;
ALTER TABLE triggers ADD COLUMN commit_status TEXT;
-- The commit of a run that a delivery started, with its placeholders filled.
ALTER TABLE trigger_deliveries ADD COLUMN commit_status TEXT;
