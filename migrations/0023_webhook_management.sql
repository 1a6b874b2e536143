-- Webhook endpoints have a name, the events that they want, and a former secret that stays valid for a day
-- after a rotation.
ALTER TABLE webhook_endpoints ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook_endpoints ADD COLUMN event_types TEXT NOT NULL
  DEFAULT '["eval.run.succeeded","eval.run.failed","eval.run.canceled"]';
ALTER TABLE webhook_endpoints ADD COLUMN updated_at INTEGER;
-- The last characters of the secret, to tell it from others.
ALTER TABLE webhook_endpoints ADD COLUMN secret_hint TEXT;
ALTER TABLE webhook_endpoints ADD COLUMN former_sealed_secret TEXT;
ALTER TABLE webhook_endpoints ADD COLUMN former_secret_until INTEGER;
