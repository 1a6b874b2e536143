/**
 * The model behind the test endpoint: looks at a picture and answers a question.
 * @module
 */
import { createHash } from 'node:crypto'

export interface Question {
  /** The request's `model`. */
  readonly model: string
  /** The text part of the user message. */
  readonly prompt: string
  readonly image: Uint8Array
}

export type Answerer = (question: Question) => Promise<string>

/**
 * Reads every byte without understanding: picture and prompt determine the answer. For tests of failure
 * paths, and where two calls must agree.
 */
export function hashAnswerer(choices: readonly string[] = ['yes', 'no']): Answerer {
  return async ({ image, prompt }) => {
    const digest = createHash('sha256').update(prompt).update('\0').update(image).digest()
    return choices[digest.readUInt32BE() % choices.length]!
  }
}
