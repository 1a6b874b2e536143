/**
 * The prompt of one item.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { Item } from '../contracts/item.ts'
import { SampleError } from '../contracts/model.ts'
import type { PromptMessage, PromptTemplate } from '../contracts/prompt.ts'
import type { Prompt } from '../tasks/prompt.ts'

/**
 * The default prompt of an item, or the run's template, filled.
 * @throws {SampleError} `no_image`, or `prompt_not_filled` for a template that this item cannot fill
 */
export function fillPrompt(item: Item, prompt: Prompt, template: PromptTemplate): PromptMessage[] {
  if (prompt.needsPicture && (item.image ?? item.images ?? null) === null)
    throw new SampleError('no_image', 'the item has no picture')
  try {
    return prompt.render(template, item)
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause
    throw new SampleError('prompt_not_filled', `the prompt cannot be filled for this item: ${cause.message}`, { cause })
  }
}
