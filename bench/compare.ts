/**
 * `npm run bench -- compare [items] [megabytes]`: compares two runs of questions, 5.3 per picture, from rows
 * as shards store them; by default 450,000 items in a heap of 40 MB. Prints time, the most memory of typed
 * arrays, and the result. Fails where the heap is too small.
 * @module
 */
import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { compareRuns } from '../src/comparisons/compare-runs.ts'
import type { ShardRecord } from '../src/contracts/run.ts'
import { encodeRows } from '../src/contracts/sample-row.ts'
import { runScores } from '../src/runs/run-scores.ts'
import { CounterRandom } from '../src/statistics/counter-random.ts'
import { pureRun, readerOf, VQA } from '../test/support/pure-run.ts'

const [items = 450_000, megabytes = 40] = process.argv.slice(2).map(Number)
const INSIDE = 'ASSAY_BENCH_COMPARE'
const ITEMS_PER_SHARD = 256
const QUESTIONS_PER_PICTURE = 5.3

if (process.env[INSIDE] === undefined) {
  const heap = `--max-old-space-size=${megabytes}`
  const { status } = spawnSync(process.execPath, [heap, import.meta.filename, `${items}`, `${megabytes}`], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  })
  process.exit(status ?? 1)
}

const drawn = new CounterRandom(0, 'pictures')
const clusters = Uint32Array.from({ length: items }, () => drawn.below(Math.ceil(items / QUESTIONS_PER_PICTURE)))
const pure = await pureRun({ seed: 1, task: 'vqa', items: 10, criteria: [VQA] })

function runOf(id: string) {
  const { run } = pure
  const spec = { ...run.spec, selection: { count: items }, dataset: { ...run.spec.dataset, items } }
  return { ...run, id, spec, status: 'completed' as const, reportDigest: id }
}

/** Rows of one shard: accuracies of 0, ⅓, ⅔ and 1. */
function shardOf(run: string, shard: number): ShardRecord {
  const first = shard * ITEMS_PER_SHARD
  const random = new CounterRandom(shard, run)
  const rows = Array.from({ length: Math.min(ITEMS_PER_SHARD, items - first) }, (_, index) => ({
    ordinal: first + index,
    cluster: clusters[first + index]!,
    outcomes: [{ status: 'scored' as const, stats: [random.below(4) / 3] }],
  }))
  return { ...SHARD, shard, first, end: first + rows.length, rows: encodeRows(rows, [1]) }
}
const SHARD = { state: 'recorded', attempts: 1, error: null, tally: null, embeddingsKey: null, evidenceKey: null } as const

let most = 0
const scores = runScores({
  blobs: { get: () => Promise.reject(new Error('no objects')) },
  runs: {
    readShards: async (_tenant, run, first, end) => {
      most = Math.max(most, process.memoryUsage().arrayBuffers)
      const shards = Math.ceil(end / ITEMS_PER_SHARD) - Math.ceil(first / ITEMS_PER_SHARD)
      return Array.from({ length: shards }, (_, index) => shardOf(run, Math.ceil(first / ITEMS_PER_SHARD) + index))
    },
  },
  datasets: {
    open: async () => ({
      ...readerOf(pure),
      clusters: async (first, end) => clusters.subarray(first, end),
      items: async (first, end) =>
        Array.from({ length: end - first }, (_, index) => ({ ...pure.items[0]!, id: `q ${first + index}` })),
    }),
  },
})
const begun = process.cpuUsage()
const { results } = await compareRuns(scores, {
  baseline: runOf('a'),
  treatments: [runOf('b')],
  level: 0.95,
  seed: 0,
  listed: 20,
})
const { user, system } = process.cpuUsage(begun)
const { difference, interval, p, n, clusters: pictures } = results[0]!
process.stdout.write(
  `${n} questions about ${pictures} pictures, heap of ${megabytes} MB: ${((user + system) / 1e6).toFixed(1)} s of CPU, ` +
    `rows made included; typed arrays at most ${(most / 1e6).toFixed(0)} MB; difference ${difference}, ` +
    `[${interval!.low}, ${interval!.high}], p ${p}\n`,
)
