/**
 * Calls of an endpoint outside runs, over a database of the test and an endpoint of the test.
 * @module
 */
import { DEFAULT_SETTINGS, type EndpointSettings } from '../../../../../src/contracts/endpoint.ts'
import { createEgress, type Fetch } from '../../../../../src/egress/egress.ts'
import { openDirectCaller } from '../../../../../src/models/endpoint/direct/direct-caller.ts'
import { createDirectLedger } from '../../../../../src/storage/direct-ledger.ts'
import { createLedgerReader } from '../../../../../src/storage/ledger-reader.ts'
import { sqliteD1 } from '../../../../support/sqlite-d1.ts'

const NOW = 86_400_000

export function directWorld(fetch: Fetch, settings: Partial<EndpointSettings> = {}) {
  const { db, sqlite } = sqliteD1()
  const clock = { now: () => NOW }
  let ids = 0
  const endpoint = {
    name: 'gpu',
    baseUrl: 'https://gpu.example.com/v1',
    kind: 'chat' as const,
    model: null,
    secretName: null,
    timeoutMs: 5000,
    maxAttempts: 3,
    concurrency: 1,
    settings: { ...DEFAULT_SETTINGS, ...settings },
    createdAt: NOW,
  }
  const reports: unknown[] = []
  const open = () =>
    openDirectCaller(
      {
        egress: createEgress({ fetch, ownHosts: [] }),
        secrets: { open: () => undefined },
        turnsOf: () => ({
          take: async () => ({ kind: 'go' }),
          giveBack: async () => {},
          report: async (report) => void reports.push(report),
        }),
        ledgerOf: (payer) => createDirectLedger(db, clock, payer),
        newId: () => `call-${ids++}`,
        sleep: async () => {},
        random: () => 0,
        now: clock.now,
      },
      { tenant: 't', keyId: 'k' },
      endpoint,
    )
  const calls = () =>
    sqlite.prepare('SELECT state, status, outcome, cost_nano, held_nano, prompt_tokens FROM direct_calls ORDER BY call_id').all()
  return { open, calls, reports, ledger: () => createLedgerReader(db).ofKey('t', 'k') }
}
