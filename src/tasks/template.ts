/**
 * Filling of templates. Placeholders such as `{{item.question}}` and `{{sample.output_text}}` are filled in
 * one pass, so that braces in an item's own text stay unchanged.
 * @module
 */
import { invalidField } from '../contracts/failure.ts'
import { at } from '../contracts/failure-pointer.ts'
import { imageReference, type ImageReference } from '../contracts/item.ts'
import {
  type ImageAddress,
  type ImageDetail,
  MOST_TEMPLATE_CHARACTERS,
  type PromptMessage,
  type PromptPart,
  type PromptTemplate,
  type TemplatePart,
} from '../contracts/prompt.ts'
import { bracesProblem, fillText, type Placeholder, placeholdersIn, type TemplateValues, valueAt } from './placeholder.ts'

/** Most characters of a filled template, without its pictures. */
const MOST_PROMPT_CHARACTERS = 512 * 1024
/** Most characters of an address or a `data:` URI of a picture. */
const MOST_IMAGE_URL = 8 * 1024 * 1024

/** A placeholder, its JSON pointer in the template, and whether it stands in a text or for a picture. */
export interface PlacedPlaceholder extends Placeholder {
  readonly pointer: string
  readonly place: 'text' | 'image'
}

/**
 * Checks a template before anything is filled in.
 * @param refusal - a sentence that says why a placeholder cannot be filled; undefined for a known one
 * @throws {Fault} `invalid` with the place in the template, for a placeholder that does not close, the first
 *   that is refused, a picture outside the messages of the user, or a template with too many characters
 * @example
 * checkTemplate('{{item.x}}', ({ name }) => (name === 'item.x' ? undefined : 'unknown'))
 */
export function checkTemplate(template: PromptTemplate, refusal: (placeholder: PlacedPlaceholder) => string | undefined): void {
  const messages = messagesOf(template)
  const parts = messages.flatMap((message) => message.parts)
  const characters = parts.reduce((sum, each) => sum + each.text.length, 0)
  if (characters > MOST_TEMPLATE_CHARACTERS)
    throw invalidField('', `has ${characters} characters in all; at most ${MOST_TEMPLATE_CHARACTERS} are allowed`)
  messages.forEach(({ role, parts: own }, index) => {
    if (role !== 'user' && own.some(({ place }) => place === 'image'))
      throw invalidField(`/${index}/role`, `is ${role}, but only messages of the user may have an input_image`)
  })
  for (const { text, pointer } of parts) {
    const reason = bracesProblem(text)
    if (reason !== undefined) throw invalidField(pointer, reason)
  }
  for (const placeholder of placeholdersOf(template)) {
    const reason = refusal(placeholder)
    if (reason !== undefined) throw invalidField(placeholder.pointer, reason)
  }
}

/** All placeholders of a template, in order. Those of a text have the pointer `''`. */
export function placeholdersOf(template: PromptTemplate): PlacedPlaceholder[] {
  return messagesOf(template).flatMap(({ parts }) =>
    parts.flatMap(({ text: each, pointer, place }) =>
      placeholdersIn(each).map((placeholder) => ({ ...placeholder, pointer, place })),
    ),
  )
}

/**
 * Fills a template.
 * @param values - the members `item` and `sample` that placeholders start with. A picture that a whole
 *   `image_url` names may be an image reference, an address, or `{ url }`.
 * @returns messages; a text is one message of the user. `developer` becomes `system`.
 * @throws {Fault} `invalid` with the place in the template, for a placeholder without a value or a picture
 *   that is neither a reference nor an address; `too_large` beyond {@link MOST_PROMPT_CHARACTERS}
 * @example
 * renderTemplate('Is it {{item.colour}}?', { item: { colour: 'red' } })
 * // [{ role: 'user', content: [{ type: 'text', text: 'Is it red?' }] }]
 * @example
 * renderTemplate(
 *   [{ role: 'user', content: [{ type: 'input_image', image_url: '{{item.image}}' }, 'What is this?'] }],
 *   { item: { image: { url: 'https://example.com/cat.png' } } },
 * )
 */
