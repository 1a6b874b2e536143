-- Results of requests with an Idempotency-Key, for a day: one row per key of a tenant. Times are Unix
-- milliseconds.
CREATE TABLE idempotency_keys (
  tenant_id        TEXT NOT NULL,
  idempotency_key  TEXT NOT NULL,
  -- SHA-256 of method, path and body, as canonical JSON.
  fingerprint      TEXT NOT NULL,
  -- 32 hex digits: the id of what is made, chosen before it is made, so that an attempt that follows a crash makes no second one.
  resource_id      TEXT NOT NULL,
  -- Until then the request is in flight, unless it has its response.
  lease_expires_at INTEGER NOT NULL,
  response_status  INTEGER,
  response_body    TEXT,
  created_at       INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, idempotency_key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
