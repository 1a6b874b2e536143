/**
 * The leaderboard: one table per dataset version and metric, each value with its interval on the table's
 * axis.
 * @module
 */
import { leaderboard, LEADERBOARD_LIMIT, Problem, retryAdvice } from './api.js'
import { byId, countCell, element, sentence } from './dom.js'
import { counted, formatCount, formatInterval, formatOf, methodName, metricName, short } from './figures.js'
import { reportLink } from './report.js'

/** @typedef {import('./api.js').LeaderboardRow} Row */
/** @typedef {{from: number, to: number}} Axis */

export async function startLeaderboard() {
  const boards = byId('boards', HTMLDivElement)
  const status = byId('boards-status', HTMLParagraphElement)
  boards.setAttribute('aria-busy', 'true')
  try {
    const rows = await leaderboard()
    boards.replaceChildren(...(rows.length === 0 ? [empty()] : datasets(rows)))
    offerDatasets(boards)
    if (rows.length === LEADERBOARD_LIMIT) boards.append(more())
    status.textContent = rows.length === 0 ? '' : `Leaderboard loaded: ${counted(rows.length, 'result')}.`
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const again = element('button', { type: 'button', class: 'button' }, 'Load again')
    again.addEventListener('click', () => {
      boards.replaceChildren(element('p', { class: 'message' }, 'Loading the published runs…'))
      byId('leaderboard', HTMLElement).setAttribute('tabindex', '-1')
      byId('leaderboard', HTMLElement).focus({ preventScroll: true })
      void startLeaderboard()
    })
    boards.replaceChildren(
      element(
        'p',
        { class: 'message problem', role: 'alert' },
        element('strong', {}, 'The leaderboard could not be loaded: '),
        `${sentence(error.message)} ${retryAdvice(error)}`.trim(),
      ),
      element('p', { class: 'submit' }, again),
    )
  } finally {
    boards.setAttribute('aria-busy', 'false')
  }
}

function empty() {
  return element(
    'p',
    { class: 'message' },
    'No run has been published yet. One appears here when it ends, if it was started with ',
    element('code', {}, '"visibility": "public"'),
    ' by ',
    element('code', {}, 'POST /v1/evals/{id}/runs'),
    '.',
  )
}

function more() {
  return element(
    'p',
    { class: 'message' },
    `These are the first ${LEADERBOARD_LIMIT} results; there may be more. Ask for one dataset with `,
    element('code', {}, 'GET /v1/leaderboards?dataset={name}'),
    '.',
  )
}

/**
 * Offers a choice of dataset, once there are more than two.
 * @param {HTMLElement} boards
 */
function offerDatasets(boards) {
  const all = /** @type {HTMLElement[]} */ ([...boards.querySelectorAll('.dataset')])
  if (all.length < 3) return
  const choice = element('select', { id: 'dataset-choice', autocomplete: 'off' })
  choice.append(
    element('option', { value: '' }, `all ${all.length}`),
    ...all.map((dataset, index) => element('option', { value: String(index) }, dataset.querySelector('h3')?.textContent ?? '')),
  )
  choice.addEventListener('change', () => {
    all.forEach((dataset, index) => (dataset.hidden = choice.value !== '' && choice.value !== String(index)))
    byId('boards-status', HTMLParagraphElement).textContent =
      choice.value === '' ? `All ${all.length} datasets.` : `Only ${choice.selectedOptions[0]?.text}.`
  })
  boards.prepend(element('p', { class: 'choice' }, element('label', { for: 'dataset-choice' }, 'Dataset'), choice))
}

/** @param {readonly Row[]} rows */
function datasets(rows) {
  return [...groups(rows, ({ dataset, dataset_digest }) => `${dataset}\n${dataset_digest}`)].map(([first, members]) =>
    element(
      'div',
      { class: 'dataset' },
      element(
        'div',
        { class: 'dataset-head' },
        element('h3', {}, first.dataset),
        element('span', { class: 'digest', title: first.dataset_digest }, `version ${short(first.dataset_digest)}`),
      ),
      ...[...groups(members, ({ metric, variant }) => `${metric}\n${variant}`)].map(([, same]) => board(same)),
    ),
  )
}

/**
 * Groups in the order of first appearance.
 * @param {readonly Row[]} rows
 * @param {(row: Row) => string} keyOf
 * @returns {Iterable<[Row, Row[]]>}
 */
function groups(rows, keyOf) {
  /** @type {Map<string, [Row, Row[]]>} */
  const found = new Map()
  for (const row of rows) {
    const group = found.get(keyOf(row))
    if (group) group[1].push(row)
    else found.set(keyOf(row), [row, [row]])
  }
  return found.values()
}

/** @param {readonly Row[]} rows */
function board(rows) {
  const [first] = rows
  if (!first) return element('div')
  const format = formatOf(unitOf(first))
  const axis = axisOf(rows)
  const ends = element(
    'span',
    { class: 'ends', 'aria-hidden': 'true' },
    element('span', {}, format(axis.from, true)),
    element('span', {}, format(axis.to, true)),
  )
  const better = first.direction === 'higher_is_better' ? 'higher is better' : 'lower is better'
  const head = (/** @type {string} */ name, kind = '') => element('th', { scope: 'col', role: 'columnheader', class: kind }, name)
  const drawn = element('th', { scope: 'col', role: 'columnheader', class: 'plot' })
  drawn.append(element('span', { class: 'visually-hidden' }, 'drawn'), ends)
  const columns = [
    head('rank, model'),
    drawn,
    head('value, interval', 'value'),
    head('n', 'number'),
    head('errored', 'number'),
    head('unscored', 'number unscored'),
    head('method', 'method'),
    head('report', 'report'),
  ]
  return element(
    'table',
    { class: 'board', role: 'table' },
    element(
      'caption',
      {},
      element('b', {}, metricName(first)),
      element('span', { class: 'hint' }, `${first.variant}, ${better}`),
    ),
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...columns)),
    element('tbody', { role: 'rowgroup' }, ...rows.map((row) => line(row, axis))),
  )
}

