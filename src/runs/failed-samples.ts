/**
 * Samples of a shard that could not be scored.
 * @module
 */
import type { RunRecord, SampleEvidence } from '../contracts/run.ts'

const CODE = 'shard_failed'

/** @param failure - why the shard failed; null: unknown */
export function failedSample(
  { spec }: Pick<RunRecord, 'spec'>,
  { ordinal, id, failure }: { readonly ordinal: number; readonly id: string; readonly failure: string | null },
): SampleEvidence {
  const message = `the shard this sample was in could not be scored${failure === null ? '' : `: ${failure}`}`
  return {
    ordinal,
    item_id: id,
    error: { code: CODE, message },
    results: spec.criteria.map(({ name, type }) => ({
      name,
      type,
      status: 'errored',
      score: null,
      passed: false,
      reason: CODE,
    })),
  }
}
