/** A report: each metric with counts and interval, and whether its bytes have its digest. @module */
import { datasetName, erroredBoundsOf, Problem, report, retryAdvice } from './api.js'
import { byId, countCell, element, sentence } from './dom.js'
import { formatCount, formatInterval, formatNumber, formatOf, methodName, metricName, short } from './figures.js'
import { INTERVAL_NOTES } from './interval-notes.js'
import { showManifests } from './manifest.js'

/** @typedef {{digest?: string, items?: number, task?: string}} Dataset */
/** @typedef {{dataset?: Dataset, subject?: Record<string, unknown>, seed?: number}} Spec */
/** @typedef {import('./api.js').Schemas['Report'] & {spec: Spec}} Report */

/** @typedef {import('./api.js').Schemas['Interval']} Interval */
/** @typedef {import('./api.js').Schemas['MetricValue']} Metric */

const FRAGMENT = /^#report=(.*)$/
const DIGEST = /^[0-9a-f]{64}$/

/**
 * @param {string} digest
 * @param {string} model
 */
export function reportLink(digest, model) {
  const link = element('a', { href: `#report=${digest}`, class: 'digest', title: digest }, short(digest))
  link.setAttribute('aria-label', `report ${short(digest)} of ${model}`)
  return link
}

/** A report is open while the address names it: it can be linked to, and closed by going back. */
export function startReports() {
  const dialog = byId('report', HTMLDialogElement)
  const follow = () => {
    const digest = FRAGMENT.exec(location.hash)?.[1]
    if (digest !== undefined) void (DIGEST.test(digest) ? open(dialog, digest) : refuse(dialog))
    else if (dialog.open) dialog.close()
  }
  byId('report-close', HTMLButtonElement).addEventListener('click', () => dialog.close())
  dialog.addEventListener('close', () => {
    if (FRAGMENT.test(location.hash)) history.replaceState(null, '', location.pathname + location.search)
  })
  addEventListener('hashchange', follow)
  follow()
}

/** @param {string[]} words */
const problem = (...words) =>
  element('p', { class: 'message problem', role: 'alert' }, element('strong', {}, 'The report could not be loaded: '), ...words)

/**
 * A link that was cut or retyped.
 * @param {HTMLDialogElement} dialog
 */
