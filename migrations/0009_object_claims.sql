-- Objects in R2 that several rows may refer to by content: the files of a dataset version, and pictures. They
-- are written before their first row and deleted after their last, so both sides announce it here. Times are
-- Unix milliseconds.

-- Objects being written, whose rows follow or whose claim is released. No deletion begins while one is
-- claimed.
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

-- Unreferenced, unclaimed objects being deleted. No claim is given while one is listed.
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
