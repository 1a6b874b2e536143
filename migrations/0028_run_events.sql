-- Events of runs, for those who watch them.
CREATE TABLE run_events (
  tenant_id  TEXT NOT NULL,
  run_id     TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  type       TEXT NOT NULL,
  data       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, run_id, seq)
) STRICT;
CREATE INDEX run_events_by_age ON run_events (created_at) WHERE type <> 'run.ended';

-- Runs that have ended already have the last event of their kind.
INSERT INTO run_events (tenant_id, run_id, seq, type, data, created_at)
  SELECT r.tenant_id, r.run_id, 1, 'run.ended',
         json_object('status', r.status, 'report_digest', r.report_digest, 'error', json(r.error),
                     'gate', r.gate_result ->> 'verdict',
                     'result_counts', json_object('total', r.planned, 'passed', p.passed, 'failed', p.failed,
                                                  'errored', p.errored + p.failed_shard_items),
                     'shards', json_object('total', p.shards, 'recorded', p.recorded_shards, 'failed', p.failed_shards,
                                           'skipped', p.skipped_shards)),
         IFNULL(r.ended_at, r.created_at)
  FROM runs AS r JOIN run_progress AS p ON p.tenant_id = r.tenant_id AND p.run_id = r.run_id
  WHERE r.status <> 'in_progress';
