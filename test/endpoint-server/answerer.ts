/**
 * What stands behind the test endpoint: something that looks at a picture and answers a question.
 * @module
 */
import { createHash } from 'node:crypto'

export interface Question {
  /** As the request's `model` says. */
  readonly model: string
  /** The text part of the user message. */
  readonly prompt: string
  readonly image: Uint8Array
}

export type Answerer = (question: Question) => Promise<string>

/**
 * Looks at every byte and understands none: a choice that picture and prompt determine. For tests of failure paths, and wherever
 * two calls must agree.
 */
export function hashAnswerer(choices: readonly string[] = ['yes', 'no']): Answerer {
  return async ({ image, prompt }) => {
    const digest = createHash('sha256').update(prompt).update('\0').update(image).digest()
    return choices[digest.readUInt32BE() % choices.length]!
  }
}
