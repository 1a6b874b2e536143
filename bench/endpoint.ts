/**
 * `npm run bench -- endpoint [items] [kinds]`: a run per kind of endpoint (`chat,batch,job`) against the
 * reference endpoint over HTTP, while 30 % of its requests fail in every way of the dial and the Worker is
 * killed twice. Prints what both sides counted, and the bounds that were missed.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { startReferenceEndpoint } from '../endpoint/server.ts'
import { apiClient } from '../scripts/api-client.ts'
import { buildWorker } from '../scripts/build.ts'
import { makeKey } from '../scripts/local-key.ts'
import { startAssay } from '../scripts/server-process.ts'
import { freePort } from '../scripts/ports.ts'
import { formatTable } from '../src/cli/table.ts'
import { type FaultyRun, faultyRun, missedBounds } from '../test/support/faulty-run.ts'

const [given = '2000', kinds = 'chat,batch,job'] = process.argv.slice(2)
const items = Number(given)
if (!Number.isSafeInteger(items) || items < 1) throw new Error('usage: npm run bench -- endpoint [items] [chat,batch,job]')

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const KILLS = 2
/** Requests that a kill may lose: of each consumer and each delivery. */
const IN_FLIGHT = 2 * 64

await buildWorker()
const reference = await startReferenceEndpoint({ apiKey: SECRET })
const persistTo = await mkdtemp(join(tmpdir(), 'assay-bench-'))
const options = {
  persistTo,
  // Addresses of jobs have the port.
  port: await freePort(),
  key: makeKey(),
  allowLoopback: true,
  bindings: { ENDPOINT_SECRET_FAULTY: SECRET },
}
const restart = () => startAssay(options)
let assay = await restart()
const runs: FaultyRun[] = []
const progress = setInterval(() => {
  const { answered, billed, requests, batches, jobs, service } = reference.stats()
  process.stderr.write(`${JSON.stringify({ answered, billed, requests, batches, jobs, carriers: service.requests })}\n`)
}, 10_000)
try {
  const api = apiClient(assay.url, assay.key.key)
  const common = { base_url: `${reference.url}/v1`, secret_name: 'ENDPOINT_SECRET_FAULTY', model: 'rules' }
  for (const kind of kinds.split(',')) {
    await api.post('/v1/endpoints', { ...common, name: `faulty-${kind}`, kind, timeout_ms: 1000, max_attempts: 10 })
  }
  for (const kind of kinds.split(',')) {
    const { measured, assay: last } = await faultyRun(reference, assay, { restart }, { kind, items, kills: KILLS })
    assay = last
    runs.push(measured)
    process.stderr.write(`${JSON.stringify(measured)}\n`)
  }
} finally {
  clearInterval(progress)
  await assay.stop()
  await reference.close()
  await rm(persistTo, { recursive: true, force: true })
}
const COUNTS = ['status', 'scored', 'requests', 'billed', 'intents', 'settled', 'unanswered', 'open', 'answeredAgain'] as const
const table = formatTable<FaultyRun>(
  [
    { title: 'kind', cell: ({ kind }) => kind },
    ...COUNTS.map((title) => ({ title, cell: (run: FaultyRun) => String(run[title]), right: true })),
    { title: 'seconds', cell: ({ seconds }) => seconds.toFixed(0), right: true },
  ],
  runs,
)
process.stdout.write(`\n${items} items per run, ${KILLS} kills, 30 % of requests fail\n\n${table}\n\n`)
const missed = runs.flatMap((run) => missedBounds(run, IN_FLIGHT).map((bound) => `${run.kind}: missed: ${bound}`))
process.stdout.write(missed.length === 0 ? 'every bound is met\n' : `${missed.join('\n')}\n`)
process.exit(missed.length === 0 ? 0 : 1)
