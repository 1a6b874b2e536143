/**
 * WordPiece ids back to a text.
 * @module
 */
import { readTokenizerJson } from './tokenizer-json.ts'

/** Marks that stand without a space before them. */
const CLINGS = /^[,.:;!?]$/

/**
 * Pieces with the prefix join the piece before; other words are apart, punctuation marks cling to the word
 * before. Special tokens and unknown ids say nothing.
 * @param json a parsed `tokenizer.json`
 * @throws {Error} for a file that is not WordPiece
 */
export function createWordPieceDecoder(json: unknown): (ids: readonly number[]) => string {
  const { model, added_tokens: added } = readTokenizerJson(json)
  if (model.type !== 'WordPiece') throw new Error(`tokenizer: the file is ${model.type}; only WordPiece is decoded`)
  const pieces = new Map(Object.entries(model.vocab).map(([piece, id]) => [id, piece]))
  for (const { id } of added) pieces.delete(id)
  const { continuing_subword_prefix: prefix } = model
  return (ids) => {
    let text = ''
    for (const id of ids) {
      const piece = pieces.get(id)
      if (piece === undefined) continue
      if (piece.startsWith(prefix)) text += piece.slice(prefix.length)
      else text += text === '' || CLINGS.test(piece) ? piece : ` ${piece}`
    }
    return text
  }
}
