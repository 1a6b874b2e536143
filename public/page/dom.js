/**
 * The little of the DOM that the page's parts share.
 * @module
 */

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`the page has no #${id}`)
  return found
}

/**
 * Makes an element. Text is always text: names of models and captions are never read as HTML.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/**
 * An element that holds words a person wrote, said to be Chinese where they are, so that screen readers and fonts know.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 * @param {string} text
 */
export function wording(tag, attributes, text) {
  return element(tag, /\p{Script=Han}/u.test(text) ? { ...attributes, lang: 'zh' } : attributes, text)
}

/**
 * Shows a message, or hides its place when there is none.
 * @param {HTMLElement} place
 * @param {...(Node | string)} content
 */
export function say(place, ...content) {
  place.replaceChildren(...content)
  place.hidden = content.length === 0
}

/**
 * Where a problem is told, and the field that it is about, if it is about one.
 * @param {string} id - of the place
 * @param {HTMLInputElement | HTMLTextAreaElement | null} field
 */
export function problemPlace(id, field) {
  const place = byId(id, HTMLParagraphElement)
  return {
    field,
    /**
     * @param {string} what
     * @param {string} [advice]
     */
    tell(what, advice = '') {
      say(place, element('strong', {}, sentence(what)), advice && ` ${advice}`)
      field?.setAttribute('aria-invalid', 'true')
    },
    clear() {
      say(place)
      field?.removeAttribute('aria-invalid')
    },
  }
}

/** @typedef {ReturnType<typeof problemPlace>} ProblemPlace */

/**
 * With a capital letter and a full stop.
 * @param {string} text
 */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.')
}
