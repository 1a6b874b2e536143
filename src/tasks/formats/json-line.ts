/**
 * One line of JSON Lines.
 * @module
 */
import { refuseLoneSurrogates } from '../../files/json.ts'
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
    problems.note(pointer, `is not JSON: ${(error as Error).message}`)
    return undefined
  }
  refuseLoneSurrogates(line, value, pointer)
  return { value }
}

/** @param first - index of the line */
export function usedBefore(id: string, first: number): string {
  return `${id} was already used by line ${first + 1}`
}
