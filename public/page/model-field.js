/**
 * The choice of a model: those that can do what is asked, what they are for, and their languages.
 * @module
 */
import { models } from './api.js'
import { byId } from './dom.js'

/** @typedef {import('./question.js').Mode} Mode */
/** @typedef {import('./api.js').Model} Model */

/** @param {() => void} changed - called after each choice */
export function startModelField(changed) {
  const select = byId('model', HTMLSelectElement)
  /** @type {Mode} */
  let mode = 'score'

  select.addEventListener('change', () => {
    changed()
    void sayLanguages(mode, select.value)
  })

  /** Offers the models for the mode. The choice stays where it can. */
  async function offer() {
    const now = mode
    const all = await models()
    const able = all.filter((model) => does(model, now))
    if (mode !== now) return
    const before = select.value
    const first = new Option(embeds(now) ? 'chosen by the picture' : 'the default one', '')
    select.replaceChildren(first, ...able.map((model) => new Option(wordsFor(model), model.id)))
    // An unknown model, of a link, stays: the server says what it lacks.
    const unable = all.some(({ id }) => id === before) && !able.some(({ id }) => id === before)
    choose(unable ? '' : before)
  }

  /** @param {string} id - empty for no choice */
  function choose(id) {
    if (id && ![...select.options].some(({ value }) => value === id)) select.append(new Option(id, id))
    select.value = id
    void sayLanguages(mode, id)
  }

  return {
    chosen: () => select.value,
    choose,
    /** @param {Mode} to */
    settle(to) {
      if (embeds(mode) !== embeds(to)) select.value = ''
      mode = to
      byId('purpose', HTMLParagraphElement).hidden = !embeds(to)
      byId('purpose-answering', HTMLParagraphElement).hidden = embeds(to)
      void offer()
    },
  }
}

/** @param {Mode} mode */
const embeds = (mode) => mode === 'score' || mode === 'classify'

/**
 * @param {Model} model
 * @param {Mode} mode
 */
function does({ manifest }, mode) {
  return 'skills' in manifest ? manifest.skills.some((skill) => skill === mode) : embeds(mode)
}

/** @param {Model} model */
function wordsFor({ id, manifest: { domain } }) {
  return typeof domain === 'object' ? `${id}, for ${domain.pictures.map((kind) => `${kind}s`).join(' and ')}` : id
}

/**
 * Names the languages of the chosen model; without a choice, those of all models, and who knows the others.
 * @param {Mode} mode
 * @param {string} chosen - id of a model, or empty
 */
async function sayLanguages(mode, chosen) {
  const able = (await models()).filter((model) => does(model, mode) && (chosen === '' || model.id === chosen))
  const shared = (able[0]?.manifest.languages ?? []).filter((code) =>
    able.every(({ manifest }) => manifest.languages.includes(code)),
  )
  const further = able.flatMap(({ id, manifest }) => {
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
