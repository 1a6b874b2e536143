/**
 * Follows a run live: how far it is, what its means are worth so far, what went wrong, and how it ended. The
 * key stays in this page's memory.
 * @module
 */
import { Problem, retryAdvice } from './api.js'
import { byId, element, problemPlace, say, sentence } from './dom.js'
import { eventsOf } from './event-stream.js'
import { counted, formatCount, formatNumber } from './figures.js'
import { reportLink } from './report.js'

/** @typedef {Record<'total' | 'passed' | 'failed' | 'errored', number>} Items */
/** @typedef {Record<'total' | 'recorded' | 'failed' | 'skipped', number>} Parts */
/** @typedef {{result_counts: Items, shards: Parts}} Counts */

/**
 * @typedef {object} Value
 * @property {string} criterion
 * @property {string} metric
 * @property {number | null} value
 * @property {number} low
 * @property {number} high
 * @property {number} level
 * @property {number} n
 */

/**
 * @typedef {object} End
 * @property {string} status
 * @property {string | null} report_digest
 * @property {{message: string} | null} error
 * @property {string | null} gate
 */

/** `eval_…/evalrun_…`, alone or in an address of the API. */
const RUN = /(eval_[\w-]{1,64})\/(?:runs\/)?(evalrun_[\w-]{1,64})/

/** Others cannot be sent in a header. */
const KEY = /^[!-~]+$/

/** Log lines that stay on the page. */
const LINES = 50

export function startWatching() {
  const form = byId('watch-form', HTMLFormElement)
  const run = byId('watch-run', HTMLInputElement)
  const key = byId('watch-key', HTMLInputElement)
  const button = byId('watch-submit', HTMLButtonElement)
  const problem = problemPlace('watch-problem', run)
  /** @type {AbortController | null} */
  let following = null

  const fromAddress = () => {
    const named = RUN.exec(location.hash.startsWith('#run=') ? location.hash : '')
    if (named === null) return
    run.value = `${named[1]}/${named[2]}`
    byId('watch', HTMLElement).scrollIntoView()
    key.focus()
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (following !== null) return following.abort()
    problem.clear()
    key.removeAttribute('aria-invalid')
    const named = RUN.exec(run.value)
    if (named === null) {
      problem.tell('This names no run.', 'Paste its address, /v1/evals/eval_…/runs/evalrun_…, or eval_…/evalrun_….')
      return run.focus()
    }
    if (key.value.trim() === '') {
      problem.tell('There is no key yet.', 'A run is watched with a key of its owner.')
      run.removeAttribute('aria-invalid')
      key.setAttribute('aria-invalid', 'true')
      return key.focus()
    }
    if (!KEY.test(key.value.trim())) {
      problem.tell('This is not a key.', 'A key is assay_ and letters, digits, “-” or “_”.')
      run.removeAttribute('aria-invalid')
      key.setAttribute('aria-invalid', 'true')
      return key.focus()
    }
    const [, evalId = '', runId = ''] = named
    following = new AbortController()
    button.textContent = 'Stop watching'
    const view = openView(`${evalId}/${runId}`)
    try {
      const path = `/v1/evals/${evalId}/runs/${runId}/events`
      for await (const { type, data } of eventsOf(path, key.value.trim(), following.signal, (one) => one === 'run.ended'))
        view.take(type, data)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const advice = error.status === 401 || error.status === 403 ? 'Check the key.' : retryAdvice(error)
      problem.tell(error.message, advice || 'Check the run and the key.')
    } finally {
      following = null
      button.textContent = 'Watch'
      view.rest()
    }
  })
  addEventListener('hashchange', fromAddress)
  fromAddress()
}

/**
 * The place of one run's events, emptied.
 * @param {string} name
 */
function openView(name) {
  const place = byId('watch-view', HTMLDivElement)
  const status = byId('watch-status', HTMLParagraphElement)
  const bar = element('progress', { 'aria-label': 'Items with a result', max: '1', value: '0' })
  const counts = element('p', { class: 'hint' }, 'Waiting for the first event…')
  const values = element('ul', { class: 'watch-values', 'aria-label': 'Values so far' })
  const log = element('ol', { class: 'watch-log', 'aria-label': 'Log' })
  const end = element('p', { class: 'message notice', hidden: '' })
  place.replaceChildren(element('h3', {}, name), bar, counts, values, log, end)
  place.hidden = false
  status.textContent = `Watching ${name}.`

  /** @param {Counts} data */
  function takeCounts({ result_counts: items, shards }) {
    const done = shards.recorded + shards.failed + shards.skipped
    bar.max = Math.max(1, shards.total)
    bar.value = done
    counts.textContent =
      `${formatCount(done)} of ${counted(shards.total, 'part')} done; ${counted(items.total, 'item')}: ` +
      `${formatCount(items.passed)} passed, ${formatCount(items.failed)} failed, ${formatCount(items.errored)} errored so far.`
  }

  return {
    /**
     * @param {string} type
     * @param {any} data
     */
    take(type, data) {
      if ('result_counts' in data) takeCounts(data)
      if (type === 'run.values') values.replaceChildren(...data.values.map((/** @type {any} */ value) => valueLine(value, data)))
      if (type === 'run.log') {
        log.append(element('li', { class: data.level }, `${data.level}: ${data.message}`))
        while (log.children.length > LINES) log.firstElementChild?.remove()
      }
      if (type === 'run.ended') {
        say(end, ...endOf(data, name))
        status.textContent = end.textContent
      }
    },
    rest() {
      if (end.hidden) status.textContent = `No longer watching ${name}.`
    },
  }
}

/**
 * @param {Value} value
 * @param {{items: number, of: number}} sample
 */
function valueLine({ criterion, metric, value, low, high, level, n }, { items, of }) {
  return element(
    'li',
    {},
    element('b', {}, `${criterion}, ${metric.replaceAll('_', ' ')}: ${value === null ? 'no value' : formatNumber(value, 3)}`),
    element(
      'span',
      { class: 'hint' },
      ` ${formatNumber(low, 3)} to ${formatNumber(high, 3)} at ${Math.round(100 * level)} %, n ${formatCount(n)}, ` +
        `after ${formatCount(items)} of ${formatCount(of)} items; valid however often you look`,
    ),
  )
}

/**
 * @param {End} data
 * @param {string} name
 * @returns {(Node | string)[]}
 */
function endOf({ status, report_digest: digest, error, gate }, name) {
  return [
    element('strong', {}, `The run is ${status}.`),
    ...(error === null ? [] : [` ${sentence(error.message)}`]),
    ...(gate === null ? [] : [` Its gate says: ${gate}.`]),
    ...(digest === null ? [] : [' Report ', reportLink(digest, name), ', if the run is public.']),
  ]
}
