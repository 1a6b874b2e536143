/**
 * How much text one item may hold. Metrics align, count and match words, so each text that they read has a most: what a caption, an answer,
 * a question or a statement may be, wherever it comes from. docs/data.md lists these numbers.
 * @module
 */

/** UTF-16 code units of one caption, reference, answer, question or statement. @internal */
export const MOST_CHARACTERS = 16_000

/** Words and marks of one, as {@link countWords} counts them. @internal */
export const MOST_WORDS = 2000

/** Human answers to one question, and choices of one. VQA has 10 and 18. */
export const MOST_ANSWERS = 1000

/** SPICE tuples of one side of an image. */
export const MOST_TUPLES = 1000

/**
 * Words (runs of letters, marks and digits) and every other character that is no white space. No tokenizer here makes more than twice as
 * many tokens of a text: `cannot` becomes two.
 * @internal
 */
export function countWords(text: string): number {
  let count = 0
  for (const _ of text.matchAll(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu)) count++
  return count
}

/** @returns what is wrong with the length of a text, for a sentence that begins with its place; undefined if nothing is. */
export function lengthProblem(text: string): string | undefined {
  if (text.length > MOST_CHARACTERS) return `must have at most ${MOST_CHARACTERS} characters, has ${text.length}`
  // a word takes a character at least
  if (text.length <= MOST_WORDS) return undefined
  const words = countWords(text)
  return words > MOST_WORDS ? `must have at most ${MOST_WORDS} words and marks, has ${words}` : undefined
}

/** @returns what is wrong with the length of a list of answers, choices or tuples. */
export function countProblem(count: number, most: number): string | undefined {
  return count > most ? `must have at most ${most} entries, has ${count}` : undefined
}
