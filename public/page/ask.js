/**
 * The form: captions to score or labels to classify a picture among; the answer, and how to repeat it.
 * @module
 */
import { viewOfClasses, viewOfScores, show } from './answer.js'
import { classify, explain, models, Problem, score } from './api.js'
import { byId, element, problemPlace, say } from './dom.js'
import { startPictureField } from './picture-field.js'
import { readable, UnusablePicture } from './picture.js'
import { curlOf, fragmentOf, readFragment } from './question.js'
import { SAMPLES, TEMPLATES } from './samples.js'

const MAX_LINES = 16
/** Each costs one prompt per label, of a budget that all visitors share. */
const MAX_TEMPLATES = 8

/** @typedef {'score' | 'classify'} Mode */
/** @typedef {import('./question.js').Asked} Asked */
/** @typedef {import('./answer.js').View} View */
/** @typedef {import('./picture-field.js').Taken} Taken */
/** @typedef {{view: View, taken: Taken, curl: string, link: string, failure: string}} Result */

const VERBS = { score: ['Score', 'Scoring…'], classify: ['Classify', 'Classifying…'] }

export function startAsk() {
  const form = byId('ask', HTMLFormElement)
  const captions = byId('captions', HTMLTextAreaElement)
  const labels = byId('labels', HTMLTextAreaElement)
  const templates = byId('templates', HTMLTextAreaElement)
  const chosen = byId('model', HTMLSelectElement)
  const submit = byId('submit', HTMLButtonElement)
  const status = byId('ask-status', HTMLParagraphElement)
  const modes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll('input[name=mode]')])

  let busy = false
  /** @type {Record<Mode, Result | null>} */
  const results = { score: null, classify: null }

  const picture = startPictureField({ changed, isWords: (target) => target instanceof HTMLTextAreaElement })
  const problems = {
    picture: picture.problem,
    captions: problemPlace('captions-problem', captions),
    labels: problemPlace('labels-problem', labels),
    templates: problemPlace('templates-problem', templates),
    ask: problemPlace('ask-problem', null),
  }

  const mode = () => /** @type {Mode} */ (modes.find(({ checked }) => checked)?.value ?? 'score')
  /** @returns {Asked} */
  const asked = () => ({
    mode: mode(),
    lines: linesOf(mode() === 'score' ? captions : labels),
    templates: linesOf(templates),
    model: chosen.value,
    sample: picture.taken()?.sample ?? '',
  })

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
    byId('panel-score', HTMLDivElement).hidden = now !== 'score'
    byId('panel-classify', HTMLDivElement).hidden = now !== 'classify'
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
  chosen.addEventListener('change', () => {
    changed()
    void sayLanguages(chosen.value)
  })
  for (const [field, place] of /** @type {const} */ ([
    [captions, problems.captions],
    [labels, problems.labels],
    [templates, problems.templates],
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
    const field = of === 'score' ? captions : labels
    field.value = lines.join('\n')
    if (of === 'classify') templates.value = (prompts.length > 0 ? prompts : TEMPLATES).join('\n')
    counts()
    for (const place of [problems.captions, problems.labels, problems.templates]) place.clear()
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
      takeSample(button.dataset['sample'] ?? '')
    })

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (busy) return
    const question = asked()
    for (const place of [problems.captions, problems.labels, problems.templates, problems.ask]) place.clear()
    let field = refused(question)
    const taken = picture.taken()
    if (taken === null) {
      problems.picture.tell('There is no picture yet.', 'Choose one, drop one on the page, or take a sample.')
      field = problems.picture.field
    }
    if (field !== null || taken === null) return field?.focus()

    busy = true
    const [, doing = ''] = VERBS[question.mode]
    submit.setAttribute('aria-disabled', 'true')
    submit.textContent = doing
    status.textContent = doing
    try {
      const image = await readable(taken.blob)
      const { lines, templates: prompts } = question
      const view =
        question.mode === 'score'
          ? viewOfScores(await score(image, question.model, lines))
          : viewOfClasses(await classify(image, question.model, lines, prompts), prompts)
      results[question.mode] = {
        view,
        taken,
        curl: curlOf(location.origin, { name: taken.name, lent: taken.sample !== '' }, question),
        link: fragmentOf(question),
        failure: failureShown(question),
      }
      status.textContent = view.told
    } catch (error) {
      status.textContent = ''
      if (error instanceof Problem) {
        const { place, advice } = explain(error)
        if (place === 'templates') byId('prompts', HTMLDetailsElement).open = true
        // If the mode changed meanwhile, this question's fields are hidden.
        const there = mode() === question.mode ? problems[place] : problems.ask
        there.tell(error.message, advice)
        there.field?.focus()
      } else if (error instanceof UnusablePicture) problems.picture.tell(error.message)
      else throw error
    } finally {
      busy = false
      submit.removeAttribute('aria-disabled')
      submit.textContent = VERBS[mode()][0] ?? ''
    }
    if (status.textContent) settleMode()
  })

  /**
   * Checks the words before they are sent.
   * @param {Asked} question
   * @returns {HTMLElement | null} the first wrong field
   */
  function refused({ mode, lines, templates: prompts }) {
    if (mode === 'score') {
      if (lines.length === 0) return told('captions', 'There is no caption yet.', 'Type at least one.')
      if (lines.length > MAX_LINES)
        return told(
          'captions',
          `These are ${lines.length} captions; the page scores at most ${MAX_LINES} at once.`,
          'Take some away, or use the API for up to 64.',
        )
      return null
    }
    const twice = repeated(lines)
    const promptTwice = repeated(prompts)
    const placeless = prompts.find((prompt) => !prompt.includes('{}'))
    if (lines.length < 2)
      return told(
        'labels',
        `There ${lines.length === 1 ? 'is one label' : 'are no labels'} yet.`,
        'Type two or more, one per line.',
      )
    if (twice !== undefined) return told('labels', `“${twice}” is there twice.`, 'Labels must differ: take one away.')
    if (lines.length > MAX_LINES)
      return told(
        'labels',
        `These are ${lines.length} labels; the page takes at most ${MAX_LINES} at once.`,
        'Take some away, or use the API for up to 1000.',
      )
    if (prompts.length === 0)
      return told('templates', 'There is no prompt.', 'Type {} alone to use each label as its own prompt.')
    if (placeless !== undefined)
      return told('templates', `“${placeless}” has no {}.`, 'Put {} where the label goes: a picture of {}')
    if (promptTwice !== undefined)
      return told('templates', `“${promptTwice}” is there twice.`, 'It would weigh twice: take one away.')
    if (prompts.length > MAX_TEMPLATES)
      return told(
        'templates',
        `These are ${prompts.length} prompts; the page takes at most ${MAX_TEMPLATES}.`,
        'Take some away, or use the API for up to 100.',
      )
    return null
  }

  /**
   * @param {'captions' | 'labels' | 'templates'} place
   * @param {string} what
   * @param {string} advice
   */
  function told(place, what, advice) {
    if (place === 'templates') byId('prompts', HTMLDetailsElement).open = true
    problems[place].tell(what, advice)
    return problems[place].field
  }

  /** A link with a question fills the form, without asking: the budget is shared. */
  function openLink() {
    const linked = readFragment(location.hash)
    if (linked === null) return
    for (const radio of modes) radio.checked = radio.value === linked.mode
    write(linked.mode, linked.lines, linked.templates)
    choose(linked.model)
    changed()
    settleMode()
    takeSample(linked.sample)
    byId('score', HTMLElement).scrollIntoView()
  }

  templates.value = TEMPLATES.join('\n')
  counts()
  settleMode()
  openLink()
  addEventListener('hashchange', openLink)
  void offerModels(chosen).then(() => sayLanguages(chosen.value))

  /** @param {string} model - empty for the choice by the picture */
  function choose(model) {
    if (model && ![...chosen.options].some(({ value }) => value === model)) chosen.append(new Option(model, model))
    chosen.value = model
    void sayLanguages(model)
  }
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
 * @param {'captions' | 'labels' | 'templates'} kind
 */
