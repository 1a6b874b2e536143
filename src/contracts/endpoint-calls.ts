/**
 * Paid calls of endpoints: the ledger of intents and settlements, and the store of answers.
 *
 * An intent is written before each request, and settled after its response. A crash between the two leaves
 * the intent open: the call may or may not have been paid. Money is counted in billionths of a US dollar.
 * @module
 */

/** One request that is about to be sent. */
export interface CallIntent {
  readonly tenant: string
  readonly run: string
  /** Unique. Sorts by time. */
  readonly call: string
  /** Id of the item that the request is about. */
  readonly item: string
  /** Key of its answer in the {@link AnswerStore}. */
  readonly answerKey: string
  /** The most that the call may cost. Counted as spent until the call is settled. */
  readonly heldNano: number
}

/**
 * - `admitted`: the intent is written, and the request may be sent.
 * - `answered`: another call stored the answer meanwhile.
 * - `over_budget`: one more call could exceed the run's budget.
 * - `run_ended`: the run was cancelled or has ended.
 */
export type Admission = 'admitted' | 'answered' | 'over_budget' | 'run_ended'

export interface CallSettlement {
  readonly tenant: string
  readonly run: string
  readonly call: string
  /** `settled`: a response came. `unanswered`: none came, so the held cost stays counted. */
  readonly state: 'settled' | 'unanswered'
  /** HTTP status; null without a response. */
  readonly status: number | null
  /** `answered`, or the code of the failure. */
  readonly outcome: string
  readonly promptTokens: number
  readonly completionTokens: number
  readonly costNano: number
  /** Bytes of the stored answer; null if the response has no usable answer. */
  readonly answerBytes: number | null
  /** The call never reached the model, for certain: what was held for it is free again. */
  readonly unpaid: boolean
}

/** Writes the ledger of runs. Each method is one transaction. */
export interface CallLedger {
  begin(intent: CallIntent): Promise<Admission>
  /** An answer is listed and its object is gone: the next request is admitted. */
  unlist(tenant: string, answerKey: string): Promise<void>
  /** Notes that results of open calls are stored, and will be settled: their `outcome` is `received`. */
  received(tenant: string, run: string, calls: readonly string[]): Promise<void>
  /** Settles an open intent, once. Lists the stored answer. */
  settle(settlement: CallSettlement): Promise<void>
}

/** Writes the ledger of calls outside runs. The intent's `run` names the request. */
export type DirectLedger = Pick<CallLedger, 'begin' | 'settle' | 'unlist'>

/** The payer of a call outside a run. */
export interface DirectPayer {
  readonly keyId: string
  /** Name of the endpoint. */
  readonly endpoint: string
  /** Limits of one UTC day, of all keys together. */
  readonly budget: RunBudget
}

/** Reads the ledger. */
export interface LedgerReader {
  /** null for a run without a ledger: it ended before there was one. */
  settings(tenant: string, run: string): Promise<RunCallSettings | null>
  totals(tenant: string, runs: readonly string[]): Promise<ReadonlyMap<string, LedgerTotals>>
  /**
   * Sums over all runs that a key started and its calls outside runs, also of a revoked key; null: the tenant
   * has no such key.
   */
  ofKey(tenant: string, key: string): Promise<KeyLedger | null>
  /** Calls whose ids begin with one of these prefixes, in order. */
  callsOf(tenant: string, run: string, prefixes: readonly string[]): Promise<SubmittedCall[]>
  /** Calls in order. @param after - id of the last call before */
  calls(tenant: string, run: string, page: { readonly limit: number; readonly after?: string | undefined }): Promise<LedgerCall[]>
}

/** A call that was sent together with others. */
export interface SubmittedCall extends Pick<LedgerCall, 'call' | 'state' | 'status' | 'outcome' | 'heldNano' | 'endedAt'> {
  readonly answerKey: string
}

/** Bodies of answers, as received. */
export interface AnswerStore {
  /** null if there is none. */
  read(tenant: string, key: string): Promise<Uint8Array | null>
  /**
   * Stores a body, unless the key has one.
   * @returns the body that is stored under the key now
   */
  keep(tenant: string, key: string, body: Uint8Array): Promise<Uint8Array>
}

/** How a run uses answers of other runs. `auto`: only for deterministic requests. */
export type AnswerCache = 'auto' | 'on' | 'off'

/** Limits on the calls of a run; null: unlimited. */
export interface RunBudget {
  readonly maxRequests: number | null
  readonly maxCostNano: number | null
}

/** The settings of a run that concern its calls. None of them is part of the specification. */
export interface RunCallSettings extends RunBudget {
  readonly cache: AnswerCache
  /** The run whose stored answers this run reads: itself, or the run that it retries. */
  readonly answersOf: string
}

/** The totals of a run's ledger. */
export interface LedgerTotals {
  /** The last pause of the run; null: none so far. */
  readonly pause: { readonly until: number; readonly reason: string } | null
  /** The key that started the run; null: a trigger did. */
  readonly keyId: string | null
  /** The run whose stored answers it reads. */
  readonly answersOf: string
  /** Calls written before they were sent. */
  readonly intents: number
  /** Calls with a response. */
  readonly settled: number
  /** Calls without a response: timed out, or the connection failed. */
  readonly unanswered: number
  readonly promptTokens: number
  readonly completionTokens: number
  /** Cost of settled calls. */
  readonly costNano: number
  /** Most that open and unanswered calls may have cost. */
  readonly heldNano: number
}

/** The calls that a key paid for. */
export interface KeyLedger extends Omit<LedgerTotals, 'pause' | 'keyId' | 'answersOf'> {
  /** Runs that it started. */
  readonly runs: number
  /** Intents outside runs, which are among all `intents`. */
  readonly directIntents: number
}

/** A line of the ledger. */
export interface LedgerCall {
  readonly call: string
  readonly item: string
  readonly state: 'open' | 'settled' | 'unanswered'
  readonly status: number | null
  readonly outcome: string | null
  readonly promptTokens: number
  readonly completionTokens: number
  readonly costNano: number
  readonly heldNano: number
  readonly begunAt: number
  readonly endedAt: number | null
}
