/**
 * One line of JSON Lines.
 * @module
 */
import { notJson } from '../../contracts/not-json.ts'
import { refuseUnstorableIn } from '../../files/json.ts'
import type { Problems } from '../../files/problems.ts'

/**
 * @returns undefined, after recording the problem, for invalid JSON. @throws {Fault} `unprocessable` for half
 *   of a surrogate pair
 */
export function parseLine(line: string, pointer: string, problems: Problems): { readonly value: unknown } | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    problems.note(pointer, `${notJson(error)}${hintFor(line, pointer)}`)
    return undefined
  }
  refuseUnstorableIn(line, value, pointer)
  return { value }
}

/** Advice for a file whose first line shows another layout. */
function hintFor(line: string, pointer: string): string {
  if (pointer !== '/0') return ''
  if (/^\s*[{[]\s*$/.test(line)) return '. Write one object per line, each whole on its line, without a list around them'
  return /^[^{["]*[,;\t]/.test(line) ? '. The file looks like a table; JSON Lines have one object per line' : ''
}

/** @param first - index of the line */
export function usedBefore(id: string, first: number): string {
  return `${id} was already used by line ${first + 1}`
}
