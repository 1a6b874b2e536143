/**
 * @module
 */
import type { RecomputationRecord } from '../../../contracts/recomputation.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import type { RecomputationObject } from './schema.ts'

/** The wire shape of a run's last recomputation. */
export function recomputationShape(
  runId: string,
  { state, result, error, requestedAt, endedAt }: RecomputationRecord,
): RecomputationObject {
  return {
    object: 'eval.run.recomputation',
    run_id: runId,
    status: state,
    report_digest: result?.publishedDigest ?? null,
    recomputed_digest: result?.digest ?? null,
    equal: result?.agrees ?? null,
    rows_equal: result?.rowsAgree ?? null,
    error,
    requested_at: unixSeconds(requestedAt),
    ended_at: endedAt === null ? null : unixSeconds(endedAt),
  }
}
