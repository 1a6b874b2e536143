/**
 * The vocabulary of a `tokenizer.json` as a map.
 * @module
 */

/** @throws {Error} naming a piece with an invalid id. */
export function idsOfPieces(vocab: Readonly<Record<string, number>>): Map<string, number> {
  const ids = new Map<string, number>()
  for (const [piece, id] of Object.entries(vocab)) {
    if (!Number.isInteger(id) || id < 0)
      throw new Error(`tokenizer: ${JSON.stringify(piece)} has no id but ${JSON.stringify(id)}`)
    ids.set(piece, id)
  }
  return ids
}
