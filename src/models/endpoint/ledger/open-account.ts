/**
 * Opens the account of a run at an endpoint.
 * @module
 */
import { FREE } from '../../../contracts/call-cost.ts'
import type { AnswerStore, CallLedger, LedgerReader } from '../../../contracts/endpoint-calls.ts'
import { addressDigest } from '../../../contracts/endpoint-address.ts'
import type { EndpointRecord } from '../../../contracts/records.ts'
import { type CallAccount, createRunAccount } from './call-account.ts'

export interface CallParts {
  readonly ledger: CallLedger
  readonly ledgers: Pick<LedgerReader, 'settings' | 'callsOf'>
  readonly answers: AnswerStore
  /** Unique, sorts by time. */
  readonly newId: () => string
}

/** @throws {Error} for a run without a ledger */
export async function openAccount(
  { ledger, ledgers, answers, newId }: CallParts,
  run: { readonly tenant: string; readonly id: string },
  endpoint: Pick<EndpointRecord, 'baseUrl' | 'settings'>,
  revision: string | undefined,
): Promise<CallAccount> {
  const settings = await ledgers.settings(run.tenant, run.id)
  if (settings === null) throw new Error(`run ${run.id} has no ledger`)
  return createRunAccount({
    ledger,
    answers,
    run,
    settings,
    addressDigest: await addressDigest(endpoint.baseUrl),
    revision,
    price: endpoint.settings.price ?? FREE,
    newId,
  })
}
