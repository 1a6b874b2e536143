/**
 * Deletes stored answers of endpoints some days after they were paid for.
 * @module
 */
import type { Clock } from '../contracts/ports.ts'
import { statement } from './named-statement.ts'
import { objectKey } from './objects.ts'
import { isAhead } from './set-back-clock.ts'

/**
 * Milliseconds between the mark of an answer and its deletion. A request that found no answer has ended by
 * then, or has moved the mark.
 * @internal
 */
export const MARKED_MILLISECONDS = 3_600_000

/** A run in progress paid for the answer, or retries the run that did. */
const IN_USE = `EXISTS (SELECT 1 FROM runs AS r INDEXED BY runs_open LEFT JOIN run_ledger AS l ON l.tenant_id = r.tenant_id AND l.run_id = r.run_id
  WHERE r.status = 'in_progress' AND r.tenant_id = a.tenant_id AND (r.run_id = a.run_id OR l.answers_of = a.run_id))`

/** An open call whose answer may be stored without being listed. */
const UNSETTLED = `state = 'open' AND outcome IS NOT 'lost'`

/**
 * Marks old answers. An hour later, deletes their objects, then their rows. An answer that is paid for anew
 * meanwhile takes its mark away. Answers that a run in progress uses stay.
 * @param retention - milliseconds
 * @param limit - answers at once; R2 deletes at most 1000 keys per call
 * @returns the number of answers deleted
 */
export async function pruneAnswers(
  db: D1Database,
  bucket: R2Bucket,
  clock: Clock,
  { retention, limit }: { readonly retention: number; readonly limit: number },
): Promise<number> {
  const now = clock.now()
  const values = { now, until: now - retention, limit }
  const [, , , taken] = await db.batch<{ tenant_id: string; answer_key: string }>([
    ...listUnsettled(db, values),
    statement(
      db,
      `UPDATE endpoint_answers SET doomed_at = :now WHERE (tenant_id, answer_key) IN (
         SELECT a.tenant_id, a.answer_key FROM endpoint_answers AS a INDEXED BY endpoint_answers_by_age
         WHERE a.created_at <= :until AND a.doomed_at IS NULL AND NOT ${IN_USE}
         ORDER BY a.created_at LIMIT :limit)`,
      values,
    ),
    // Marked again, so that a sweep beside this one takes others.
    statement(
      db,
      `UPDATE endpoint_answers SET doomed_at = :now WHERE (tenant_id, answer_key) IN (
         SELECT tenant_id, answer_key FROM endpoint_answers INDEXED BY endpoint_answers_doomed
         WHERE doomed_at IS NOT NULL AND (doomed_at <= :markedBefore OR ${isAhead('doomed_at', ':now')})
         ORDER BY doomed_at LIMIT :limit)
       RETURNING tenant_id, answer_key`,
      { ...values, markedBefore: now - MARKED_MILLISECONDS },
    ),
  ])
  const found = taken!.results
  if (found.length === 0) return 0
  await bucket.delete(found.map(({ tenant_id, answer_key }) => objectKey.endpointAnswer(tenant_id, answer_key)))
  const { meta } = await statement(
    db,
    `DELETE FROM endpoint_answers WHERE doomed_at IS NOT NULL
       AND (tenant_id, answer_key) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:keys))`,
    { keys: JSON.stringify(found.map(({ tenant_id, answer_key }) => [tenant_id, answer_key])) },
  ).run()
  return meta.changes
}

/** A consumer that died between object and row left an answer that nothing lists. */
function listUnsettled(
  db: D1Database,
  values: { readonly now: number; readonly until: number; readonly limit: number },
): D1PreparedStatement[] {
  const old = `FROM endpoint_calls AS a INDEXED BY endpoint_calls_unsettled
    WHERE ${UNSETTLED} AND begun_at <= :until AND NOT ${IN_USE} ORDER BY begun_at LIMIT :limit`
  return [
    statement(db, `${LIST} SELECT tenant_id, answer_key, run_id, 0, begun_at, :now ${old} ON CONFLICT DO NOTHING`, values),
    statement(
      db,
      `UPDATE endpoint_calls SET outcome = 'lost'
       WHERE (tenant_id, run_id, call_id) IN (SELECT tenant_id, run_id, call_id ${old})`,
      values,
    ),
  ]
}

const LIST = 'INSERT INTO endpoint_answers (tenant_id, answer_key, run_id, bytes, created_at, doomed_at)'

/** For a batch that deletes the calls of a run: lists answers that only they name. They are deleted soon. */
export function listAnswersOfRun(
  db: D1Database,
  values: { readonly tenant: string; readonly run: string; readonly now: number },
  condition: string,
): D1PreparedStatement {
  return statement(
    db,
    `${LIST} SELECT tenant_id, answer_key, run_id, 0, begun_at, :now FROM endpoint_calls
     WHERE tenant_id = :tenant AND run_id = :run AND ${UNSETTLED} AND ${condition} ON CONFLICT DO NOTHING`,
    values,
  )
}
