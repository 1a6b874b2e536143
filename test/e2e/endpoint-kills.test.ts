/**
 * Runs at an endpoint while 30 % of the requests fail and the Worker is killed: nothing is lost, nothing is
 * paid twice, and the books of both sides agree. `npm run bench -- endpoint` does it with 2,000
 * items, every fault and every kind of endpoint.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startReferenceEndpoint } from '../../endpoint/server.ts'
import { apiClient } from '../../scripts/api-client.ts'
import { makeKey } from '../../scripts/local-key.ts'
import { freePort } from '../../scripts/ports.ts'
import { faultyRun, missedBounds } from '../support/faulty-run.ts'
import { startAssay } from './harness.ts'

/**
 * Kills come after equal parts of the answers, whatever the machine's speed. A kill may lose what is in
 * flight: two shards of four requests, or the submissions under way, whose results may be asked for again
 * between two deliveries.
 */
const CASES = [
  { kind: 'chat', items: 30, kills: 2, inFlight: 16 },
  { kind: 'batch', items: 24, kills: 1, inFlight: 8 },
  { kind: 'job', items: 24, kills: 1, inFlight: 8 },
] as const
const CONCURRENCY = 4
const SECRET = `whsec_${Buffer.alloc(32, 6).toString('base64')}`
/** Without refusals for the pace and without requests that hang, which would make the run wait. */
const FAULTS = {
  server_error: 0.06,
  dropped: 0.05,
  error_inside: 0.05,
  cut: 0.05,
  truncated_json: 0.05,
  wrong_content_type: 0.02,
  empty_body: 0.02,
}

test.each(CASES)(
  '$kind: with 30 % of requests failing and $kills kills, no sample is lost and no stored answer is paid again',
  async ({ kind, items, kills, inFlight }) => {
    const reference = await startReferenceEndpoint({ apiKey: SECRET })
    const persistTo = await mkdtemp(join(tmpdir(), 'assay-kills-'))
    const bindings = { LEASE_SECONDS: '3', STALL_SECONDS: '4', ENDPOINT_SECRET_KILLS: SECRET }
    // Addresses of jobs have the port.
    const options = { persistTo, port: await freePort(), key: makeKey(), allowLoopback: true, scheduleEvery: 1000, bindings }
    const restart = () => startAssay(options)
    let assay = await restart()
    try {
      await apiClient(assay.url, assay.key.key).post('/v1/endpoints', {
        name: `faulty-${kind}`,
        kind,
        base_url: `${reference.url}/v1`,
        secret_name: 'ENDPOINT_SECRET_KILLS',
        model: 'rules',
        timeout_ms: 30_000,
        max_attempts: 10,
        concurrency: CONCURRENCY,
      })
      const { measured, assay: last } = await faultyRun(reference, assay, { restart }, { kind, items, kills, faults: FAULTS })
      assay = last
      expect(missedBounds(measured, inFlight), JSON.stringify(measured)).toEqual([])
      expect(measured).toMatchObject({ status: 'completed', scored: items })
    } finally {
      await assay.stop()
      await reference.close()
      await rm(persistTo, { recursive: true, force: true })
    }
  },
)
