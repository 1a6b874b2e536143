/** Models of tests: an identity, the outputs that it gives, and answers that the test makes up. */
import type { Model, ModelAnswer, ModelIdentity, ModelRequest, Output } from '../../src/contracts/model.ts'

const RESULTS: ModelIdentity = { type: 'results', name: 'fake', results_digest: 'e'.repeat(64) }

/** A model that supports everything. An output without a count of calls took none. */
export function answering(
  answer: (request: ModelRequest) => Promise<Output | ModelAnswer> | Output | ModelAnswer,
  { identity = RESULTS, concurrency = 1 }: { identity?: ModelIdentity; concurrency?: number } = {},
): Model {
  return {
    identity,
    concurrency,
    supports: () => true,
    run: async (request) => {
      const answered = await answer(request)
      return 'kind' in answered ? { output: answered, calls: 0 } : answered
    },
  }
}

export const text = (given: string | null): Output => ({ kind: 'text', text: given })
