-- A criterion may list more than one metric: captions are compared by CIDEr and by METEOR.
CREATE TABLE leaderboard_rows_by_metric (
  tenant_id     TEXT NOT NULL,
  run_id        TEXT NOT NULL,
  criterion     TEXT NOT NULL,
  dataset       TEXT NOT NULL,
  dataset_digest TEXT NOT NULL,
  subject       TEXT NOT NULL,
  metric        TEXT NOT NULL,
  variant       TEXT NOT NULL,
  direction     TEXT NOT NULL,
  value         REAL,
  low           REAL,
  high          REAL,
  level         REAL,
  method        TEXT,
  n             INTEGER NOT NULL,
  errored       INTEGER NOT NULL,
  unscored      INTEGER NOT NULL,
  report_digest TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, run_id, criterion, metric)
) STRICT;
INSERT INTO leaderboard_rows_by_metric SELECT * FROM leaderboard_rows;
DROP TABLE leaderboard_rows;
ALTER TABLE leaderboard_rows_by_metric RENAME TO leaderboard_rows;
CREATE INDEX leaderboard_order ON leaderboard_rows (dataset, metric, variant, value);