function refuse(dialog) {
  const body = byId('report-body', HTMLDivElement)
  body.setAttribute('aria-busy', 'false')
  body.replaceChildren(problem('the link has no whole digest, which is 64 digits and letters a to f.'))
  if (!dialog.open) dialog.showModal()
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {string} digest
 */
async function open(dialog, digest) {
  const body = byId('report-body', HTMLDivElement)
  const wanted = () => location.hash === `#report=${digest}`
  body.setAttribute('aria-busy', 'true')
  body.replaceChildren(element('p', { class: 'message' }, 'Loading the report…'))
  if (!dialog.open) dialog.showModal()
  try {
    const bytes = await report(digest)
    const verdict = await verify(bytes, digest)
    if (!wanted()) return
    /** @type {Report} */
    const parsed = JSON.parse(new TextDecoder().decode(bytes))
    const name = await datasetName(parsed.spec.dataset?.digest)
    if (!wanted()) return
    const manifests = element('div', { class: 'manifests' }, element('p', { class: 'hint' }, 'Loading its manifests…'))
    body.replaceChildren(verdict, ...contents(parsed, digest, name), manifests)
    void showManifests(manifests, digest)
    if (parsed.counts.errored > 0) void showErroredBounds(body, parsed, digest)
  } catch (error) {
    if (!wanted()) return
    if (!(error instanceof Problem)) throw error
    body.replaceChildren(
      problem(
        error.status === 404
          ? 'no public report has this digest. A private one is read with a key.'
          : `${sentence(error.message)} ${retryAdvice(error)}`.trim(),
      ),
    )
  } finally {
    if (wanted()) body.setAttribute('aria-busy', 'false')
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} digest
 */
async function verify(bytes, digest) {
  // Browsers compute digests only on secure origins.
  if (!crypto.subtle) return element('p', { class: 'hint' }, `Its digest is the SHA-256 of its bytes: ${digest}`)
  const computed = [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
  return computed === digest
    ? element(
        'p',
        { class: 'message notice' },
        element('strong', {}, 'Recomputed here: '),
        'the SHA-256 of its bytes is ',
        element('span', { class: 'digest' }, digest),
        ', as its name says.',
      )
    : element(
        'p',
        { class: 'message problem', role: 'alert' },
        element('strong', {}, 'These bytes are not what their name says: '),
        'their SHA-256 is ',
        element('span', { class: 'digest' }, computed),
        '.',
      )
}

/**
 * @param {Report} report
 * @param {string} digest
 * @param {string | null} name - of the dataset; the report has none, since a name may change
 */
function contents({ spec, counts, stopping, prediction_powered: powered, criteria }, digest, name) {
  const { dataset, subject } = spec
  /** @type {[string, string][]} */
  const rows = [
    ['Subject', [subject?.['name'] ?? subject?.['model'], subject?.['version'], subject?.['type']].filter(Boolean).join(', ')],
    [
      'Dataset',
      [name, `version ${short(dataset?.digest ?? '')}`, `${formatCount(dataset?.items ?? 0)} items`].filter(Boolean).join(', '),
    ],
    ['Task', (dataset?.task ?? '').replaceAll('_', ' ')],
    [
      'Items',
      ['planned', 'used', 'scored', 'errored', 'unscored']
        .map((name) => `${name} ${formatCount(countOf(counts, name))}`)
        .join(', '),
    ],
    ['Seed', String(spec.seed ?? 0)],
  ]
  if (stopping)
    rows.push([
      'Stopping rule',
      `after ${formatCount(stopping.tau)} items, rule ${stopping.rule_met ? 'met' : 'not met'}: the dataset’s full score lies in ` +
        `${formatNumber(stopping.low, 4)} to ${formatNumber(stopping.high, 4)}`,
    ])
  if (powered) {
    const format = formatOf(unitOf(powered.estimate))
    const { value, interval } = powered.estimate
    rows.push([
      'Prediction-powered',
      `${powered.criterion}: ${value === null ? 'no value' : format(value)}, ${formatInterval(interval, format)}, ` +
        `${formatCount(powered.gold)} gold items, λ ${formatNumber(powered.lambda, 2)}`,
    ])
  }
  return [
    element('dl', { class: 'identity' }, ...rows.flatMap(([term, text]) => [element('dt', {}, term), element('dd', {}, text)])),
    ...criteria.map(({ name, type, metrics }) => table(`${name}, ${type.replaceAll('_', ' ')}`, metrics)),
    ...explanations(criteria.flatMap(({ metrics }) => metrics)),
    element('p', { class: 'hint' }, element('a', { href: `/v1/reports/${digest}` }, 'The report’s bytes'), ', canonical JSON.'),
  ]
}

/**
 * @param {Report['counts']} counts
 * @param {string} name
 */
const countOf = (counts, name) => counts[/** @type {keyof Report['counts']} */ (name)]

/**
 * @param {Metric} metric
 * @returns {import('./figures.js').Unit}
 */
function unitOf({ unit }) {
  return unit === 'fraction' || unit === 'rank' ? unit : 'score'
}

/**
 * @param {string} title
 * @param {readonly Metric[]} metrics
 */
function table(title, metrics) {
  const head = ['metric', 'value', 'interval', 'n', 'errored', 'unscored', 'missing', 'method']
  return element(
    'table',
    { class: 'metrics', role: 'table' },
    element('caption', {}, element('b', {}, title)),
    element(
      'thead',
      { role: 'rowgroup' },
      element('tr', { role: 'row' }, ...head.map((name) => element('th', { scope: 'col', role: 'columnheader' }, name))),
    ),
    element('tbody', { role: 'rowgroup' }, ...metrics.map(line)),
  )
}

/**
 * A sentence for each note that an interval carries.
 * @param {readonly Metric[]} metrics
 */
function explanations(metrics) {
  const codes = new Set(metrics.flatMap(({ interval }) => interval?.notes ?? []))
  const known = [...codes].flatMap((code) => {
    const text = INTERVAL_NOTES[code]
    return text === undefined ? [] : [element('dt', {}, code.replaceAll('_', ' ')), element('dd', {}, text)]
  })
  return known.length === 0 ? [] : [element('dl', { class: 'identity', 'aria-label': 'Notes on intervals' }, ...known)]
}

/**
 * Says below each mean how far its errored items could move it. Without an answer, counts alone tell of them.
 * @param {HTMLElement} body @param {Report} report @param {string} digest
 */
async function showErroredBounds(body, { criteria }, digest) {
  const bounds = await erroredBoundsOf(digest).catch(() => [])
  const tables = body.querySelectorAll('table.metrics')
  for (const { criterion, metric, variant, low, high } of bounds) {
    const place = criteria.findIndex(({ name }) => name === criterion)
    const metrics = criteria[place]?.metrics ?? []
    const row = metrics.findIndex((each) => each.metric === metric && each.variant === variant && each.slice === undefined)
    const cell = tables[place]?.querySelectorAll('tbody tr')[row]?.querySelector('.value')
    const of = metrics[row]
    if (!cell || !of) continue
    const format = formatOf(unitOf(of))
    cell.append(element('span', { class: 'range' }, `${format(low)} to ${format(high)} with its errored items`))
  }
}

/** @param {Metric} metric */
function line(metric) {
  const { variant, slice, value, interval, n, errored, unscored, missing } = metric
  const format = formatOf(unitOf(metric))
  return element(
    'tr',
    { role: 'row' },
    element(
      'th',
      { scope: 'row', role: 'rowheader' },
      metricName(metric),
      element('span', { class: 'range' }, slice === undefined ? variant : `${variant}, ${slice}`),
    ),
    element('td', { role: 'cell', class: 'value' }, value === null ? 'no value' : format(value)),
    element('td', { role: 'cell', class: 'interval' }, formatInterval(interval, format)),
    countCell('n', n),
    ...Object.entries({ errored, unscored }).map(([name, count]) => countCell(name, count, count > 0)),
    // Items that the run did not select, on purpose.
    countCell('missing', missing),
    element('td', { role: 'cell', class: 'method' }, interval === null ? 'none' : methodText(interval)),
  )
}

/** @param {Interval} interval */
function methodText({ method, target, clusters, notes = [] }) {
  const parts = [methodName(method), `${clusters} ${clusters === 1 ? 'cluster' : 'clusters'}`, `of ${target}`, ...notes]
  return parts.map((part) => part.replaceAll('_', ' ')).join(', ')
}
