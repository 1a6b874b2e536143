-- Deliveries of one trigger by age, for the sweep (src/storage/pruning.ts).
CREATE INDEX trigger_deliveries_by_age ON trigger_deliveries (tenant_id, trigger_id, created_at);
-- From now on, deleting a trigger deletes its deliveries. This deletes those left by earlier deletions.
DELETE FROM trigger_deliveries WHERE NOT EXISTS (
  SELECT 1 FROM triggers WHERE triggers.tenant_id = trigger_deliveries.tenant_id AND triggers.trigger_id = trigger_deliveries.trigger_id);
