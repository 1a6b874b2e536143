-- Paired tests between rows of the leaderboard whose intervals overlap. tenant_id, run_id and criterion name
-- the row whose publication made the test.
CREATE TABLE leaderboard_pairs (
  tenant_id       TEXT NOT NULL,
  run_id          TEXT NOT NULL,
  criterion       TEXT NOT NULL,
  metric          TEXT NOT NULL,
  other_tenant_id TEXT NOT NULL,
  other_run_id    TEXT NOT NULL,
  other_criterion TEXT NOT NULL,
  -- Two-sided, not adjusted; NULL for rows that cannot be paired.
  p               REAL,
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, run_id, criterion, metric, other_tenant_id, other_run_id, other_criterion)
) STRICT;
CREATE INDEX leaderboard_pairs_of_other ON leaderboard_pairs (other_tenant_id, other_run_id);
