-- Signed manifests of reports, the keys that sign them, and recomputations that outlive a request.

-- Keys of the deployment, owned by its first tenant.
CREATE TABLE signing_keys (
  tenant_id          TEXT NOT NULL,
  key_id             TEXT NOT NULL,
  public_key         TEXT NOT NULL,
  sealed_private_key TEXT NOT NULL,
  created_at         INTEGER NOT NULL,
  retired_at         INTEGER,
  -- 1: no signature by it counts any more.
  compromised        INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, key_id)
) STRICT;
CREATE UNIQUE INDEX signing_key_in_use ON signing_keys (tenant_id) WHERE retired_at IS NULL;

CREATE TABLE run_manifests (
  tenant_id     TEXT NOT NULL,
  run_id        TEXT NOT NULL,
  report_digest TEXT NOT NULL,
  -- RFC 8785 canonical JSON: the payload of the signature.
  body          TEXT NOT NULL,
  signature     TEXT,
  key_id        TEXT,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, run_id)
) STRICT;
CREATE INDEX run_manifests_by_report ON run_manifests (report_digest);

CREATE TABLE recomputations (
  tenant_id    TEXT NOT NULL,
  run_id       TEXT NOT NULL,
  state        TEXT NOT NULL,
  -- JSON: what was found.
  result       TEXT,
  error        TEXT,
  requested_at INTEGER NOT NULL,
  ended_at     INTEGER,
  PRIMARY KEY (tenant_id, run_id)
) STRICT;
