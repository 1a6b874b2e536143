/**
 * The form: captions to score, labels to classify a picture among, a question, a statement or the wish for a
 * caption; the answer, and how to repeat it.
 * @module
 */
import { show } from './answer.js'
import { explain, Problem } from './api.js'
import { askAbout } from './ask-about.js'
import { byId, element, problemPlace, say } from './dom.js'
import { faultOf } from './checks.js'
import { startModelField } from './model-field.js'
import { startPictureField } from './picture-field.js'
import { UnusablePicture } from './picture.js'
import { curlOf, fragmentOf, readFragment } from './question.js'
import { SAMPLES, TEMPLATES } from './samples.js'

/** @typedef {import('./question.js').Mode} Mode */
/** @typedef {import('./question.js').Asked} Asked */
/** @typedef {import('./answer.js').View} View */
/** @typedef {import('./picture-field.js').Taken} Taken */
/** @typedef {{view: View, taken: Taken, curl: string, link: string, failure: string}} Result */

const VERBS = {
  score: ['Score', 'Scoring…'],
  classify: ['Classify', 'Classifying…'],
  question: ['Ask', 'Asking…'],
  statement: ['Judge', 'Judging…'],
  caption: ['Write a caption', 'Writing…'],
}

export function startAsk() {
  const form = byId('ask', HTMLFormElement)
  const captions = byId('captions', HTMLTextAreaElement)
  const labels = byId('labels', HTMLTextAreaElement)
  const templates = byId('templates', HTMLTextAreaElement)
  const question = byId('question', HTMLTextAreaElement)
  const statement = byId('statement', HTMLTextAreaElement)
  const submit = byId('submit', HTMLButtonElement)
  const status = byId('ask-status', HTMLParagraphElement)
  const modes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll('input[name=mode]')])

  let busy = false
  /** @type {Record<Mode, Result | null>} */
  const results = { score: null, classify: null, question: null, statement: null, caption: null }

  const picture = startPictureField({ changed, isWords: (target) => target instanceof HTMLTextAreaElement })
  const problems = {
    picture: picture.problem,
    captions: problemPlace('captions-problem', captions),
    labels: problemPlace('labels-problem', labels),
    templates: problemPlace('templates-problem', templates),
    question: problemPlace('question-problem', question),
    statement: problemPlace('statement-problem', statement),
    ask: problemPlace('ask-problem', null),
  }
  const model = startModelField(changed)

  /** The words of a mode, and the place of their problems. */
  const fields = { score: captions, classify: labels, question, statement, caption: null }
  const places = {
    score: problems.captions,
    classify: problems.labels,
    question: problems.question,
    statement: problems.statement,
  }

  const mode = () => /** @type {Mode} */ (modes.find(({ checked }) => checked)?.value ?? 'score')
  /** @returns {Asked} */
  const asked = () => ({
    mode: mode(),
    lines: wordsOf(mode()),
    templates: linesOf(templates),
    model: model.chosen(),
    sample: picture.taken()?.sample ?? '',
  })

  /** @param {Mode} of */
  function wordsOf(of) {
    const field = fields[of]
    if (field === null) return []
    return of === 'question' || of === 'statement' ? [field.value.trim().replaceAll(/\s+/g, ' ')].filter(Boolean) : linesOf(field)
  }

  function changed() {
    problems.ask.clear()
    sayWhetherStale()
  }

  function sayWhetherStale() {
    const result = results[mode()]
    const same = result?.taken === picture.taken() && result?.link === fragmentOf(asked())
    byId('results-stale', HTMLParagraphElement).hidden = same
  }

  function counts() {
    for (const [field, id] of /** @type {const} */ ([
      [captions, 'captions-count'],
      [labels, 'labels-count'],
    ]))
      byId(id, HTMLSpanElement).textContent = field.value.trim() === '' ? '' : `Now ${linesOf(field).length}.`
    const prompts = linesOf(templates)
    byId('prompts-summary', HTMLElement).textContent =
      `Prompts for each label: ${prompts.map((prompt) => `“${prompt}”`).join(', ') || 'none yet'}`
  }

  /** Shows the fields and results of the mode. */
  function settleMode() {
    const now = mode()
    for (const one of Object.keys(VERBS)) byId(`panel-${one}`, HTMLDivElement).hidden = one !== now
    model.settle(now)
    if (!busy) submit.textContent = VERBS[now][0] ?? ''
    problems.ask.clear()
    const result = results[now]
    byId('results', HTMLDivElement).hidden = result === null
    if (result === null) return
    show(result.view)
    showRepeat(result)
    sayWhetherStale()
  }

  for (const radio of modes) radio.addEventListener('change', settleMode)
  for (const [field, place] of /** @type {const} */ ([
    [captions, problems.captions],
    [labels, problems.labels],
    [templates, problems.templates],
    [question, problems.question],
    [statement, problems.statement],
  ])) {
    field.addEventListener('input', () => {
      counts()
      place.clear()
      changed()
    })
    field.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
    })
  }

  /**
   * @param {Mode} of
   * @param {readonly string[]} lines
   * @param {readonly string[]} prompts
   */
  function write(of, lines, prompts) {
    const field = fields[of]
    if (field !== null) field.value = lines.join('\n')
    if (of === 'classify') templates.value = (prompts.length > 0 ? prompts : TEMPLATES).join('\n')
    counts()
    for (const place of [...Object.values(places), problems.templates]) place.clear()
  }

  /** @param {string} name */
  function takeSample(name) {
    const sample = Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined
    if (sample === undefined) return
    const given = fetch(`/samples/${sample.file}`).then(
      (response) => (response.ok ? response.blob() : null),
      () => null,
    )
    void picture.take(given, { name: sample.file, alt: sample.alt, kept: false, sample: name })
  }

  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll('[data-sample]')))
    button.addEventListener('click', () => {
      const sample = SAMPLES[button.dataset['sample'] ?? '']
      if (sample === undefined) return
      // Words that the visitor wrote stay; those of another sample are replaced.
      if (lent(linesOf(captions), 'captions')) write('score', sample.captions, [])
      if (lent(linesOf(labels), 'labels') && lent(linesOf(templates), 'templates'))
        write('classify', sample.labels, sample.templates)
      if (sample.question && lent(wordsOf('question'), 'question')) write('question', [sample.question], [])
      if (sample.statement && lent(wordsOf('statement'), 'statement')) write('statement', [sample.statement], [])
      takeSample(button.dataset['sample'] ?? '')
    })

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (busy) return
    for (const place of [...Object.values(places), problems.templates, problems.ask]) place.clear()
    showBusy()
    await picture.settled()
    const wanted = asked()
    let field = refused(wanted)
    if (picture.taken() === null) {
      picture.tellMissing()
      field = problems.picture.field
    }
    if (field !== null) {
      showIdle()
      status.textContent = ''
      return field.focus()
    }

    try {
      const { view, taken } = await askAbout(picture, wanted)
      results[wanted.mode] = {
        view,
        taken,
        curl: curlOf(location.origin, { name: taken.name, lent: taken.sample !== '' }, wanted),
        link: fragmentOf(wanted),
        failure: failureShown(wanted),
      }
      status.textContent = view.told
    } catch (error) {
      status.textContent = ''
      if (error instanceof Problem) {
        const { place, advice } = explain(error)
        if (place === 'templates') byId('prompts', HTMLDetailsElement).open = true
        // If the mode changed meanwhile, this question's fields are hidden.
        const there = mode() === wanted.mode ? problems[place] : problems.ask
        there.tell(error.message, advice)
        there.field?.focus()
      } else if (error instanceof UnusablePicture) problems.picture.tell(error.message)
      else throw error
    } finally {
      showIdle()
    }
    if (status.textContent) settleMode()
  })

  function showBusy() {
    busy = true
    const [, doing = ''] = VERBS[mode()]
    submit.setAttribute('aria-disabled', 'true')
    submit.textContent = doing
    status.textContent = doing
  }

  function showIdle() {
    busy = false
    submit.removeAttribute('aria-disabled')
    submit.textContent = VERBS[mode()][0] ?? ''
  }

  /**
   * Checks the words before they are sent.
   * @param {Asked} wanted
   * @returns {HTMLElement | null} the first wrong field
   */
  function refused(wanted) {
    const fault = faultOf(wanted)
    if (fault === null) return null
    if (fault.place === 'templates') byId('prompts', HTMLDetailsElement).open = true
    problems[fault.place].tell(fault.what, fault.advice)
    return problems[fault.place].field
  }

  /** A link with a question fills the form, without asking: the budget is shared. */
  function openLink() {
    const linked = readFragment(location.hash)
    if (linked === null) return
    for (const radio of modes) radio.checked = radio.value === linked.mode
    write(linked.mode, linked.lines, linked.templates)
    settleMode()
    model.choose(linked.model)
    changed()
    takeSample(linked.sample)
    byId('score', HTMLElement).scrollIntoView()
  }

  templates.value = TEMPLATES.join('\n')
  counts()
  settleMode()
  openLink()
  addEventListener('hashchange', openLink)
}

