/**
 * Measures the coverage of every interval and the false-positive rate of every test in `src/statistics`, by
 * simulation.
 *
 *     node bench/coverage.ts [--fast] [--replicates N] [--only STUDY] [--json FILE]
 *     node bench/coverage.ts --from FILE [--from FILE …] [--write]
 *
 * Prints a Markdown table, with the figures before 2026-11-29 for cells measured then, and exits 1 if a
 * promised cell is broken. The full run has 10,000 replicates per cheap cell and takes about an hour of one
 * core; it also rewrites the table in docs/measurements/coverage.md and docs/measurements/coverage.svg.
 * `--fast` has 300 replicates and takes a few minutes. Every draw is seeded, so the numbers are the same on
 * every machine. `--json` saves the cells; `--from` prints saved ones, the last one per name; `--write` puts
 * them into the docs.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { monteCarloLimits, percent } from './simulation/cell.ts'
import type { Cell } from './simulation/cell.ts'
import { binomialCells, corpusCells, distributionFreeCells, meanCells } from './simulation/intervals.ts'
import { coveragePlot } from './simulation/plot.ts'
import { peekingCells, predictionPoweredCells } from './simulation/sequences.ts'
import {
  reviewedCorpora,
  reviewedJackknife,
  reviewedMeans,
  reviewedMedians,
  reviewedPredictionPowered,
  reviewedSequences,
  reviewedTests,
} from './simulation/review.ts'
import { testCells } from './simulation/tests.ts'

const FULL_REPLICATES = 10_000
const FAST_REPLICATES = 300
const DOCS = new URL('../docs/', import.meta.url)
const STUDIES = [
  reviewedMeans,
  reviewedCorpora,
  reviewedPredictionPowered,
  reviewedJackknife,
  reviewedTests,
  reviewedMedians,
  reviewedSequences,
  binomialCells,
  meanCells,
  distributionFreeCells,
  peekingCells,
  predictionPoweredCells,
  testCells,
  corpusCells,
]

interface Before {
  readonly study: string
  readonly what: string
  readonly size: string
  readonly rate: number
  readonly width?: number
}
const before = new Map(
  (JSON.parse(readFileSync(new URL('simulation/before-2026-11-29.json', import.meta.url), 'utf8')) as Before[]).map((cell) => [
    nameOf(cell),
    cell,
  ]),
)

const { values } = parseArgs({
  options: {
    fast: { type: 'boolean', default: false },
    replicates: { type: 'string' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    from: { type: 'string', multiple: true, default: [] },
    write: { type: 'boolean', default: false },
  },
})
const replicates = Number(values.replicates ?? (values.fast ? FAST_REPLICATES : FULL_REPLICATES))
if (!Number.isSafeInteger(replicates) || replicates < 1) {
  console.error(`--replicates must be a positive integer, not ${values.replicates}`)
  process.exit(2)
}

const measured: Cell[] = values.from.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')) as Cell[])
if (values.from.length === 0)
  for (const study of STUDIES.filter(({ name }) => name.includes(values.only))) {
    const start = process.cpuUsage().user
    for (const cell of study(replicates)) measured.push(cell)
    console.error(`${study.name}: ${((process.cpuUsage().user - start) / 1e6).toFixed(1)} s`)
  }

// A study's cells together, each once, from any measurement.
const last = [...new Map(measured.map((cell) => [nameOf(cell), cell])).values()]
const cells = [...Map.groupBy(last, ({ study }) => study).values()].flat()
const table = markdownTable(cells)
console.log(table)
const broken = cells.filter(({ gate }) => gate?.isKept === false)
for (const { study, what, size, rate, gate } of broken)
  console.error(`broken: ${study}, ${what}, ${size}: ${percent(rate)}, promised ${gate!.text}`)

if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(cells))
if (values.write || (replicates >= FULL_REPLICATES && values.only === '' && values.from.length === 0)) {
  writeFileSync(new URL('measurements/coverage.svg', DOCS), coveragePlot(cells))
  // The page holds the cells with earlier measurements, and proportions for every p.
  const reviewed = cells.filter(({ study }) => study.startsWith('Review') || study === 'Proportion')
  const page = new URL('measurements/coverage.md', DOCS)
  const section = /(<!-- coverage:begin -->\n)[^]*?(<!-- coverage:end -->)/
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(section, (_all, begin, end) => `${begin}\n${markdownTable(reviewed)}\n\n${end}`),
  )
} else console.error('docs left as they are: a full run or --write changes them')
process.exitCode = broken.length > 0 ? 1 : 0

function nameOf({ study, what, size }: Pick<Cell, 'study' | 'what' | 'size'>): string {
  return [study, what, size].join(' | ')
}

function beforeOf(cell: Cell): string {
  const old = before.get(nameOf(cell))
  if (old === undefined) return ' | '
  const wider = cell.width === undefined || !old.width ? '' : `× ${(cell.width / old.width).toFixed(2)}`
  return `${percent(old.rate)} | ${wider}`
}

function markdownTable(rows: readonly Cell[]): string {
  return [
    '| study | data | size | before | rate | Monte Carlo 95 % | promised | width against before | |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((cell) => {
      const { low, high } = monteCarloLimits(cell)
      const limits = cell.trials === undefined ? 'exact' : `${percent(low)} – ${percent(high)}`
      const gate = cell.gate === undefined ? '' : `${cell.gate.text} ${cell.gate.isKept ? '✓' : '✗'}`
      const [old, wider] = beforeOf(cell).split(' | ')
      const remark =
        cell.remark ??
        [cell.isOrdinary ? 'ordinary data' : '', cell.width === undefined ? '' : `mean width ${cell.width.toPrecision(3)}`]
          .filter(Boolean)
          .join(', ')
      return `| ${cell.study} | ${cell.what} | ${cell.size} | ${old ?? ''} | ${percent(cell.rate)} | ${limits} | ${gate} | ${wider ?? ''} | ${remark} |`
    }),
  ].join('\n')
}
