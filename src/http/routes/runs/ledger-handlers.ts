/**
 * Ledgers of runs, and retries of errored items.
 * @module
 */
import { dollars } from '../../../contracts/call-cost.ts'
import type { LedgerCall } from '../../../contracts/endpoint-calls.ts'
import { Fault } from '../../../contracts/failure.ts'
import { retryRun as retry } from '../../../runs/retry.ts'
import { listPage } from '../../list-page.ts'
import { route } from '../../route.ts'
import { findRun } from './find-run.ts'
import { getLedger, retryRun } from './operations.ts'
import { ledgerSumsShape } from './ledger-shape.ts'
import { runShape } from './run-shape.ts'
import { runIdOf, sendRun } from './start-run.ts'

export const ledgerRoutes = [
  route(getLedger, async (call) => {
    const { services, query, answer } = call
    const { tenant, id } = await findRun(call)
    const [settings, totals] = await Promise.all([services.ledgers.settings(tenant, id), services.ledgers.totals(tenant, [id])])
    const total = totals.get(id)
    if (settings === null || total === undefined) throw new Fault({ kind: 'not_found', resource: 'ledger of run', id })
    const { maxRequests, maxCostNano } = settings
    return answer(200, {
      object: 'eval.run.ledger',
      run_id: id,
      key_id: total.keyId,
      answers_of: settings.answersOf,
      cache: settings.cache,
      budget: { max_requests: maxRequests, max_cost_usd: maxCostNano === null ? null : dollars(maxCostNano) },
      ...ledgerSumsShape(total),
      calls: await listPage(query.limit, (limit) => services.ledgers.calls(tenant, id, { ...query, limit }), callShape),
    })
  }),

  route(retryRun, async (call) => {
    const { services, principal, createOnce } = call
    const run = await findRun(call)
    return createOnce({
      request: { retry: run.id },
      status: 201,
      make: async (id) => {
        const { tenant } = run
        const [settings, progress] = await Promise.all([
          services.ledgers.settings(tenant, run.id),
          services.views.progress(tenant, [run.id]),
        ])
        const { errored } = progress.get(run.id)!.counts
        const runId = await retry(services, run, settings, errored, { id: runIdOf(id), keyId: principal.keyId })
        await sendRun(services, { id: runId, queue: run.queue })
        return runShape(services, (await services.runs.findRun(tenant, runId))!)
      },
      found: async (id) => {
        const found = await services.runs.findRun(run.tenant, runIdOf(id))
        return found && runShape(services, found)
      },
    })
  }),
]

const callShape = (call: LedgerCall) => ({
  object: 'eval.run.call' as const,
  id: call.call,
  item_id: call.item,
  state: call.state,
  status: call.status,
  outcome: call.outcome,
  prompt_tokens: call.promptTokens,
  completion_tokens: call.completionTokens,
  cost_usd: dollars(call.costNano),
  held_usd: dollars(call.heldNano),
  begun_at: call.begunAt / 1000,
  ended_at: call.endedAt === null ? null : call.endedAt / 1000,
})
