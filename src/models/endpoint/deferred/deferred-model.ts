/**
 * A chat or an embeddings model whose requests are sent together and answered later.
 *
 * Intents are written before a submission is sent, and settled by its results. Every answer goes through the
 * same store as that of a direct request, so items are scored from stored answers alone.
 * @module
 */
import pMap from 'p-map'
import type { LedgerReader, SubmittedCall } from '../../../contracts/endpoint-calls.ts'
import {
  type DeferredModel,
  type Model,
  ModelPaused,
  type ModelRequest,
  SampleError,
  type Submission,
  SubmissionUnreached,
} from '../../../contracts/model.ts'
import type { CallEndpoint } from '../call-endpoint.ts'
import { finalFailure } from '../endpoint-failure.ts'
import type { CallAccount, OpenCall } from '../ledger/call-account.ts'
import type { Outcome } from '../retry-policy.ts'
import type { Endpoint } from '../send-request.ts'
import { callPrefix, createAttempts, OVERDUE, UNREACHED } from './attempts.ts'
import { type DispatchedResult, type Dispatcher, DispatchRefused, DispatchUnknown, type ResultLine } from './dispatcher.ts'
import { createStoredCaller, type Gathered, gatherRequests, type Pending } from './gather-requests.ts'
import { settleResult } from './settle-result.ts'

/** Ledger writes at once. */
const AT_ONCE = 6
/**
 * Milliseconds in which a submission whose sending broke off may still arrive, beside the time of the request
 * itself. After them the machine's own list is believed.
 */
const GRACE_MS = 60_000
/**
 * Milliseconds before the next look, at least and at most: a tenth of the time that has passed. A submission
 * whose sending broke off is looked for as soon: mostly it has arrived.
 */
const SHORTEST_POLL_MS = 2_000
const LONGEST_POLL_MS = 60_000
/** Milliseconds without an answer about a submission after which it counts as lost. */
const UNREACHED_MS = 7_200_000
/** Wait after the machine had no room for a submission. */
const QUEUE_FULL_MS = 600_000

export interface DeferredModelParts {
  readonly run: { readonly tenant: string; readonly id: string }
  readonly endpoint: Pick<Endpoint, 'name' | 'maxAttempts' | 'timeoutMs'>
  /** The model, with another caller. */
  readonly modelWith: (call: CallEndpoint) => Model
  readonly account: CallAccount
  readonly ledgers: Pick<LedgerReader, 'callsOf'>
  readonly dispatcher: Dispatcher
  /** Removed from messages and answers. */
  readonly secrets: readonly string[]
  readonly newId: () => string
  /** Unix milliseconds. */
  readonly now: () => number
}

