/**
 * WordPiece: splits a word greedily into the longest pieces of the vocabulary; otherwise the whole word is
 * unknown.
 * @module
 */
import { idsOfPieces } from './ids-of-pieces.ts'

export interface WordPieceModel {
  readonly vocab: Readonly<Record<string, number>>
  readonly unk_token: string
  readonly continuing_subword_prefix: string
  /** A longer word (in code points) is unknown. */
  readonly max_input_chars_per_word: number
}

/** Returns a function from a word to its ids; time is linear in the word for a given vocabulary. */
export function createWordPiece(model: WordPieceModel): (word: string) => number[] {
  // Not `model`, which would keep the vocabulary a second time.
  const { max_input_chars_per_word: most, continuing_subword_prefix: inside } = model
  const ids = idsOfPieces(model.vocab)
  const unknown = ids.get(model.unk_token)
  if (unknown === undefined) throw new Error(`tokenizer: unk_token ${JSON.stringify(model.unk_token)} is not in the vocabulary`)
  let longest = 0
  for (const piece of ids.keys()) longest = Math.max(longest, [...piece].length)

  return (word) => {
    const characters = [...word]
    if (characters.length > most) return [unknown]
    const pieces: number[] = []
    for (let start = 0; start < characters.length;) {
      const prefix = start === 0 ? '' : inside
      let end = Math.min(characters.length, start + longest)
      let id: number | undefined
      for (; end > start; end--) {
        id = ids.get(prefix + characters.slice(start, end).join(''))
        if (id !== undefined) break
      }
      if (id === undefined) return [unknown]
      pieces.push(id)
      start = end
    }
    return pieces
  }
}
