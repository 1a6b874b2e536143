/**
 * Requests, tokens and money that a run may take, before it is started. Pure.
 * @module
 */
import { assumedPromptTokens, type CallShape, dollars, FREE, heldNano } from '../contracts/call-cost.ts'
import type { RunBudget } from '../contracts/endpoint-calls.ts'
import { unprocessableField } from '../contracts/failure.ts'

/** `least`: each request succeeds at once. `worst_case`: each takes every attempt, and all are paid. */
interface Range {
  readonly least: number
  readonly worst_case: number
}

export interface RunEstimate {
  readonly items: number
  readonly requests: Range
  /** Assumed tokens of one request, texts and pictures. */
  readonly prompt_tokens_per_request: number
  /** Most tokens of one answer; null: the run does not limit them. */
  readonly completion_tokens_per_request: number | null
  /** US dollars, at the most that each request may cost; null: the endpoint has no price. */
  readonly cost_usd: Range | null
}

/** @param calls - undefined: the model costs nothing */
export function estimateRun(items: number, calls: CallShape | undefined): RunEstimate {
  const { requestsPerItem, maxAttempts, images, maxCompletionTokens, price } = calls ?? NO_CALLS
  const least = Math.round(items * requestsPerItem)
  const prompt = assumedPromptTokens(images)
  const each = price && heldNano(price, prompt, maxCompletionTokens, images)
  return {
    items,
    requests: { least, worst_case: least * maxAttempts },
    prompt_tokens_per_request: least === 0 ? 0 : prompt,
    completion_tokens_per_request: maxCompletionTokens,
    cost_usd: each === null ? null : { least: dollars(least * each), worst_case: dollars(least * maxAttempts * each) },
  }
}

/** The estimate of a run whose items are asked about by several models: the one that answers, and graders. */
export function sumOf(estimates: readonly RunEstimate[]): RunEstimate {
  const paid = estimates.filter(({ requests }) => requests.least > 0)
  const total = (ranges: readonly Range[]): Range => ({
    least: ranges.reduce((sum, { least }) => sum + least, 0),
    worst_case: ranges.reduce((sum, { worst_case: worst }) => sum + worst, 0),
  })
  const completions = paid.map(({ completion_tokens_per_request: tokens }) => tokens)
  const costs = paid.map(({ cost_usd: cost }) => cost)
  if (paid.length < 2) return paid[0] ?? estimates[0]!
  return {
    items: estimates[0]!.items,
    requests: total(paid.map(({ requests }) => requests)),
    prompt_tokens_per_request: Math.max(...paid.map(({ prompt_tokens_per_request: tokens }) => tokens)),
    completion_tokens_per_request: completions.includes(null) ? null : Math.max(...completions.map(Number)),
    cost_usd: costs.includes(null) ? null : total(costs.flatMap((cost) => cost ?? [])),
  }
}

const NO_CALLS: CallShape = { requestsPerItem: 0, maxAttempts: 1, images: 0, maxCompletionTokens: 0, price: FREE }

/** @throws {Fault} `unprocessable` with the estimate if the worst case exceeds the budget, or is not known */
export function requireWithinBudget(estimate: RunEstimate, { maxRequests, maxCostNano }: RunBudget): void {
  const { items, requests, cost_usd: cost, completion_tokens_per_request: completion } = estimate
  if (maxRequests !== null && requests.worst_case > maxRequests)
    throw unprocessableField(
      '/budget/max_requests',
      `the run may take ${requests.worst_case} requests (${items} items, every attempt), ${requests.least} if each succeeds ` +
        `at once; raise it to ${requests.worst_case}, ask for fewer items, or set if_worst_case_exceeds to "start"`,
    )
  if (maxCostNano === null) return
  if (cost === null)
    throw unprocessableField('/budget/max_cost_usd', 'the endpoint has no price, so its cost is not known; give it a price first')
  if (completion === null)
    throw unprocessableField(
      '/budget/max_cost_usd',
      'the cost of an answer is not limited; set sampling_params.max_completion_tokens',
    )
  if (cost.worst_case > dollars(maxCostNano))
    throw unprocessableField(
      '/budget/max_cost_usd',
      `the run may cost ${usd(cost.worst_case)} (${requests.worst_case} requests), ${usd(cost.least)} if each succeeds at once; ` +
        `raise it to ${usd(cost.worst_case)}, ask for fewer items, or set if_worst_case_exceeds to "start"`,
    )
}

const usd = (amount: number): string => `${Number(amount.toPrecision(6))} USD`
