/**
 * Limits on items of the user's own shape. Templates, schemas and graders read the whole item.
 * @module
 */
import { STORE_PICTURES } from '../../contracts/picture-advice.ts'
import { isRecord } from '../../files/json.ts'

/** Most UTF-16 code units of an item with its sample, as JSON. */
const MOST_ITEM_CHARACTERS = 256 * 1024
/** Deepest nesting of objects and arrays. */
const MOST_DEPTH = 32

/** @returns the fault of an item's size, as a sentence that follows its place; otherwise undefined */
export function itemProblem(value: unknown): string | undefined {
  if (!isRecord(value)) return 'must be an object'
  if (depthOf(value, MOST_DEPTH) > MOST_DEPTH) return `must be nested at most ${MOST_DEPTH} deep`
  const json = JSON.stringify(value)
  if (json.length <= MOST_ITEM_CHARACTERS) return undefined
  const remedy = json.includes('"data:image/') ? `; ${STORE_PICTURES}` : ''
  return `must have at most ${MOST_ITEM_CHARACTERS} characters as JSON, has ${json.length}${remedy}`
}

/** Depth of nesting; stops at `most` + 1. */
export function depthOf(value: unknown, most: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (most === 0) return 1
  let deepest = 0
  for (const member of Object.values(value)) deepest = Math.max(deepest, depthOf(member, most - 1))
  return deepest + 1
}
