/**
 * Messages of chat completions in the form of OpenAI's evals: parts `text` and `image_url` become
 * `input_text` or `output_text` and `input_image`.
 *
 * Source: openai-node `resources/chat/completions/completions.ts` (`ChatCompletionContentPart`) and
 * `resources/evals/runs/runs.ts`.
 * @module
 */
import { isRecord } from '../../files/json.ts'

/** Anything else stays as it is. */
export function evalsMessages(messages: readonly unknown[]): unknown[] {
  return messages.map((message) => {
    if (!isRecord(message) || !Array.isArray(message['content'])) return message
    const text = message['role'] === 'assistant' ? 'output_text' : 'input_text'
    return { ...message, content: message['content'].map((part: unknown) => evalsPart(part, text)) }
  })
}

function evalsPart(part: unknown, text: string): unknown {
  if (!isRecord(part)) return part
  if (part['type'] === 'text') return { ...part, type: text }
  const image = part['image_url']
  if (part['type'] !== 'image_url' || !isRecord(image)) return part
  return { type: 'input_image', image_url: image['url'], ...(image['detail'] !== undefined && { detail: image['detail'] }) }
}
