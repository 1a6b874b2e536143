/**
 * The account that pays for calls of a run: an intent before each request, a settlement after it, and every
 * answer kept as it comes.
 * @module
 */
import {
  assumedPromptTokens,
  type CallPrice,
  costNano,
  dollars,
  heldNano,
  reckonedPromptTokens,
} from '../../../contracts/call-cost.ts'
import type { Admission, AnswerStore, CallLedger, RunCallSettings } from '../../../contracts/endpoint-calls.ts'
import { RunEnded, SampleError, type TokenUsage } from '../../../contracts/model.ts'
import { answerKey } from '../answer-cache/answer-key.ts'

/** A request as its account sees it. */
export interface PaidRequest {
  readonly path: string
  readonly body: Uint8Array
  /** The body for the key of the answer, where the other one has addresses that differ each time. */
  readonly keyBody?: Uint8Array | undefined
  /** Id of the item that it is about. */
  readonly item: string
  /** See `answer-key.ts`. */
  readonly deterministic: boolean
  /** Most tokens of the answer; null: unknown. */
  readonly maxCompletionTokens: number | null
  /** Number of pictures in it. */
  readonly images: number
  /** Bytes of the body that are pictures; undefined: the account assumes how long a prompt is. */
  readonly pictureBytes?: number | undefined
}

export interface CallResult {
  /** HTTP status; null without a response. */
  readonly status: number | null
  /** `answered`, or the code of the failure. */
  readonly outcome: string
  readonly usage: TokenUsage | null
  /** The body of a usable answer. */
  readonly answer: Uint8Array | null
  /** Tokens of what was passed on, rather too many than too few: for a stream whose usage is unknown. */
  readonly passedOn?: number
  /** The call never reached the model, for certain. */
  readonly unpaid?: boolean
}

/** One request of an item, with all its attempts. */
export interface Purchase {
  /** The key of its answer, see `answer-key.ts`. */
  readonly key: string
  /** The stored answer; null if there is none. */
  kept(): Promise<Uint8Array | null>
  /**
   * Writes the intent of one attempt.
   * @param call - id of the attempt; a new one unless given
   * @returns null if the answer was stored meanwhile
   * @throws {SampleError} `budget_spent`; `request_over_budget` where the whole budget does not cover it
   * @throws {RunEnded} once the run has ended: nothing more is paid for it
   */
  begin(call?: string): Promise<OpenCall | null>
  /** An attempt whose intent was written before, by an invocation that has ended. */
  reopen(call: string, heldNano: number): OpenCall
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
  readonly ledger: Pick<CallLedger, 'begin' | 'settle' | 'unlist'>
  readonly answers: AnswerStore
  readonly run: { readonly tenant: string; readonly id: string }
  readonly settings: RunCallSettings
  readonly addressDigest: string
  /** Revision of the model; undefined: the run names none. */
  readonly revision?: string | undefined
  readonly price: CallPrice
  /** Unique, sorts by time. */
  readonly newId: () => string
  /** The budget in messages. Default: that of a run. */
  readonly called?: CalledBudget
}

/** Words of a budget. */
export interface CalledBudget {
  /** Sentence of `budget_spent`. */
  readonly spent: string
  /** Continues "may cost $1, more than". */
  readonly whole: string
  /** The way out for a request that the whole budget does not cover. */
  readonly remedy: string
}

/** The account of one run at one endpoint. */
export function createRunAccount(parts: RunAccountParts): CallAccount {
  const { ledger, answers, run, settings, addressDigest, revision, price, newId, called = OF_RUN } = parts
  const { tenant } = run
  const keyOf = ({ path, body, keyBody = body, item, deterministic }: PaidRequest) =>
    answerKey({
      addressDigest,
      path,
      body: keyBody,
      deterministic,
      cache: settings.cache,
      run: settings.answersOf,
      item,
      revision,
    })
  /** The longest prompt so far, in tokens: an endpoint alone knows how many tokens a picture takes. */
  let longestPrompt = 0
  return {
    async open(request) {
      const { item, images, maxCompletionTokens } = request
      const key = await keyOf(request)
      // A provider that bills a refusal says so in its usage. An answer without usage costs what was held: at
      // nothing, a budget in dollars would never be spent.
      const costOf = ({ usage, passedOn, answer }: CallResult, held: number): number => {
        if (usage !== null) return costNano(price, usage, images)
        if (passedOn === undefined) return answer === null ? 0 : held
        return Math.min(held, heldNano(price, promptTokens(request), passedOn, images))
      }
      const reopen = (call: string, held: number): OpenCall => ({
        async settle(result) {
          const { status, outcome, usage, answer, unpaid = false } = result
          if (usage !== null) longestPrompt = Math.max(longestPrompt, usage.prompt_tokens)
          const kept = answer && (await answers.keep(tenant, key, answer))
          await ledger.settle({
            tenant,
            run: run.id,
            call,
            state: status === null || unpaid ? 'unanswered' : 'settled',
            status,
            outcome,
            promptTokens: usage?.prompt_tokens ?? 0,
            completionTokens: usage?.completion_tokens ?? 0,
            costNano: costOf(result, held),
            answerBytes: kept?.length ?? null,
            unpaid,
          })
          return kept
        },
      })
      return {
        key,
        kept: () => answers.read(tenant, key),
        reopen,
        async begin(call = newId()) {
          const held = heldNano(price, Math.max(longestPrompt, promptTokens(request)), maxCompletionTokens, images)
          if (settings.maxCostNano !== null && held > settings.maxCostNano) throw tooDear(held, settings.maxCostNano, called)
          const intent = { tenant, run: run.id, call, item, answerKey: key, heldNano: held }
          let admission = await ledger.begin(intent)
          if (admission === 'answered') {
            if ((await answers.read(tenant, key)) !== null) return null
            // Its object is gone: without this, the request would neither be sent nor answered.
            await ledger.unlist(tenant, key)
            admission = await ledger.begin(intent)
            if (admission === 'answered') return null
          }
          if (admission !== 'admitted') throw refusal(admission, run.id, called)
          return reopen(call, held)
        },
      }
    },
  }
}

const OF_RUN: CalledBudget = {
  spent: 'the budget of the run is spent; retry the run with a larger one',
  whole: 'the whole budget of the run (max_cost_usd)',
  remedy: 'retry the run with a larger one, or with fewer max_completion_tokens',
}

/** Reckoned where the pictures of a request are told from its texts; otherwise assumed. */
const promptTokens = ({ body, images, pictureBytes }: PaidRequest): number =>
  pictureBytes === undefined ? assumedPromptTokens(images) : reckonedPromptTokens(body.length - pictureBytes, images)

/** A request that would be refused on any day, or in any run with this budget. */
function tooDear(held: number, most: number, { whole, remedy }: CalledBudget): SampleError {
  const usd = (nano: number) => `$${dollars(nano)}`
  return new SampleError(
    'request_over_budget',
    `this request alone may cost ${usd(held)}, more than ${whole}, ${usd(most)}; ${remedy}`,
  )
}

function refusal(admission: Exclude<Admission, 'admitted' | 'answered'>, run: string, { spent }: CalledBudget): Error {
  if (admission === 'run_ended') return new RunEnded(`run ${run} has ended: it sends no more requests`)
  return new SampleError('budget_spent', spent)
}

const UNCOUNTED: OpenCall = { settle: async ({ answer }) => answer }

/** Calls outside a run: nothing is kept or counted. */
export const UNPAID: CallAccount = {
  open: async () => ({
    key: '',
    kept: async () => null,
    begin: async () => UNCOUNTED,
    reopen: () => UNCOUNTED,
  }),
}
