/**
 * Limits on the text of one item. Metrics align, count and match words, so every caption, answer, question
 * and statement has a largest size, whatever its source. docs/errors-and-limits.md lists these numbers.
 * @module
 */

/** UTF-16 code units of one caption, reference, answer, question or statement. @internal */
export const MOST_CHARACTERS = 16_000

/** Words and marks in one, counted by {@link countWords}. @internal */
export const MOST_WORDS = 2000

/** Human answers to one question, or choices of one. VQA has 10 and 18. */
export const MOST_ANSWERS = 1000

/** SPICE tuples of one side of an image. */
export const MOST_TUPLES = 1000

/**
 * Counts words (runs of letters, marks and digits) and every other character except white space. No tokenizer
 * here makes more than twice as many tokens of a text: `cannot` becomes two.
 * @internal
 */
export function countWords(text: string): number {
  let count = 0
  for (const _ of text.matchAll(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu)) count++
  return count
}

/** @returns the fault of a text's length, as a sentence that follows its place; otherwise undefined */
export function lengthProblem(text: string): string | undefined {
  if (text.length > MOST_CHARACTERS) return `must have at most ${MOST_CHARACTERS} characters, has ${text.length}`
  // a word has at least one character
  if (text.length <= MOST_WORDS) return undefined
  const words = countWords(text)
  return words > MOST_WORDS ? `must have at most ${MOST_WORDS} words and marks, has ${words}` : undefined
}

/** @returns the fault of the length of a list of answers, choices or tuples; otherwise undefined */
export function countProblem(count: number, most: number): string | undefined {
  return count > most ? `must have at most ${most} entries, has ${count}` : undefined
}
