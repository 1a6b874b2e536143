/**
 * How a task asks a model that reads text and sees pictures: its default template, and the parts of an item
 * that a template may name. A model may see no other part: the answer is scored against the rest.
 * @module
 */
import { invalidField } from '../contracts/failure.ts'
import { at } from '../contracts/failure-pointer.ts'
import type { ImageReference, Item } from '../contracts/item.ts'
import type { PromptMessage, PromptTemplate } from '../contracts/prompt.ts'
import type { Reading } from './answers/reader.ts'
import { checkTemplate, type PlacedPlaceholder, placeholdersOf, renderTemplate } from './template.ts'

export interface Prompt<Of extends Item = Item> {
  /** The default template. */
  readonly template: string
  /** Whether an item without its picture cannot be asked about. */
  readonly needsPicture: boolean
  /** The item's question, without instructions. null for a task whose items all ask the same. */
  question(item: Of): string | null
  /** The names of pictures and of the question, as placeholders know them. */
  readonly names: readonly string[]
  /**
   * @param pointer - JSON pointer of the template in the request
   * @throws {Fault} `invalid`, naming the unknown or missing placeholder
   */
  check(template: PromptTemplate, pointer: string): void
  /**
   * Fills a checked template. A template that is a text becomes one message of the user, after the pictures
   * of the item. A template of messages has the pictures it names.
   * @throws {Fault} `invalid`, for a picture that the item does not have
   */
  render(template: PromptTemplate, item: Of): PromptMessage[]
  /** Reads the text of an answer to an item. A text that cannot be read is unscored, never wrong. */
  read(text: string, item: Of): Reading
}

export interface PromptDefinition<Of extends Item> {
  readonly template: string
  /** The placeholder of the question, e.g. `item.question`, which every template must have. */
  readonly name: `item.${string}` | null
  readonly question: (item: Of) => string | null
  /** Most pictures of an item. Named `item.image`, or `item.images[0]`, `item.images[1]` and so on. */
  readonly pictures: number
  /** Other texts of an item, by the names after `item.` under which a template may have them. */
  readonly values?: Readonly<Record<string, (item: Of) => string>>
  readonly read: (text: string, item: Of) => Reading
}

/** Placeholders of pictures that are named one by one. */
const MOST_NAMED = 2

/** A prompt with a placeholder for the item's question, and one for each picture. */
export function createPrompt<Of extends Item>({
  template,
  name,
  question,
  pictures,
  values: others = {},
  read,
}: PromptDefinition<Of>): Prompt<Of> {
  const texts = [...(name === null ? [] : [name]), ...Object.keys(others).map((member) => `item.${member}`)]
  const images = pictures === 1 ? ['item.image'] : Array.from({ length: pictures }, (_, index) => `item.images[${index}]`)
  const refusal = ({ name: given, place }: PlacedPlaceholder) => {
    const known = place === 'image' ? images : texts
    return known.includes(given) ? undefined : `unknown placeholder {{${given.slice(0, 100)}}}; ${onlyKnown(known)}`
  }
  return {
    template,
    needsPicture: true,
    question,
    names: [...texts, ...images.slice(0, MOST_NAMED)],
    read,
    check(given, pointer) {
      at(pointer, () => checkTemplate(given, refusal))
      if (name !== null && !placeholdersOf(given).some(({ place }) => place === 'text'))
        throw invalidField(pointer, `the prompt must contain {{${name}}}`)
    },
    render(given, item) {
      const member = name === null ? {} : { [name.slice('item.'.length)]: question(item) }
      const own = item.image === undefined || item.image === null ? (item.images ?? []) : [item.image]
      const more = Object.fromEntries(Object.entries(others).map(([each, of]) => [each, of(item)]))
      const values = { item: { ...member, ...more, ...(pictures === 1 ? { image: own[0] } : { images: own }) } }
      const messages = renderTemplate(given, values)
      return typeof given === 'string' ? messages.map((message) => withPictures(message, own)) : messages
    },
  }
}

const withPictures = ({ role, content }: PromptMessage, pictures: readonly ImageReference[]): PromptMessage => ({
  role,
  content: [...pictures.map((image) => ({ type: 'image' as const, image })), ...content],
})

function onlyKnown(names: readonly string[]): string {
  if (names.length > MOST_NAMED) return `only {{${names[0]}}} to {{${names.at(-1)}}} are known here`
  if (names.length === 0) return 'this task has no placeholder here'
  const listed = names.map((each) => `{{${each}}}`).join(' and ')
  return names.length === 1 ? `only ${listed} is known here` : `only ${listed} are known here`
}
