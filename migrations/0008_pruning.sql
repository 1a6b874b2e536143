-- Deliveries of one trigger by age: what the sweep may forget of it (src/storage/sweep-ledger.ts).
CREATE INDEX trigger_deliveries_by_age ON trigger_deliveries (tenant_id, trigger_id, created_at);
-- A trigger takes its deliveries with it from now on; here are those that earlier ones left.
DELETE FROM trigger_deliveries WHERE NOT EXISTS (
  SELECT 1 FROM triggers WHERE triggers.tenant_id = trigger_deliveries.tenant_id AND triggers.trigger_id = trigger_deliveries.trigger_id);
