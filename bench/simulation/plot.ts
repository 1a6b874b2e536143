/**
 * The coverage table as a picture: one dot per cell, its Monte Carlo limits, the nominal level.
 * @module
 */
import { monteCarloLimits, percent } from './cell.ts'
import type { Cell } from './cell.ts'

const ROW = 15
const LEFT = 400
const RIGHT = 70
const PLOT = 430
const TOP = 30
/** Lower coverage is drawn at the edge, with its value. */
const LEAST = 0.85

/** An SVG for light and dark; false-alarm cells are drawn as 1 − rate. */
export function coveragePlot(cells: readonly Cell[]): string {
  const rows: string[] = []
  let y = TOP
  let study = ''
  for (const cell of cells) {
    if (cell.study !== study) {
      study = cell.study
      y += ROW * 1.6
      rows.push(`<text class="study" x="8" y="${y}">${escape(studyTitle(study))}</text>`)
    }
    y += ROW
    rows.push(row(cell, y))
  }
  const height = y + 40
  const axis = [0.85, 0.9, 0.95, 1].map(
    (share) =>
      `<line class="${share === 0.95 ? 'nominal' : 'grid'}" x1="${x(share)}" x2="${x(share)}" y1="${TOP}" y2="${y + 8}"/>` +
      `<text class="axis" x="${x(share)}" y="${y + 24}">${percent(share)}</text>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + PLOT + RIGHT} ${height}" role="img" aria-label="Measured coverage of every interval and test at a nominal 95 %">`,
    '<style>text{font:11px system-ui,sans-serif;fill:#1f2328}.study{font-weight:600}.size,.what{text-anchor:end}.what{fill:#59636e}.axis{text-anchor:middle;fill:#59636e}' +
      '.grid{stroke:#d1d9e0}.nominal{stroke:#1f2328;stroke-dasharray:3 3}.gated{fill:#0969da;stroke:#0969da}.free{fill:#8c959f;stroke:#8c959f}.broken{fill:#d1242f;stroke:#d1242f}' +
      '@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.what,.axis{fill:#9198a1}.grid{stroke:#3d444d}.nominal{stroke:#f0f6fc}.gated{fill:#4493f8;stroke:#4493f8}.broken{fill:#f85149;stroke:#f85149}}</style>',
    `<text class="study" x="8" y="18">Coverage at a nominal 95 %, with Monte Carlo limits. Blue: gated. Grey: published only.</text>`,
    ...axis,
    ...rows,
    '</svg>',
    '',
  ].join('\n')
}

function row(cell: Cell, y: number): string {
  const limits = monteCarloLimits(cell)
  const isAlarm = isRateOfErrors(cell)
  const [rate, low, high] = isAlarm ? [1 - cell.rate, 1 - limits.high, 1 - limits.low] : [cell.rate, limits.low, limits.high]
  const kind = cell.gate === undefined ? 'free' : cell.gate.isKept ? 'gated' : 'broken'
  const isCut = rate < LEAST
  return [
    `<text class="what" x="${LEFT - 85}" y="${y}">${escape(cell.what)}</text><text class="size" x="${LEFT - 14}" y="${y}">${escape(cell.size)}</text>`,
    isCut ? '' : `<line class="${kind}" x1="${x(low)}" x2="${x(high)}" y1="${y - 4}" y2="${y - 4}"/>`,
    `<circle class="${kind}" cx="${x(rate)}" cy="${y - 4}" r="3"/>`,
    isCut ? `<text x="${x(LEAST) + 8}" y="${y}">← ${percent(rate)}</text>` : '',
  ].join('')
}

/** Whether a cell counts errors instead of successes. */
function isRateOfErrors({ study }: Cell): boolean {
  return study.includes('false alarms') || study.includes('ever wrong')
}

function studyTitle(study: string): string {
  return study.replace(', false alarms', ', 1 − false alarms').replace(', ever wrong', ', never wrong')
}

function x(share: number): number {
  const clipped = Math.min(1, Math.max(LEAST, share))
  return Number((LEFT + (PLOT * (clipped - LEAST)) / (1 - LEAST)).toFixed(1))
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
