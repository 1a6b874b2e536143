/**
 * Byte-pair encoding: merges a word's characters pair by pair, in the order in which the pairs were learned.
 *
 * The queue takes n log n steps for a word of n characters, so a word of ten thousand is harmless. Source for
 * the order of equal merges and for unknown characters: Hugging Face `tokenizers`, `models/bpe`.
 * @module
 */
import { byteFallback } from './byte-pieces.ts'
import { idsOfPieces } from './ids-of-pieces.ts'
import { createNumberHeap } from './number-heap.ts'
import { createPairTable, type PairTable } from './pair-table.ts'
import type { BpeJson } from './tokenizer-json.ts'

/** More than the characters of any text; a queue entry is rank × this + position. */
const POSITIONS = 2 ** 20

interface Merges {
  readonly ranks: PairTable
  /** Id of the merged piece, by rank. */
  readonly merged: Int32Array
}

/**
 * Returns a function from a word to its ids.
 * @throws {Error} naming a merge whose pieces, or an unknown token that, the vocabulary lacks.
 */
export function createBpe(model: BpeJson): (word: string) => number[] {
  // Not `model`, which would keep the vocabulary and the merges a second time.
  const { byte_fallback: byBytes, fuse_unk: fuses, ignore_merges: wholeFirst } = model
  const ids = idsOfPieces(model.vocab)
  const prefix = model.continuing_subword_prefix ?? ''
  const suffix = model.end_of_word_suffix ?? ''
  const merges = readMerges(model.merges, ids, prefix)
  const unknown = model.unk_token == null ? undefined : ids.get(model.unk_token)
  if (model.unk_token != null && unknown === undefined) {
    throw new Error(`tokenizer: unk_token ${JSON.stringify(model.unk_token)} is not in the vocabulary`)
  }

  function symbolsOf(word: string): number[] {
    const symbols: number[] = []
    let pending = false
    const flush = (): void => {
      if (pending) symbols.push(unknown!)
      pending = false
    }
    for (let at = 0; at < word.length;) {
      const end = at + (word.codePointAt(at)! > 0xffff ? 2 : 1)
      const piece = (at > 0 ? prefix : '') + word.slice(at, end) + (end === word.length ? suffix : '')
      at = end
      const id = ids.get(piece)
      if (id !== undefined) {
        flush()
        symbols.push(id)
        continue
      }
      const bytes = byBytes ? byteFallback(piece, ids) : undefined
      // As in the reference, a pending unknown comes after the bytes; without an unknown token the character
      // vanishes.
      if (bytes) symbols.push(...bytes)
      else if (unknown !== undefined) {
        if (!fuses) flush()
        pending = true
      }
    }
    flush()
    return symbols
  }

  return (word) => {
    if (wholeFirst) {
      const whole = ids.get(word)
      if (whole !== undefined) return [whole]
    }
    return mergeAll(symbolsOf(word), merges)
  }
}

function readMerges(list: BpeJson['merges'], ids: ReadonlyMap<string, number>, prefix: string): Merges {
  const ranks = createPairTable(list.length)
  const merged = new Int32Array(list.length)
  const idOf = (piece: string, rank: number): number => {
    const id = ids.get(piece)
    if (id === undefined) throw new Error(`tokenizer: /model/merges/${rank}: ${JSON.stringify(piece)} is not in the vocabulary`)
    return id
  }
  list.forEach((merge, rank) => {
    const parts: readonly unknown[] = typeof merge === 'string' ? merge.split(' ') : merge
    const [left, right] = parts
    if (parts.length !== 2 || typeof left !== 'string' || typeof right !== 'string') {
      throw new Error(`tokenizer: /model/merges/${rank} is not a pair of pieces`)
    }
    ranks.set(idOf(left, rank), idOf(right, rank), rank)
    merged[rank] = idOf(left + right.slice(prefix.length), rank)
  })
  return { ranks, merged }
}

/** The symbols as a linked list, merged in place: lowest rank first, equal ranks from the left. */
function mergeAll(symbols: number[], { ranks, merged }: Merges): number[] {
  const length = symbols.length
  if (length < 2) return symbols
  const next = Int32Array.from({ length }, (_, at) => at + 1)
  const previous = Int32Array.from({ length }, (_, at) => at - 1)
  const gone = new Uint8Array(length)
  const queue = createNumberHeap()
  const propose = (at: number): void => {
    if (at < 0 || next[at]! >= length) return
    const rank = ranks.get(symbols[at]!, symbols[next[at]!]!)
    if (rank >= 0) queue.push(rank * POSITIONS + at)
  }
  for (let at = 0; at < length; at++) propose(at)

  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    const rank = Math.floor(entry / POSITIONS)
    const at = entry % POSITIONS
    const right = next[at]!
    if (gone[at] || right >= length) continue
    const current = ranks.get(symbols[at]!, symbols[right]!)
    // The proposed pair may have changed since.
    if (current < 0 || merged[current] !== merged[rank]) continue
    symbols[at] = merged[rank]!
    gone[right] = 1
    const after = next[right]!
    next[at] = after
    if (after < length) previous[after] = at
    propose(previous[at]!)
    propose(at)
  }
  return symbols.filter((_, at) => !gone[at])
}
