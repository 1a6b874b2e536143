/**
 * The text beside the image: a template with the item's question in it.
 * @module
 */
import { invalidField } from '../../contracts/failure.ts'
import type { VqaItem } from '../../contracts/item.ts'

/**
 * Asks for the short form that VQA v2's humans answered in. The wording is that of LLaVA-1.5's VQA v2 evaluation (Liu et al.,
 * "Improved Baselines with Visual Instruction Tuning", 2023, table 7), which many models have been measured with since.
 */
export const DEFAULT_PROMPT = '{{item.question}}\nAnswer the question using a single word or phrase.'

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g

/** The question is all that a model may see of an item: its answers are what it is scored against. */
const QUESTION = 'item.question'

/**
 * @param pointer JSON pointer of the template in the request, for the failure.
 * @throws {Fault} `invalid` for a placeholder other than `{{item.question}}`, or none of those.
 */
export function checkPrompt(template: string, pointer: string): void {
  const names = [...template.matchAll(PLACEHOLDER)].map((match) => match[1]!.trim())
  const unknown = names.find((name) => name !== QUESTION)
  if (unknown !== undefined) throw invalidField(pointer, `unknown placeholder {{${unknown}}}; only {{${QUESTION}}} is known`)
  if (names.length === 0) throw invalidField(pointer, `the prompt must contain {{${QUESTION}}}`)
}

/** Fills a checked template in one pass, so that braces in a question stay as they are. */
export function renderPrompt(template: string, item: VqaItem): string {
  return template.replace(PLACEHOLDER, () => item.question)
}
