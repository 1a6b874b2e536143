-- Objects in R2 that several rows may name by their content: the files of a dataset version, and pictures. They are written before the row
-- that names them and deleted after the last such row, so both sides say here what they are about to do. Times are Unix milliseconds.

-- Somebody is writing these, and will name them or give the claim back. No deletion begins while one is held.
CREATE TABLE object_claims (
  tenant_id  TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('dataset', 'image')),
  -- Of the dataset version, or of the picture.
  digest     TEXT NOT NULL,
  token      TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, kind, digest, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX object_claims_by_token ON object_claims (tenant_id, token);
CREATE INDEX object_claims_by_expiry ON object_claims (expires_at);

-- Nothing names or claims these, and somebody is deleting them. No claim is given while one is listed.
CREATE TABLE doomed_objects (
  tenant_id TEXT NOT NULL,
  kind      TEXT NOT NULL CHECK (kind IN ('dataset', 'image')),
  digest    TEXT NOT NULL,
  -- Whoever is deleting them has given up by then.
  due_at    INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, kind, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX doomed_objects_due ON doomed_objects (due_at);

-- Whether any version has this content.
CREATE INDEX dataset_versions_by_digest ON dataset_versions (tenant_id, digest);
