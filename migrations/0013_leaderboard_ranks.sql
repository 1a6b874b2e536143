-- The kind of a row's subject, the number of the dataset's items that it is based on, and the reason if it is
-- not ranked.
ALTER TABLE leaderboard_rows ADD COLUMN subject_type TEXT NOT NULL DEFAULT '';
ALTER TABLE leaderboard_rows ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE leaderboard_rows ADD COLUMN items INTEGER NOT NULL DEFAULT 0;
ALTER TABLE leaderboard_rows ADD COLUMN not_ranked TEXT;

UPDATE leaderboard_rows SET
  subject_type = COALESCE((SELECT spec ->> '$.subject.type' FROM runs r
                           WHERE r.tenant_id = leaderboard_rows.tenant_id AND r.run_id = leaderboard_rows.run_id), ''),
  items = COALESCE((SELECT spec ->> '$.dataset.items' FROM runs r
                    WHERE r.tenant_id = leaderboard_rows.tenant_id AND r.run_id = leaderboard_rows.run_id), 0),
  used = COALESCE((SELECT body ->> '$.counts.used' FROM reports r
                   WHERE r.tenant_id = leaderboard_rows.tenant_id AND r.digest = leaderboard_rows.report_digest), 0);
UPDATE leaderboard_rows SET not_ranked = CASE
  WHEN value IS NULL THEN 'no_value'
  WHEN variant LIKE '%/ppi++' THEN 'prediction_powered'
  WHEN (SELECT spec ->> '$.selection.count' FROM runs r
        WHERE r.tenant_id = leaderboard_rows.tenant_id AND r.run_id = leaderboard_rows.run_id) < items THEN 'limit'
  WHEN used < items THEN 'stopped_early'
  WHEN errored > 0 THEN 'errored'
  WHEN unscored > 0 THEN 'unscored' END;