/**
 * Captions, labels or prompts, one per line.
 * @param {HTMLTextAreaElement} field
 */
function linesOf(field) {
  return field.value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/**
 * Whether the visitor did not write these words: there are none, or they are a sample's.
 * @param {readonly string[]} lines
 * @param {'captions' | 'labels' | 'templates' | 'question' | 'statement'} kind
 */
function lent(lines, kind) {
  const text = lines.join('\n')
  return text === '' || Object.values(SAMPLES).some((sample) => [sample[kind] ?? []].flat().join('\n') === text)
}

/**
 * The failure that a sample demonstrates, while its own words are asked.
 * @param {Asked} question
 */
function failureShown({ mode, lines, sample }) {
  const lending = SAMPLES[sample]
  const words = mode === 'score' ? lending?.captions : mode === 'classify' ? lending?.labels : undefined
  return words?.join('\n') === lines.join('\n') ? (lending?.failure ?? '') : ''
}

/** Object URL of a picture that the visitor has no file of. */
let saved = ''

/** @param {Result} result */
function showRepeat({ taken: { blob, name, kept, sample }, curl, link, failure }) {
  const why = byId('results-failure', HTMLParagraphElement)
  if (failure) say(why, element('strong', {}, 'This sample fails on purpose.'), ` ${failure}`)
  else say(why)
  byId('repeat', HTMLElement).textContent = curl
  const save = byId('repeat-save', HTMLParagraphElement)
  if (saved) URL.revokeObjectURL(saved)
  saved = kept || sample ? '' : URL.createObjectURL(blob)
  if (saved) say(save, 'First save the picture as it was sent: ', element('a', { href: saved, download: name }, name), '.')
  else say(save)
  byId('repeat-link', HTMLAnchorElement).href = link
  byId('repeat-link-lacks', HTMLSpanElement).hidden = sample !== ''
}
