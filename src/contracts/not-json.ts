/**
 * The sentence about a text that is not JSON.
 * @module
 */

/**
 * A clause that follows the name of the document.
 * @param error - of `JSON.parse`
 */
export function notJson(error: unknown): string {
  const { message } = error as Error
  const isNumber = /^Unexpected token '(?:I|N', .*NaN)/s.test(message)
  return `is not JSON: ${message}${isNumber ? '. JSON has no NaN and no Infinity: write null, or leave the member out' : ''}`
}
