/**
 * `npm run bench -- fuzz [--requests 20000] [--seed 1] [--first 0]`: fuzzed requests against the built Worker
 * on workerd, each answer held against `/openapi.json`. Exits 1 when one is a fault of ours or is not
 * documented. Long runs may be cut up: `--first` goes on where another piece ended, and each request depends
 * on the seed and its number alone, but for the ids that are there.
 * @module
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { buildWorker } from '../scripts/build.ts'
import { startAssay } from '../scripts/server-process.ts'
import { fuzz } from '../test/support/api-fuzzer.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
  },
})
const [count, seed, first] = [values.requests, values.seed, values.first].map(Number) as [number, number, number]
if (![count, seed, first].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  console.error('usage: npm run bench -- fuzz [--requests 20000] [--seed 1] [--first 0]')
  process.exit(2)
}

await buildWorker()
const assay = await startAssay({ allowLoopback: true, scheduleEvery: 2000, bindings: { ANONYMOUS_DAILY_BUDGET: '1000000' } })
const begun = performance.now()
const report = await fuzzed()
const unhandled = assay.output().match(/'?unhandled'?/g)?.length ?? 0
const { requests, statuses, succeeded, failed, faults, slowestMilliseconds } = report
console.log(
  [
    `${requests} requests (seed ${seed}, numbers ${first} to ${first + count - 1}) in ${((performance.now() - begun) / 1000).toFixed(0)} s`,
    `answers: ${Object.entries(statuses)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([status, times]) => `${times} × ${status}`)
      .join(', ')}`,
    `operations that succeeded at least once: ${succeeded.length} of ${succeeded.length + failed.length}${failed.length > 0 ? `, not ${failed.join(', ')}` : ''}`,
    `slowest answer: ${slowestMilliseconds.toFixed(0)} ms; errors in the log: ${unhandled}`,
    `5xx or undocumented: ${faults.length}`,
    ...faults.slice(0, 40),
  ].join('\n'),
)
process.exit(faults.length + unhandled > 0 ? 1 : 0)

async function fuzzed() {
  try {
    return await fuzz({
      url: assay.url,
      key: assay.key.key,
      seed,
      first,
      count,
      onProgress: (done, faults) =>
        process.stderr.write(
          `${done} of ${count}, ${((performance.now() - begun) / 1000).toFixed(0)} s, ${faults.length} faults\n`,
        ),
    })
  } finally {
    await assay.stop()
  }
}
