/**
 * The prompt of the user's own items: the template of the run, or messages that the items hold.
 * @module
 */
import { Fault, invalidField } from '../../contracts/failure.ts'
import { at } from '../../contracts/failure-pointer.ts'
import { type PromptMessage, type PromptTemplate, promptTemplate } from '../../contracts/prompt.ts'
import { placeholdersIn, stepsOf, valueAt } from '../placeholder.ts'
import type { Prompt } from '../prompt.ts'
import { checkTemplate, type PlacedPlaceholder, renderTemplate, writtenMessages } from '../template.ts'
import { evalsMessages } from './chat-messages.ts'
import type { CustomItem } from './item.ts'

export const customPrompt: Prompt<CustomItem> = {
  template: '',
  needsPicture: false,
  names: ['item'],
  // Graders of the user's own judge the text as it is.
  read: (answer) => ({ answer }),
  question: ({ item }) => JSON.stringify(item),
  check(given, pointer) {
    if (given === '') throw invalidField(pointer, 'is missing: items of your own shape have no prompt but yours')
    at(pointer, () => checkTemplate(given, refusal))
  },
  render(given, { item, image }) {
    // The picture of a dataset's item, unless the item has a member of that name.
    const values = { item: { ...(image && { image }), ...item } }
    return messagesIn(given, values) ?? renderTemplate(given, values)
  },
}

/** `{{item.messages}}` alone names messages that the item holds. They are sent as they are. */
function messagesIn(template: PromptTemplate, values: { readonly item: object }): PromptMessage[] | null {
  if (typeof template !== 'string') return null
  const [only] = placeholdersIn(template)
  if (only === undefined || only.text !== template.trim()) return null
  const value = valueAt(only, values)
  if (!Array.isArray(value)) return null
  const messages = promptTemplate.safeParse(evalsMessages(value))
  if (messages.success) return writtenMessages(messages.data)
  throw new Fault({
    kind: 'invalid',
    detail: `${only.name} holds no messages: ${messages.error.issues[0]!.message}`,
    errors: [{ pointer: '', detail: 'holds no messages' }],
  })
}

function refusal({ name }: PlacedPlaceholder): string | undefined {
  const steps = stepsOf(name)
  if (steps?.[0] === 'item' && steps.length > 1) return undefined
  return `unknown placeholder {{${name.slice(0, 100)}}}; a prompt names members of the item, such as {{item.question}}`
}
