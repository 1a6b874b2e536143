-- Pictures of imports by a job.

-- JSON [[name, sha256], …]: pictures stored before, and their names in the official files.
ALTER TABLE dataset_imports ADD COLUMN stored_images TEXT;

-- Pictures by name, for the duration of an import. Rows keep the pictures from deletion.
CREATE TABLE import_images (
  tenant_id  TEXT NOT NULL,
  import_id  TEXT NOT NULL,
  -- Last part of the path, in NFC; without its ending in stem.
  name       TEXT NOT NULL,
  stem       TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes      INTEGER NOT NULL,
  width      INTEGER NOT NULL,
  height     INTEGER NOT NULL,
  -- 1: an item names it.
  used       INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, import_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_images_by_stem ON import_images (tenant_id, import_id, stem);
CREATE INDEX import_images_by_image ON import_images (tenant_id, sha256);
