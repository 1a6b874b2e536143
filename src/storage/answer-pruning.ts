/**
 * Deletes stored answers of endpoints some days after they were paid for.
 * @module
 */
import type { Clock } from '../contracts/ports.ts'
import { statement } from './named-statement.ts'
import { objectKey } from './objects.ts'

/**
 * Marks old answers, deletes their objects, then their rows. An answer that is paid for anew meanwhile takes
 * its mark away. Answers of a run in progress stay.
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
  const [, doomed] = await db.batch<{ tenant_id: string; answer_key: string }>([
    statement(
      db,
      `UPDATE endpoint_answers SET doomed_at = :now WHERE (tenant_id, answer_key) IN (
         SELECT a.tenant_id, a.answer_key FROM endpoint_answers AS a INDEXED BY endpoint_answers_by_age
         WHERE a.created_at <= :until AND a.doomed_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM runs AS r WHERE r.tenant_id = a.tenant_id AND r.run_id = a.run_id AND r.status = 'in_progress')
         ORDER BY a.created_at LIMIT :limit)`,
      { now, until: now - retention, limit },
    ),
    statement(
      db,
      `SELECT tenant_id, answer_key FROM endpoint_answers INDEXED BY endpoint_answers_doomed
       WHERE doomed_at IS NOT NULL ORDER BY doomed_at LIMIT :limit`,
      { limit },
    ),
  ])
  const found = doomed!.results
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