export function renderTemplate(template: PromptTemplate, values: TemplateValues): PromptMessage[] {
  let left = MOST_PROMPT_CHARACTERS
  const render = ({ place, text: given, detail }: PlacedPart): PromptPart => {
    if (place === 'image') return { type: 'image', image: imageOf(given, values), ...(detail !== undefined && { detail }) }
    const filled = fillText(given, values, left)
    left -= filled.length
    return { type: 'text', text: filled }
  }
  return messagesOf(template).map(({ role, parts }) => ({
    role,
    content: parts.map((part) => at(part.pointer, () => render(part))),
  }))
}

/** The messages as written: braces in them stay. @throws {Fault} `invalid` for a picture without address */
export function writtenMessages(template: PromptTemplate): PromptMessage[] {
  return messagesOf(template).map(({ role, parts }) => ({
    role,
    content: parts.map(({ pointer, place, text, detail }): PromptPart =>
      place === 'text'
        ? { type: 'text', text }
        : { type: 'image', image: at(pointer, () => pictureOf(text)), ...(detail !== undefined && { detail }) },
    ),
  }))
}

/**
 * Fills one text, such as a grader's `input`.
 * @throws {Fault} as {@link renderTemplate}, with the pointer `''`
 * @public
 * @example
 * renderText('{{sample.output_text}} = {{item.answers[0]}}', {
 *   item: { answers: ['4'] },
 *   sample: { output_text: 'four' },
 * }) // 'four = 4'
 */
export function renderText(template: string, values: TemplateValues): string {
  return fillText(template, values, MOST_PROMPT_CHARACTERS)
}

interface PlacedPart {
  /** JSON pointer in the template. */
  readonly pointer: string
  readonly place: 'text' | 'image'
  readonly text: string
  readonly detail?: ImageDetail | undefined
}

/** A template with one form for all ways of writing it. */
function messagesOf(template: PromptTemplate): { role: PromptMessage['role']; parts: PlacedPart[] }[] {
  if (typeof template === 'string') return [{ role: 'user', parts: [{ pointer: '', place: 'text', text: template }] }]
  return template.map(({ role, content: given }, index) => ({
    role: role === 'developer' ? 'system' : role,
    parts: Array.isArray(given)
      ? given.map((part, place) => placedPart(part, `/${index}/content/${place}`))
      : [placedPart(given, `/${index}/content`)],
  }))
}

function placedPart(part: TemplatePart | string, pointer: string): PlacedPart {
  if (typeof part === 'string') return { pointer, place: 'text', text: part }
  return part.type === 'input_image'
    ? { pointer: `${pointer}/image_url`, place: 'image', text: part.image_url, detail: part.detail }
    : { pointer: `${pointer}/text`, place: 'text', text: part.text }
}

function imageOf(template: string, values: TemplateValues): ImageReference | ImageAddress {
  const [only] = placeholdersIn(template)
  return pictureOf(only?.text === template.trim() ? valueAt(only, values) : fillText(template, values, MOST_IMAGE_URL))
}

function pictureOf(value: unknown): ImageReference | ImageAddress {
  const stored = imageReference.safeParse(value)
  if (stored.success) return stored.data
  const url = typeof value === 'object' && value !== null && 'url' in value ? value.url : value
  if (typeof url !== 'string' || !/^(https?:\/\/|data:image\/|img_[0-9a-f]{64}$)/i.test(url))
    throw invalidField('', 'is not a picture: give a stored image or its id, an https: address or a data:image/ URI')
  if (url.length > MOST_IMAGE_URL)
    throw invalidField('', `the picture's address has ${url.length} characters; at most ${MOST_IMAGE_URL} are allowed`)
  return { url }
}
