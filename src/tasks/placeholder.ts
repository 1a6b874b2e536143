/**
 * Placeholders of templates: `{{item.a.b}}`, `{{item.list[0]}}`, `{{sample.output_text}}`.
 * @module
 */
import { Fault, invalidField } from '../contracts/failure.ts'

/** Everything that placeholders may name: `item` and `sample`, of any JSON. */
export type TemplateValues = Readonly<Record<string, unknown>>

export interface Placeholder {
  /** As written, braces included. */
  readonly text: string
  /** Without braces and outer spaces, e.g. `item.answers[0]`. */
  readonly name: string
}

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g
/** Names joined by dots, with indices in brackets. */
const PATH = /^[^\s.[\]]+(?:\.[^\s.[\]]+|\[\d{1,9}\])*$/
const MOST_STEPS = 32

export function placeholdersIn(text: string): Placeholder[] {
  return [...text.matchAll(PLACEHOLDER)].map(([written, name]) => ({ text: written, name: name!.trim() }))
}

/** Most characters of a text that a refusal quotes. */
const QUOTED = 40

/**
 * Why a text cannot be a template: two opening braces that begin no placeholder. Two closing braces alone are
 * text, as JSON has them.
 * @param example - the name of a placeholder that would be right
 * @returns undefined if every `{{` begins a placeholder
 * @example
 * bracesProblem('Is it {{item.colour}?')
 */
export function bracesProblem(text: string, example = 'item.answer'): string | undefined {
  const rest = text.replace(PLACEHOLDER, (written) => ' '.repeat(written.length))
  const place = rest.indexOf('{{')
  if (place < 0) return undefined
  const quoted = JSON.stringify(text.slice(place, place + QUOTED))
  return `has ${quoted}, which is not a placeholder: write two braces before and after the name, and none within, as in {{${example}}}`
}

/**
 * The names and indices of a path. undefined for a text that is not a path.
 * @public
 * @example
 * stepsOf('item.answers[0].text') // ['item', 'answers', '0', 'text']
 */
export function stepsOf(name: string): readonly string[] | undefined {
  if (!PATH.test(name)) return undefined
  const steps = name.split(/[.[\]]+/).filter((step) => step !== '')
  return steps.length > MOST_STEPS ? undefined : steps
}

/**
 * The value that a placeholder names: an own member of an object, or an element of an array.
 * @throws {Fault} `invalid`, naming the placeholder, if there is no such value
 */
export function valueAt({ name }: Pick<Placeholder, 'name'>, values: TemplateValues): unknown {
  let value: unknown = values
  for (const step of stepsOf(name) ?? [name]) {
    const isMember = typeof value === 'object' && value !== null && Object.hasOwn(value, step)
    const next: unknown =
      isMember && !(Array.isArray(value) && !/^\d+$/.test(step)) ? Reflect.get(value as object, step) : undefined
    if (next === undefined) throw invalidField('', `the placeholder {{${name.slice(0, 100)}}} has no value`)
    value = next
  }
  return value
}

/**
 * Fills a text in one pass: a text as it is, anything else as JSON.
 * @param most - characters of the result
 * @throws {Fault} `invalid`, naming the first placeholder without a value; `too_large`
 */
export function fillText(text: string, values: TemplateValues, most: number): string {
  let filled = ''
  const add = (piece: string) => {
    filled += piece
    if (filled.length > most) throw new Fault({ kind: 'too_large', what: 'the filled template', limit: most, unit: 'characters' })
  }
  let read = 0
  for (const match of text.matchAll(PLACEHOLDER)) {
    add(text.slice(read, match.index))
    const value = valueAt({ name: match[1]!.trim() }, values)
    add(typeof value === 'string' ? value : JSON.stringify(value))
    read = match.index + match[0].length
  }
  add(text.slice(read))
  return filled
}
