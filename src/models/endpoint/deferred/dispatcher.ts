/**
 * A machine that is given requests together and answers later: the wire of a batch, or of a job.
 * @module
 */
import type { Submission } from '../../../contracts/model.ts'
import type { Outcome } from '../retry-policy.ts'

/** One request of a submission. */
export interface DispatchedRequest {
  /** Id of the call; its result has the same. */
  readonly call: string
  /** Below the base address, such as `chat/completions`. */
  readonly path: string
  /** JSON, without a line break. */
  readonly body: Uint8Array
}

interface Words {
  readonly code: string
  readonly message: string
}

/**
 * The result of one request. `unprocessed`: the machine says that the model was not asked, so nothing was
 * paid. `failed`: the model may have been asked, and there is no response.
 */
export type DispatchedResult =
  | { readonly call: string; readonly outcome: Outcome }
  | { readonly call: string; readonly unprocessed: Words }
  | { readonly call: string; readonly failed: Words }

/** A result that is read when it is needed, since all together may be larger than an isolate. */
export interface ResultLine {
  readonly call: string
  readonly read: () => DispatchedResult
}

/** Requests were not taken, for certain. */
export class DispatchRefused extends Error {
  override readonly name = 'DispatchRefused'
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super('the requests were refused')
    this.outcome = outcome
  }
}

/** The machine cannot be reached, or its answer cannot be read. A later look may succeed. */
export class DispatchUnknown extends Error {
  override readonly name = 'DispatchUnknown'
}

export interface Dispatcher {
  /** Most bytes of requests at once. */
  readonly mostBytes: number
  /** Milliseconds after which a submission that is still under way counts as lost. */
  readonly patienceMilliseconds: number
  /**
   * Sends requests as the submission `id`.
   * @param confirm - throws if the submission may not be sent any more
   * @returns the machine's id of it
   * @throws {DispatchRefused}
   * @throws {DispatchUnknown} perhaps it was taken: {@link find} tells
   */
  send(id: string, requests: readonly DispatchedRequest[], confirm: () => Promise<void>): Promise<string>
  /** The machine's id of a submission; null: it has none. @throws {DispatchUnknown} */
  find(submission: Submission): Promise<string | null>
  /** As {@link find}, but the machine is given nothing: the submission is not wanted any more. */
  known(submission: Submission): Promise<string | null>
  /** @throws {DispatchUnknown} */
  poll(externalId: string): Promise<'running' | 'ended'>
  /** Asks the machine to stop. @returns whether it gives no more results. @throws {DispatchUnknown} */
  stop(externalId: string): Promise<boolean>
  /**
   * Results of an ended submission, each at least once. The first one of a call counts.
   * @param calls - those without a settlement
   * @throws {DispatchUnknown}
   */
  results(externalId: string, calls: readonly string[], submission: Pick<Submission, 'begunAt'>): AsyncIterable<ResultLine>
}