/** The kind of a subject. Uploaded results may have any name. */
const KINDS = {
  edge_model: 'model on this server',
  embeddings: 'uploaded vectors',
  endpoint: 'external endpoint',
  results: 'uploaded results',
  samples: 'uploaded samples',
  scores: 'uploaded scores',
}

/**
 * @param {Row} row
 * @returns {string}
 */
function reasonOf({ not_ranked: reason, used, items, errored, unscored }) {
  switch (reason) {
    case 'limit':
      return `the first ${formatCount(used)} of ${formatCount(items)} items`
    case 'stopped_early':
      return `stopped after ${formatCount(used)} of ${formatCount(items)} items`
    case 'prediction_powered':
      return `an estimate from ${formatCount(used)} of ${formatCount(items)} items`
    case 'errored':
      return `${counted(errored, 'item')} errored`
    case 'unscored':
      return `${counted(unscored, 'item')} unscored`
    default:
      return 'no value'
  }
}

/**
 * @param {Row} row
 * @param {Axis} axis
 */
function line(row, axis) {
  const format = formatOf(unitOf(row))
  const value = element('td', { role: 'cell', class: 'value' })
  if (row.value === null) value.append(element('b', {}, 'no value'), element('span', { class: 'range' }, 'nothing was scored'))
  else value.append(element('b', {}, format(row.value)), element('span', { class: 'range' }, formatInterval(row, format)))
  const plot = element('td', { role: 'cell', class: 'plot' })
  plot.append(whisker(row, axis))
  const link = reportLink(row.report_digest, row.model)
  return element(
    'tr',
    { role: 'row' },
    element(
      'th',
      { scope: 'row', role: 'rowheader' },
      element('span', { class: 'rank' }, row.rank === null ? '–' : `${row.rank}.`),
      ` ${row.model}`,
      element('span', { class: 'range' }, KINDS[row.subject.type]),
      ...(row.rank === null ? [element('span', { class: 'range' }, `not ranked: ${reasonOf(row)}`)] : []),
    ),
    plot,
    value,
    countCell('n', row.n),
    countCell('errored', row.errored, row.errored > 0),
    countCell('unscored', row.unscored, row.unscored > 0),
    element('td', { role: 'cell', class: 'method' }, row.method === null ? 'none' : methodName(row.method)),
    element('td', { role: 'cell', class: 'report' }, link),
  )
}

/**
 * The interval as a band and the value as a tick, in percent of the drawing's width, so that it needs no
 * size.
 * @param {Row} row
 * @param {Axis} axis
 */
function whisker({ value, low, high }, { from, to }) {
  const at = (/** @type {number} */ point) => Math.min(100, Math.max(0, (100 * (point - from)) / (to - from)))
  const drawing = shape('svg', { class: 'whisker', 'aria-hidden': 'true', focusable: 'false' })
  drawing.append(shape('line', { class: 'whisker-axis', x1: '0', x2: '100%', y1: '50%', y2: '50%' }))
  for (const quarter of [0, 25, 50, 75, 100])
    drawing.append(shape('line', { class: 'whisker-tick', x1: `${quarter}%`, x2: `${quarter}%`, y1: '44%', y2: '56%' }))
  if (low !== null && high !== null)
    drawing.append(
      shape('rect', {
        class: 'whisker-band',
        x: `${at(low)}%`,
        width: `${Math.max(0.6, at(high) - at(low))}%`,
        y: '30%',
        height: '40%',
      }),
    )
  if (value !== null)
    drawing.append(
      shape('rect', {
        class: 'whisker-value',
        x: `${at(value)}%`,
        y: '14%',
        width: '3',
        height: '72%',
        transform: 'translate(-1.5)',
      }),
    )
  return drawing
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 */
function shape(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

/**
 * One axis for all rows of a metric, from its natural origin. Fractions use the whole of theirs and ranks at
 * least the first ten, so that a narrow interval looks narrow.
 * @param {readonly Row[]} rows
 * @returns {Axis}
 */
function axisOf(rows) {
  const [first] = rows
  const unit = first && unitOf(first)
  if (unit === 'fraction') return { from: 0, to: 1 }
  const points = rows.flatMap(({ value, low, high }) => [value, low, high]).filter((point) => point !== null)
  if (unit === 'rank') return { from: 1, to: Math.max(10, roundUp(Math.max(...points))) }
  return { from: Math.min(0, -roundUp(-Math.min(0, ...points))), to: Math.max(roundUp(Math.max(0, ...points)), 1e-9) }
}

/**
 * The next of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 times a power of ten.
 * @param {number} value
 */
function roundUp(value) {
  if (!(value > 0)) return 0
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power
}

/**
 * The unit of a metric; rows do not carry it.
 * @param {Row} row
 * @returns {import('./figures.js').Unit}
 */
function unitOf({ metric }) {
  if (/^(R@\d+|vqa_accuracy|accuracy|mAP@.+)$/.test(metric)) return 'fraction'
  return /rank/i.test(metric) ? 'rank' : 'score'
}
