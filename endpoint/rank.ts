/**
 * What a model says to a prompt.
 * @module
 */

export interface Ranked {
  readonly answer: string
  readonly probability: number
}

/** The possible answers to a prompt about pictures, best first. */
export type Rank = (prompt: string, pictures: readonly Uint8Array[]) => Promise<readonly Ranked[]>