export function createDeferredModel(parts: DeferredModelParts): DeferredModel {
  const { run, endpoint, modelWith, account, ledgers, dispatcher, secrets, newId, now } = parts
  // The last request that may create it takes as long as a request may.
  const graceMilliseconds = GRACE_MS + endpoint.timeoutMs
  const refusals = new Map<string, SampleError>()
  let attempts = createAttempts(endpoint.name, endpoint.maxAttempts, [])
  /** Every request has an answer or a final failure. */
  let isComplete = false
  /** The answers that are not there yet are not wanted. */
  let isStopped = false

  const gather = (requests: readonly ModelRequest[], mostBytes: number): Promise<Gathered> =>
    gatherRequests({ account, attempts, modelWith, mostBytes }, requests)

  const pollAt = ({ begunAt }: Submission): number =>
    now() + Math.min(LONGEST_POLL_MS, Math.max(SHORTEST_POLL_MS, (now() - begunAt) / 10))

  return {
    ...modelWith(createStoredCaller(account, () => attempts, refusals)),

    async recall(submissions) {
      const calls =
        submissions.length === 0
          ? []
          : await ledgers.callsOf(
              run.tenant,
              run.id,
              submissions.map(({ id }) => callPrefix(id)),
            )
      attempts = createAttempts(endpoint.name, endpoint.maxAttempts, calls)
    },

    async prepare(requests) {
      if (isComplete) return null
      const fullAt = attempts.queueFullAt()
      const wait = fullAt === null ? 0 : fullAt + QUEUE_FULL_MS - now()
      // A longer wait is one by a clock that has been set back since.
      if (wait > 0 && wait <= QUEUE_FULL_MS)
        throw new ModelPaused(`endpoint ${endpoint.name} has no room for another batch`, now() + wait)
      const { pending } = await gather(requests, dispatcher.mostBytes)
      const sendable = [...pending].filter(([key]) => !refusals.has(key))
      if (sendable.length === 0) return null
      const id = newId()
      return { id, send: (lost, confirm) => send(id, sendable, lost, confirm) }
    },

    async poll(submission) {
      const { begunAt } = submission
      try {
        const externalId = await idOf(submission)
        if (externalId === null)
          return isPast(submission, graceMilliseconds)
            ? null
            : { externalId, pollAt: Math.min(pollAt(submission), begunAt + graceMilliseconds) }
        if ((await dispatcher.poll(externalId)) === 'ended' || isOverdue(submission)) return null
        return { externalId, pollAt: pollAt(submission) }
      } catch (error) {
        if (!(error instanceof DispatchUnknown)) throw error
        if (isLost(submission)) return null
        throw unreached(submission, error)
      }
    },

    async stop(submission) {
      isStopped = true
      try {
        const externalId = await idOf(submission)
        return externalId === null ? isPast(submission, graceMilliseconds) : await dispatcher.stop(externalId)
      } catch (error) {
        if (!(error instanceof DispatchUnknown)) throw error
        return isOverdue(submission)
      }
    },

    async collect(submission, requests) {
      const { asked, unanswered } = await gather(requests, 0)
      const open = new Map(attempts.openOf(submission.id).map((call) => [call.call, call]))
      const settle = async (call: SubmittedCall, result: DispatchedResult | 'no_result' | null) => {
        const one = asked.get(call.answerKey)
        if (one === undefined) throw new Error(`call ${call.call} belongs to no item of its shard`)
        await settleResult({ endpoint: endpoint.name, secrets, attempts, now }, call, one, result)
      }
      const externalId = await heldBy(submission)
      if (externalId !== null)
        await pMap(
          resultsOf(externalId, submission, [...open.keys()]),
          async ({ call, read }) => {
            const found = open.get(call)
            // A machine may list a request twice.
            if (found === undefined) return
            open.delete(call)
            await settle(found, read())
          },
          { concurrency: AT_ONCE },
        )
      await pMap(open.values(), (call) => settle(call, externalId === null ? null : missing(submission, call.call)), {
        concurrency: AT_ONCE,
      })
      isComplete = [...unanswered].every((key) => attempts.isAnswered(key) || attempts.failureOf(key) !== null)
    },
  }

  /** Writes the intents first. */
  async function send(
    id: string,
    pending: readonly (readonly [string, Pending])[],
    lost: AbortSignal,
    confirm: () => Promise<void>,
  ) {
    const begun = (await pMap(pending, ([key, one], index) => begin(id, index, key, one), { concurrency: AT_ONCE })).flatMap(
      (one) => one ?? [],
    )
    if (begun.length === 0) return null
    lost.throwIfAborted()
    try {
      const externalId = await dispatcher.send(
        id,
        begun.map(({ call, path, body }) => ({ call, path, body })),
        confirm,
      )
      return { externalId, pollAt: now() + SHORTEST_POLL_MS }
    } catch (error) {
      if (error instanceof DispatchUnknown) return { externalId: null, pollAt: now() + SHORTEST_POLL_MS }
      if (!(error instanceof DispatchRefused)) throw error
      await pMap(begun, (one) => refuse(one, error.outcome), { concurrency: AT_ONCE })
      return null
    }
  }

  async function begin(id: string, index: number, key: string, { purchase, path, body }: Pending): Promise<Begun | null> {
    const call = `${callPrefix(id)}${String(index).padStart(5, '0')}`
    try {
      const opened = await purchase.begin(call)
      return opened && { call, key, path, body, opened }
    } catch (error) {
      if (!(error instanceof SampleError)) throw error
      refusals.set(key, error)
      return null
    }
  }

  /** Nothing was sent, so nothing is paid. */
  async function refuse({ call, key, opened }: Begun, outcome: Outcome): Promise<void> {
    const failure = finalFailure(endpoint.name, outcome, 1, secrets)
    const status = 'error' in outcome ? null : outcome.response.status
    await opened.settle({ status, outcome: failure.code, usage: null, answer: null, unpaid: true })
    const settled = { status, outcome: failure.code, state: 'unanswered', heldNano: 0, endedAt: now() } as const
    attempts.note({ call, answerKey: key, ...settled }, failure)
  }

  /** The machine's id of a submission that is to be collected; null: it never reached the machine. */
  async function heldBy(submission: Submission): Promise<string | null> {
    return unlessLost(submission, submission.id, () => idOf(submission))
  }

  async function* resultsOf(externalId: string, submission: Submission, open: readonly string[]): AsyncGenerator<ResultLine> {
    // Requests that are still under way need not be paid for.
    if (isOverdue(submission)) await unlessLost(submission, true, () => dispatcher.stop(externalId))
    const results = dispatcher.results(externalId, open, submission)[Symbol.asyncIterator]()
    for (;;) {
      const next = await unlessLost(submission, null, () => results.next())
      if (next === null || next.done === true) return
      yield next.value
    }
  }

  /** @returns `otherwise` for a submission that is lost */
  async function unlessLost<T>(submission: Submission, otherwise: T, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof DispatchUnknown)) throw error
      if (!isLost(submission)) throw unreached(submission, error)
      return otherwise
    }
  }

  /** No result of a call came. */
  function missing(submission: Submission, call: string): DispatchedResult | 'no_result' {
    if (!isLost(submission)) return 'no_result'
    const { unreachedSince } = submission
    const failed =
      unreachedSince === null
        ? { code: OVERDUE, message: `there was no result after ${dispatcher.patienceMilliseconds / 3_600_000} hours` }
        : { code: UNREACHED, message: `nothing was heard of the submission since ${new Date(unreachedSince).toISOString()}` }
    return { call, failed }
  }

  function unreached(submission: Submission, error: DispatchUnknown): SubmissionUnreached {
    const since = submission.unreachedSince ?? now()
    return new SubmissionUnreached(`endpoint ${endpoint.name} says nothing about a submission: ${error.message}`, {
      until: pollAt(submission),
      since,
    })
  }

  async function idOf(submission: Submission): Promise<string | null> {
    return submission.externalId ?? (isStopped ? dispatcher.known(submission) : dispatcher.find(submission))
  }

  function isPast({ begunAt }: Submission, milliseconds: number): boolean {
    return now() >= begunAt + milliseconds
  }

  function isOverdue(submission: Submission): boolean {
    return isPast(submission, dispatcher.patienceMilliseconds)
  }

  function isLost(submission: Submission): boolean {
    const { unreachedSince } = submission
    return isOverdue(submission) || (unreachedSince !== null && now() >= unreachedSince + UNREACHED_MS)
  }
}

interface Begun {
  readonly call: string
  readonly key: string
  readonly path: string
  readonly body: Uint8Array
  readonly opened: OpenCall
}
