/**
 * Prompts: a template with placeholders for the parts of an item that a model may see.
 * @module
 */
import { invalidField } from '../contracts/failure.ts'
import type { Item } from '../contracts/item.ts'

export interface Prompt<Of extends Item = Item> {
  /** The default template. */
  readonly template: string
  /** The item's question, without instructions. */
  question(item: Of): string
  /**
   * @param pointer - JSON pointer of the template in the request
   * @throws {Fault} `invalid`, naming the unknown or missing placeholder
   */
  check(template: string, pointer: string): void
  /** Fills a checked template in one pass: braces in an item's own text stay unchanged. */
  render(template: string, item: Of): string
}

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g

/**
 * A prompt with one placeholder for the item's question. A model may see no other text of the item: the
 * answer is scored against the rest.
 * @param name - of the placeholder, e.g. `item.question`
 */
export function createPrompt<Of extends Item>(template: string, name: string, question: (item: Of) => string): Prompt<Of> {
  return {
    template,
    question,
    check(given, pointer) {
      const names = [...given.matchAll(PLACEHOLDER)].map((match) => match[1]!.trim())
      const unknown = names.find((each) => each !== name)
      if (unknown !== undefined) throw invalidField(pointer, `unknown placeholder {{${unknown}}}; only {{${name}}} is known`)
      if (names.length === 0) throw invalidField(pointer, `the prompt must contain {{${name}}}`)
    },
    render: (given, item) => given.replace(PLACEHOLDER, () => question(item)),
  }
}
