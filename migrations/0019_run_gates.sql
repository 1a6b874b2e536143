-- Conditions on a run's result, as requested, and their decision, written with the report. JSON of
-- contracts/gate.ts. A gate changes no score, so it is no part of the spec.
ALTER TABLE runs ADD COLUMN gate TEXT;
ALTER TABLE runs ADD COLUMN gate_result TEXT;
