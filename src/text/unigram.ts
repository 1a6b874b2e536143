/**
 * Unigram (SentencePiece): the split of a text into pieces with the greatest sum of scores (Viterbi).
 *
 * Source for ties, for the penalty of unknown characters and for their fusing: Hugging Face `tokenizers`,
 * `models/unigram`. Sums are doubles in the same order, so ties are the same.
 * @module
 */
import { byteFallback } from './byte-pieces.ts'
import type { UnigramJson } from './tokenizer-json.ts'

/** Penalty of an unknown character below the worst piece. */
const UNKNOWN_PENALTY = 10

interface Pieces {
  readonly ids: ReadonlyMap<string, number>
  readonly scores: Float64Array
  /** Longest piece, in UTF-16 code units, by first code unit. */
  readonly longest: ReadonlyMap<number, number>
  readonly unknownScore: number
}

/**
 * Returns a function from a part of a text to its ids. Time is linear in the text for a given vocabulary.
 * @throws {Error} naming a vocabulary entry that is not a piece with a score.
 */
export function createUnigram(model: UnigramJson): (text: string) => number[] {
  // Not `model`, which would keep the vocabulary a second time.
  const { byte_fallback: byBytes, unk_id: unknown } = model
  const pieces = readPieces(model.vocab)
  if (unknown !== null && unknown >= model.vocab.length) throw new Error('tokenizer: /model/unk_id is not in the vocabulary')

  /** The best split, backwards: begin and id of the last piece, by its end. */
  function bestWay(text: string): { starts: Int32Array; chosen: Int32Array } {
    const { ids, scores, longest, unknownScore } = pieces
    const best = new Float64Array(text.length + 1)
    const starts = new Int32Array(text.length + 1).fill(-1)
    const chosen = new Int32Array(text.length + 1)
    const offer = (start: number, end: number, id: number, score: number): void => {
      if (starts[end] !== -1 && score <= best[end]!) return
      best[end] = score
      starts[end] = start
      chosen[end] = id
    }
    for (let start = 0; start < text.length;) {
      const single = start + (text.codePointAt(start)! > 0xffff ? 2 : 1)
      const last = Math.min(text.length, start + (longest.get(text.charCodeAt(start)) ?? 0))
      let known = false
      for (let end = single; end <= last; end++) {
        const id = ids.get(text.slice(start, end))
        if (id === undefined) continue
        known ||= end === single
        offer(start, end, id, scores[id]! + best[start]!)
      }
      if (!known) {
        if (unknown === null)
          throw new Error(`tokenizer: ${JSON.stringify(text.slice(start, single))} is unknown, and there is no unk_id`)
        offer(start, single, unknown, unknownScore + best[start]!)
      }
      start = single
    }
    return { starts, chosen }
  }

  return (text) => {
    const { starts, chosen } = bestWay(text)
    const found: number[][] = []
    let end = text.length
    while (end > 0) {
      let start = starts[end]!
      const id = chosen[end]!
      // Neighbouring unknowns are fused.
      if (id === unknown) while (start > 0 && chosen[start] === unknown) start = starts[start]!
      found.push(id === unknown ? idsOfUnknown(text.slice(start, end)) : [id])
      end = start
    }
    return found.toReversed().flat()
  }

  function idsOfUnknown(text: string): number[] {
    const id = pieces.ids.get(text)
    if (id !== undefined) return [id]
    return (byBytes ? byteFallback(text, pieces.ids) : undefined) ?? [unknown!]
  }
}

function readPieces(vocab: UnigramJson['vocab']): Pieces {
  const ids = new Map<string, number>()
  const scores = new Float64Array(vocab.length)
  const longest = new Map<number, number>()
  let lowest = Infinity
  vocab.forEach(([piece, score], id) => {
    if (typeof piece !== 'string' || typeof score !== 'number')
      throw new Error(`tokenizer: /model/vocab/${id} is not a piece with a score`)
    ids.set(piece, id)
    scores[id] = score
    lowest = Math.min(lowest, score)
    const first = piece.charCodeAt(0)
    longest.set(first, Math.max(longest.get(first) ?? 0, piece.length))
  })
  return { ids, scores, longest, unknownScore: lowest - UNKNOWN_PENALTY }
}
