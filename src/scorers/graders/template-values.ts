/**
 * The values that templates of graders may name: `item`, and `sample`, the output that is judged.
 * @module
 */
import { detailsOf, Fault } from '../../contracts/failure.ts'
import type { Item } from '../../contracts/item.ts'
import type { TextOutput } from '../../contracts/model.ts'
import { custom } from '../../tasks/custom/task.ts'
import { placeholdersIn, stepsOf, type TemplateValues } from '../../tasks/placeholder.ts'
import { renderText } from '../../tasks/template.ts'
import { isOf } from '../../tasks/task.ts'

/** Members that the engine knows and the user's template does not. */
const OWN_MEMBERS = new Set(['task', 'cluster', 'position'])

/**
 * @returns `item`: the user's item, or the members of another task's item. `sample.output_text` is the
 *   answer, `sample.output_json` its value if it is JSON, `sample.output_tools` its calls of functions; other
 *   members of `sample` came with the item.
 */
export function valuesOf(item: Item, { text, toolCalls }: Pick<TextOutput, 'text' | 'toolCalls'>): TemplateValues {
  const own = isOf(custom, item) ? item.item : Object.fromEntries(Object.entries(item).filter(([name]) => !OWN_MEMBERS.has(name)))
  const sample = isOf(custom, item) ? { ...item.sample } : {}
  if (toolCalls !== undefined) sample['output_tools'] = toolCalls
  if (text !== null) {
    sample['output_text'] = text
    const json = jsonOf(text)
    if (json !== undefined) sample['output_json'] = json
  }
  return { item: own, sample }
}

/** Whether a template needs the answer. */
export function namesAnswer(template: string): boolean {
  return placeholdersIn(template).some(({ name }) => /^sample\.output_(text|json)\b/.test(name))
}

/** @returns why a grader cannot fill it; undefined if it may */
export function placeholderProblem(name: string): string | undefined {
  const steps = stepsOf(name)
  if (steps === undefined) return 'is not a path such as item.answer or sample.output_text'
  if (steps[0] !== 'item' && steps[0] !== 'sample') return 'must begin with item or sample'
  return steps.length === 1
    ? `must name a member, such as ${steps[0] === 'item' ? 'item.answer' : 'sample.output_text'}`
    : undefined
}

/** A filled template; or the reason why this item cannot be judged. */
export type Filled = { readonly text: string } | { readonly reason: string }

/** Fills a grader's text. */
export function fill(template: string, values: TemplateValues, output: Pick<TextOutput, 'text' | 'unanswered'>): Filled {
  if (output.text === null && namesAnswer(template)) return { reason: output.unanswered ?? 'there is no answer to judge' }
  try {
    return { text: renderText(template, values) }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { reason: detailsOf(error.failure) }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
