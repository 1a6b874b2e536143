/**
 * DOM helpers that the page's parts share.
 * @module
 */
import { formatCount } from './figures.js'

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
 * Makes an element. Text is always text: names and captions are never parsed as HTML.
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
 * An element with a visitor's words. Chinese ones are marked, for screen readers and fonts.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 * @param {string} text
 */
export function wording(tag, attributes, text) {
  return element(tag, /\p{Script=Han}/u.test(text) ? { ...attributes, lang: 'zh' } : attributes, text)
}

/**
 * Shows a message; hides its place without one.
 * @param {HTMLElement} place
 * @param {...(Node | string)} content
 */
export function say(place, ...content) {
  place.replaceChildren(...content)
  place.hidden = content.length === 0
}

/**
 * The place of a problem's message, and the field that it concerns, if any.
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
 * Adds a capital letter and a full stop.
 * @param {string} text
 */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.')
}

/**
 * A table cell with a count. Its label shows where the column heads are hidden, on narrow screens.
 * @param {string} name
 * @param {number} number
 * @param {boolean} [notable]
 */
export function countCell(name, number, notable = false) {
  return element(
    'td',
    { role: 'cell', class: `number${notable ? ' some' : ''}` },
    element('span', { class: 'label', 'aria-hidden': 'true' }, `${name} `),
    formatCount(number),
  )
}
