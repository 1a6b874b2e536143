/**
 * The account that pays for calls of a run: an intent before each request, a settlement after it, and every
 * answer kept as it comes.
 * @module
 */
import { assumedPromptTokens, type CallPrice, costNano, heldNano } from '../../../contracts/call-cost.ts'
import type { Admission, AnswerStore, CallLedger, RunCallSettings } from '../../../contracts/endpoint-calls.ts'
import { RunEnded, SampleError, type TokenUsage } from '../../../contracts/model.ts'
import { answerKey } from '../answer-cache/answer-key.ts'

/** A request as its account sees it. */
export interface PaidRequest {
  readonly path: string
  readonly body: Uint8Array
  /** Id of the item that it is about. */
  readonly item: string
  /** See `answer-key.ts`. */
  readonly deterministic: boolean
  /** Most tokens of the answer; null: unknown. */
  readonly maxCompletionTokens: number | null
  /** Number of pictures in it. */
  readonly images: number
}

export interface CallResult {
  /** HTTP status; null without a response. */
  readonly status: number | null
  /** `answered`, or the code of the failure. */
  readonly outcome: string
  readonly usage: TokenUsage | null
  /** The body of a usable answer. */
  readonly answer: Uint8Array | null
}

/** One request of an item, with all its attempts. */
export interface Purchase {
  /** The stored answer; null if there is none. */
  kept(): Promise<Uint8Array | null>
  /**
   * Writes the intent of one attempt.
   * @returns null if the answer was stored meanwhile
   * @throws {SampleError} `budget_spent`
   * @throws {RunEnded} once the run has ended: nothing more is paid for it
   */
  begin(): Promise<OpenCall | null>
}

/** An attempt whose request may be sent. */
export interface OpenCall {
  /** Keeps the answer, then settles. @returns the answer that is kept now, perhaps that of another attempt */
  settle(result: CallResult): Promise<Uint8Array | null>
}

export interface CallAccount {
  open(request: PaidRequest): Promise<Purchase>
}

export interface RunAccountParts {
  readonly ledger: CallLedger
  readonly answers: AnswerStore
  readonly run: { readonly tenant: string; readonly id: string }
  readonly settings: RunCallSettings
  readonly addressDigest: string
  readonly price: CallPrice
  /** Unique, sorts by time. */
  readonly newId: () => string
}

/** The account of one run at one endpoint. */
export function createRunAccount(parts: RunAccountParts): CallAccount {
  const { ledger, answers, run, settings, addressDigest, price, newId } = parts
  const { tenant } = run
  /** The longest prompt so far, in tokens: an endpoint alone knows how many tokens a picture takes. */
  let longestPrompt = 0
  return {
    async open(request) {
      const { path, body, item, deterministic } = request
      const { cache, answersOf } = settings
      const key = await answerKey({ addressDigest, path, body, deterministic, cache, run: answersOf, item })
      return {
        kept: () => answers.read(tenant, key),
        async begin() {
          const call = newId()
          const promptTokens = Math.max(longestPrompt, assumedPromptTokens(request.images))
          const held = heldNano(price, promptTokens, request.maxCompletionTokens, request.images)
          const admission = await ledger.begin({ tenant, run: run.id, call, item, answerKey: key, heldNano: held })
          // A provider that bills a refusal says so in its usage. An answer without usage costs what was
          // held: at nothing, a budget in dollars would never be spent.
          const costOf = (usage: CallResult['usage'], isAnswered: boolean): number =>
            usage !== null ? costNano(price, usage, request.images) : isAnswered ? held : 0
          if (admission === 'answered') return null
          if (admission !== 'admitted') throw refusal(admission, run.id)
          return {
            async settle({ status, outcome, usage, answer }) {
              if (usage !== null) longestPrompt = Math.max(longestPrompt, usage.prompt_tokens)
              const kept = answer && (await answers.keep(tenant, key, answer))
              await ledger.settle({
                tenant,
                run: run.id,
                call,
                state: status === null ? 'unanswered' : 'settled',
                status,
                outcome,
                promptTokens: usage?.prompt_tokens ?? 0,
                completionTokens: usage?.completion_tokens ?? 0,
                costNano: costOf(usage, answer !== null),
                answerBytes: kept?.length ?? null,
              })
              return kept
            },
          }
        },
      }
    },
  }
}

function refusal(admission: Exclude<Admission, 'admitted' | 'answered'>, run: string): Error {
  if (admission === 'run_ended') return new RunEnded(`run ${run} has ended: it sends no more requests`)
  return new SampleError('budget_spent', 'the budget of the run is spent; retry the run with a larger one')
}

/** Calls outside a run: nothing is kept or counted. */
export const UNPAID: CallAccount = {
  open: async () => ({
    kept: async () => null,
    begin: async () => ({ settle: async ({ answer }) => answer }),
  }),
}
