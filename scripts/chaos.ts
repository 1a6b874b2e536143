/**
 * `npm run chaos [-- --moments 10 --seed 1]`: power cuts at seeded random moments, each while some but not
 * all shards were recorded, and one at every failpoint. Fails unless every run ends with the undisturbed
 * run's report digest.
 * @module
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { buildWorker } from './build.ts'
import { FAILPOINTS, isPartial, PowerCuts, type Cut } from './power-cuts.ts'
import { formatTable } from '../src/cli/table.ts'

/** Draws for one wanted moment before giving up. */
const MAXIMUM_DRAWS = 10

const { values } = parseArgs({
  options: { moments: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' }, limit: { type: 'string' } },
})
const moments = count('moments', values.moments)
const seed = count('seed', values.seed)
const limit = values.limit === undefined ? {} : { limit: count('limit', values.limit) }

await buildWorker().catch(giveUp)
const cuts = await PowerCuts.prepare({ seed, ...limit, say }).catch(giveUp)
const stop = (): void => void cuts.close().finally(() => process.exit(130))
process.once('SIGINT', stop)
process.once('SIGTERM', stop)

const done: Cut[] = []
let missed = 0
try {
  for (let moment = 1; moment <= moments; moment++) {
    for (let draw = 1; ; draw++) {
      const cut = await cuts.cutAtRandomMoment()
      report(`moment ${moment}`, cut)
      done.push(cut)
      if (isPartial(cut)) break
      missed += 1
      if (draw === MAXIMUM_DRAWS) throw new Error(`${MAXIMUM_DRAWS} draws found no moment with some but not all shards recorded`)
    }
  }
  for (const name of FAILPOINTS) {
    const cut = await cuts.cutAtFailpoint(name)
    report(name, cut)
    done.push(cut)
  }
} finally {
  await cuts.close()
}

const table = formatTable<Cut>(
  [
    { title: 'cut at', cell: (cut) => cut.at },
    { title: 'after', cell: (cut) => `${(cut.after / 1000).toFixed(1)} s`, right: true },
    { title: 'on disk', cell: (cut) => `${cut.recorded} of ${cut.shards} shards, ${cut.status}` },
    { title: 'recovery', cell: (cut) => `${(cut.recovery / 1000).toFixed(1)} s`, right: true },
    { title: 'report', cell: (cut) => (cut.same ? 'same digest' : `DIFFERS: ${cut.digest ?? 'none'}`) },
  ],
  done,
)
const wrong = done.filter((cut) => !cut.same).length
process.stdout.write(`\n${table}\n\n`)
process.stdout.write(
  `${done.length} power cuts (seed ${seed}): ${done.length - wrong} runs ended with report ${cuts.digest}, ${wrong} did not; ` +
    `${missed} random moments missed the middle of the run and were drawn again\n`,
)
process.exit(wrong === 0 ? 0 : 1)

function report(name: string, cut: Cut): void {
  say(
    `${name}: cut at ${cut.recorded} of ${cut.shards} shards, ${cut.same ? 'same digest' : 'DIFFERENT'} after ${(cut.recovery / 1000).toFixed(1)} s`,
  )
}

function count(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0) return value
  process.stderr.write(`assay: --${name} takes a whole number, not ${text}\n`)
  process.exit(2)
}

function giveUp(error: unknown): never {
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

function say(message: string): void {
  process.stderr.write(`assay: ${message}\n`)
}
