-- Extends the claims and deletions of 0009 to files and the files of added models. SQLite changes a CHECK by
-- rebuilding.
CREATE TABLE object_claims_rebuilt (
  tenant_id  TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('dataset', 'image', 'file', 'upload', 'model')),
  -- Of the dataset version, picture or file; of an upload, its id.
  digest     TEXT NOT NULL,
  token      TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, kind, digest, token)
) STRICT, WITHOUT ROWID;
INSERT INTO object_claims_rebuilt SELECT tenant_id, kind, digest, token, expires_at FROM object_claims;
DROP TABLE object_claims;
ALTER TABLE object_claims_rebuilt RENAME TO object_claims;
CREATE INDEX object_claims_by_token ON object_claims (tenant_id, token);
CREATE INDEX object_claims_by_expiry ON object_claims (expires_at);

CREATE TABLE doomed_objects_rebuilt (
  tenant_id TEXT NOT NULL,
  kind      TEXT NOT NULL CHECK (kind IN ('dataset', 'image', 'file', 'upload', 'model')),
  digest    TEXT NOT NULL,
  due_at    INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, kind, digest)
) STRICT, WITHOUT ROWID;
INSERT INTO doomed_objects_rebuilt SELECT tenant_id, kind, digest, due_at FROM doomed_objects;
DROP TABLE doomed_objects;
ALTER TABLE doomed_objects_rebuilt RENAME TO doomed_objects;
CREATE INDEX doomed_objects_due ON doomed_objects (due_at);

-- The upload whose parts are the file's content; null: the content is at its hash. All files of one content
-- agree.
ALTER TABLE files ADD COLUMN upload_id TEXT;
CREATE INDEX files_by_content ON files (tenant_id, sha256);
CREATE INDEX files_by_upload ON files (tenant_id, upload_id);
-- Position of the part in its file; null: it belongs to none.
ALTER TABLE upload_parts ADD COLUMN position INTEGER;

-- Files of added models, apart from the manifest, so that other users of a file can be looked up.
CREATE TABLE model_files (
  tenant_id TEXT NOT NULL,
  model_id  TEXT NOT NULL,
  sha256    TEXT NOT NULL,
  PRIMARY KEY (tenant_id, model_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX model_files_by_content ON model_files (tenant_id, sha256);
-- As in storedFilesOf(): with text vectors, no file of a text tower or tokenizer is stored.
INSERT INTO model_files
  SELECT DISTINCT tenant_id, model_id, file.value FROM models, json_tree(manifest) AS file
  WHERE file.key = 'sha256' AND NOT (json_type(manifest, '$.text_vectors') IS 'object'
    AND (file.path = '$.tokenizer' OR file.path = '$.text' OR file.path LIKE '$.text.%'));