function lent(lines, kind) {
  const text = lines.join('\n')
  return text === '' || Object.values(SAMPLES).some((sample) => sample[kind].join('\n') === text)
}

/**
 * The failure that a sample demonstrates, while its own words are asked.
 * @param {Asked} question
 */
function failureShown({ mode, lines, sample }) {
  const lending = SAMPLES[sample]
  const words = mode === 'score' ? lending?.captions : lending?.labels
  return words?.join('\n') === lines.join('\n') ? (lending?.failure ?? '') : ''
}

/** @param {readonly string[]} lines */
function repeated(lines) {
  return lines.find((line, index) => lines.indexOf(line) < index)
}

/**
 * Adds an option for each model of the server.
 * @param {HTMLSelectElement} select
 */
async function offerModels(select) {
  for (const { id, manifest } of await models()) {
    const domain = typeof manifest.domain === 'object' ? manifest.domain : null
    const words = domain ? `${id}, for ${domain.pictures.map((kind) => `${kind}s`).join(' and ')}` : id
    const offered = [...select.options].find(({ value }) => value === id)
    if (offered) offered.text = words
    else select.append(new Option(words, id))
  }
}

/**
 * Names the languages of the chosen model; without a choice, those of all models, and who knows the others.
 * @param {string} chosen - id of a model, or empty
 */
async function sayLanguages(chosen) {
  const all = (await models()).filter(({ id }) => chosen === '' || id === chosen)
  const shared = (all[0]?.manifest.languages ?? []).filter((code) =>
    all.every(({ manifest }) => manifest.languages.includes(code)),
  )
  const further = all.flatMap(({ id, manifest }) => {
    const own = manifest.languages.filter((code) => !shared.includes(code))
    return own.length === 0 ? [] : [`${languageList(own)} for ${id} alone`]
  })
  const words = shared.length === 0 ? '' : ` and in ${[languageList(shared), ...further].join(', or in ')}`
  for (const place of document.querySelectorAll('.languages')) place.textContent = words
}

/** @param {readonly string[]} codes */
function languageList(codes) {
  const names = new Intl.DisplayNames('en', { type: 'language' })
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(codes.map((code) => names.of(code) ?? code))
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
