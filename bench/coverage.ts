/**
 * Measures the coverage of every interval and the false-positive rate of every test in `src/statistics`, by simulation.
 *
 *     node bench/coverage.ts [--replicates N]
 *
 * Prints a Markdown table and exits 1 when a promised cell is broken. With the full 10,000 replicates it also rewrites the table in
 * docs/statistics.md and the plot docs/coverage.svg. Every draw is seeded, so the numbers are the same on every machine.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { monteCarloLimits, percent } from './simulation/cell.ts'
import type { Cell } from './simulation/cell.ts'
import { binomialCells, bootstrapCells, distributionFreeCells, meanCells } from './simulation/intervals.ts'
import { coveragePlot } from './simulation/plot.ts'
import { peekingCells, predictionPoweredCells } from './simulation/sequences.ts'
import { testCells } from './simulation/tests.ts'

const FULL_REPLICATES = 10_000
const DOCS = new URL('../docs/', import.meta.url)
const STUDIES = [binomialCells, meanCells, distributionFreeCells, peekingCells, predictionPoweredCells, testCells, bootstrapCells]

const { values } = parseArgs({ options: { replicates: { type: 'string', default: String(FULL_REPLICATES) } } })
const replicates = Number(values.replicates)
if (!Number.isSafeInteger(replicates) || replicates < 1) {
  console.error(`--replicates must be a positive integer, not ${values.replicates}`)
  process.exit(2)
}

const measured: Cell[] = []
for (const study of STUDIES) {
  const start = process.cpuUsage().user
  for (const cell of study(replicates)) measured.push(cell)
  console.error(`${study.name}: ${((process.cpuUsage().user - start) / 1e6).toFixed(1)} s`)
}

// A study's cells together, wherever they were measured.
const cells = [...Map.groupBy(measured, ({ study }) => study).values()].flat()
const table = markdownTable(cells)
console.log(table)
const broken = cells.filter(({ gate }) => gate?.isKept === false)
for (const { study, what, size, rate, gate } of broken)
  console.error(`broken: ${study}, ${what}, ${size}: ${percent(rate)}, promised ${gate!.text}`)

if (replicates >= FULL_REPLICATES) {
  writeFileSync(new URL('coverage.svg', DOCS), coveragePlot(cells, replicates))
  const page = new URL('statistics.md', DOCS)
  const section = /(<!-- coverage:begin -->\n)[^]*?(<!-- coverage:end -->)/
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(section, (_all, begin, end) => `${begin}\n${table}\n\n${end}`),
  )
} else console.error(`docs left as they are: they hold ${FULL_REPLICATES} replicates, this was ${replicates}`)
process.exitCode = broken.length > 0 ? 1 : 0

function markdownTable(rows: readonly Cell[]): string {
  return [
    '| study | data | size | rate | Monte Carlo 95 % | promised | |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((cell) => {
      const { low, high } = monteCarloLimits(cell)
      const limits = cell.trials === undefined ? 'exact' : `${percent(low)} – ${percent(high)}`
      const gate = cell.gate === undefined ? '' : `${cell.gate.text} ${cell.gate.isKept ? '✓' : '✗'}`
      return `| ${cell.study} | ${cell.what} | ${cell.size} | ${percent(cell.rate)} | ${limits} | ${gate} | ${cell.remark ?? ''} |`
    }),
  ].join('\n')
}
