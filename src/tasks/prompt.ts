/**
 * How a task asks a model that reads text and sees pictures: its default template, and the parts of an item
 * that a template may name. A model may see no other part: the answer is scored against the rest.
 * @module
 */
import { invalidField } from '../contracts/failure.ts'
import { at } from '../contracts/failure-pointer.ts'
import type { ImageReference, Item } from '../contracts/item.ts'
import type { PromptMessage, PromptTemplate } from '../contracts/prompt.ts'
import { checkTemplate, type PlacedPlaceholder, placeholdersOf, renderTemplate } from './template.ts'

export interface Prompt<Of extends Item = Item> {
  /** The default template. */
  readonly template: string
  /** Whether an item without its picture cannot be asked about. */
  readonly needsPicture: boolean
  /** The item's question, without instructions. */
  question(item: Of): string
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
}

export interface PromptDefinition<Of extends Item> {
  readonly template: string
  /** The placeholder of the question, e.g. `item.question`. Every template of texts alone must have it. */
  readonly name: `item.${string}`
  readonly question: (item: Of) => string
  /** Pictures per item. Named `item.image`, or `item.images[0]` and `item.images[1]`. */
  readonly pictures: 0 | 1 | 2
}

/** A prompt with a placeholder for the item's question, and one for each picture. */
export function createPrompt<Of extends Item>({ template, name, question, pictures }: PromptDefinition<Of>): Prompt<Of> {
  const images = pictures === 1 ? ['item.image'] : Array.from({ length: pictures }, (_, index) => `item.images[${index}]`)
  const refusal = ({ name: given, place }: PlacedPlaceholder) => {
    const known = place === 'image' ? images : [name]
    return known.includes(given) ? undefined : `unknown placeholder {{${given.slice(0, 100)}}}; ${onlyKnown(known)}`
  }
  return {
    template,
    needsPicture: true,
    question,
    check(given, pointer) {
      at(pointer, () => checkTemplate(given, refusal))
      if (!placeholdersOf(given).some(({ place }) => place === 'text'))
        throw invalidField(pointer, `the prompt must contain {{${name}}}`)
    },
    render(given, item) {
      const member = name.slice('item.'.length)
      const own = item.image === undefined || item.image === null ? (item.images ?? []) : [item.image]
      const values = { item: { [member]: question(item), ...(pictures === 1 ? { image: own[0] } : { images: own }) } }
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
  if (names.length === 0) return 'the items of this task have no picture'
  const listed = names.map((each) => `{{${each}}}`).join(' and ')
  return names.length === 1 ? `only ${listed} is known here` : `only ${listed} are known here`
}
