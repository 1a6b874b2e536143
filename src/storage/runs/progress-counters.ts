/**
 * The counters of a run. Each statement belongs in the batch that changes the shards, **before** the change
 * and with the same condition. So a change without effect counts nothing.
 * @module
 */
import type { RunProgress } from '../../contracts/records.ts'
import type { ShardTally } from '../../contracts/run.ts'
import { type SqlValue, statement } from '../named-statement.ts'

type Values = Readonly<Record<string, SqlValue>>

/**
 * Adds the counts of one shard that is about to be recorded. @param where - SQL for the shard that the batch
 * records
 */
export function countRecorded(db: D1Database, values: Values, tally: ShardTally, where: string): D1PreparedStatement {
  const { usage } = tally
  const perCriterion = tally.per_criterion.map(({ passed, failed, errored }) => [passed, failed, errored])
  return statement(
    db,
    `UPDATE run_progress SET recorded_shards = recorded_shards + 1,
       passed = passed + :passed, failed = failed + :failed, errored = errored + :errored,
       -- CROSS JOIN keeps the order of the criteria.
       per_criterion = (SELECT json_group_array(json_array(sum.value ->> 0 + added.value ->> 0, sum.value ->> 1 + added.value ->> 1,
                                                           sum.value ->> 2 + added.value ->> 2))
                        FROM json_each(run_progress.per_criterion) AS sum CROSS JOIN json_each(:perCriterion) AS added
                        WHERE sum.key = added.key),
       prompt_tokens = prompt_tokens + :promptTokens, completion_tokens = completion_tokens + :completionTokens,
       total_tokens = total_tokens + :totalTokens, invocations = invocations + :invocations,
       stored_answers = stored_answers + :stored,
       outcomes = (SELECT IFNULL(json_group_object(code, items), '{}') FROM (
         SELECT key AS code, SUM(value) AS items
         FROM (SELECT key, value FROM json_each(run_progress.outcomes) UNION ALL SELECT key, value FROM json_each(:outcomes))
         GROUP BY key ORDER BY key))
     WHERE tenant_id = :tenant AND run_id = :run AND EXISTS (SELECT 1 FROM shards WHERE ${where})`,
    {
      ...values,
      passed: tally.passed,
      failed: tally.failed,
      errored: tally.errored,
      perCriterion: JSON.stringify(perCriterion),
      promptTokens: usage.prompt_tokens,
      completionTokens: usage.completion_tokens,
      totalTokens: usage.total_tokens,
      invocations: usage.invocations,
      stored: tally.stored ?? 0,
      outcomes: JSON.stringify(tally.outcomes ?? {}),
    },
  )
}

/**
 * Counts shards that are about to fail, and their items. @param where - SQL for the shards that the batch
 * fails
 */
export function countFailed(db: D1Database, values: Values, where: string): D1PreparedStatement {
  return statement(
    db,
    `UPDATE run_progress SET failed_shards = failed_shards + (SELECT COUNT(*) FROM shards WHERE ${where}),
       failed_shard_items = failed_shard_items + (SELECT IFNULL(SUM(end_ordinal - first_ordinal), 0) FROM shards WHERE ${where})
     WHERE tenant_id = :tenant AND run_id = :run`,
    values,
  )
}

/** Counts one shard more: the rest of one that is about to be recorded. @param where - SQL for that shard */
export function countCut(db: D1Database, values: Values, where: string): D1PreparedStatement {
  return statement(
    db,
    `UPDATE run_progress SET shards = shards + 1
     WHERE tenant_id = :tenant AND run_id = :run AND EXISTS (SELECT 1 FROM shards WHERE ${where} AND end_ordinal > :end)`,
    values,
  )
}

/** Counts shards that are about to be skipped. @param where - SQL for the shards that the batch skips */
export function countSkipped(db: D1Database, values: Values, where: string): D1PreparedStatement {
  return statement(
    db,
    `UPDATE run_progress SET skipped_shards = skipped_shards + (SELECT COUNT(*) FROM shards WHERE ${where})
     WHERE tenant_id = :tenant AND run_id = :run`,
    values,
  )
}

/**
 * Sums the tallies of every shard again. Only the merge of a retrieval run decides which items passed: its
 * batch sets the shards' tallies, then runs this statement.
 * @param condition - SQL on the run, at the time of the batch
 */
export function recountTallies(db: D1Database, values: Values, condition: string): D1PreparedStatement {
  const sum = (count: string) =>
    `(SELECT IFNULL(SUM(tally ->> '$.${count}'), 0) FROM shards WHERE tenant_id = :tenant AND run_id = :run)`
  return statement(
    db,
    `UPDATE run_progress SET passed = ${sum('passed')}, failed = ${sum('failed')}, errored = ${sum('errored')},
       per_criterion = (SELECT json_group_array(json(counts)) FROM (
         SELECT json_array(SUM(c.value ->> 'passed'), SUM(c.value ->> 'failed'), SUM(c.value ->> 'errored')) AS counts
         FROM shards, json_each(tally, '$.per_criterion') AS c WHERE tenant_id = :tenant AND run_id = :run
         GROUP BY c.key ORDER BY c.key)),
       outcomes = (SELECT IFNULL(json_group_object(code, items), '{}') FROM (
         SELECT o.key AS code, SUM(o.value) AS items
         FROM shards, json_each(tally, '$.outcomes') AS o WHERE tenant_id = :tenant AND run_id = :run GROUP BY o.key ORDER BY o.key)),
       stored_answers = ${sum('stored')},
       ${['prompt_tokens', 'completion_tokens', 'total_tokens', 'invocations'].map((name) => `${name} = ${sum(`usage.${name}`)}`).join(', ')}
     WHERE tenant_id = :tenant AND run_id = :run AND recorded_shards > 0 AND ${condition}`,
    values,
  )
}

export interface ProgressRow {
  run_id: string
  shards: number
  recorded_shards: number
  failed_shards: number
  skipped_shards: number
  failed_shard_items: number
  passed: number
  failed: number
  errored: number
  per_criterion: string
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  invocations: number
  outcomes: string
  stored_answers: number
}

export function progressOf(row: ProgressRow): RunProgress {
  const perCriterion = JSON.parse(row.per_criterion) as [passed: number, failed: number, errored: number][]
  const { failed_shard_items: lost } = row
  return {
    shards: row.shards,
    recorded: row.recorded_shards,
    failed: row.failed_shards,
    skipped: row.skipped_shards,
    counts: { passed: row.passed, failed: row.failed, errored: row.errored + lost },
    perCriterion: perCriterion.map(([passed, failed, errored]) => ({ passed, failed, errored: errored + lost })),
    usage: {
      prompt_tokens: row.prompt_tokens,
      completion_tokens: row.completion_tokens,
      total_tokens: row.total_tokens,
      invocations: row.invocations,
    },
    outcomes: outcomesOf(row),
    storedAnswers: row.stored_answers,
  }
}

/** Items of failed shards have no row and no answer. */
function outcomesOf({ outcomes, failed_shard_items: lost }: ProgressRow): Readonly<Record<string, number>> {
  const counts = JSON.parse(outcomes) as Record<string, number>
  return lost === 0 ? counts : { ...counts, shard_failed: (counts['shard_failed'] ?? 0) + lost }
}
