/**
 * Numbers of rivals that outrank or tie the right match, in both directions between pictures (or videos) and
 * sentences. Every retrieval protocol is a tie rule over these counts.
 * @module
 */
import { dotRows, type Matrix } from './vectors.ts'

/** One entry per query. Rivals with an equal similarity are counted before and after the match separately. */
export interface RankCounts {
  readonly greater: Int32Array
  readonly tiedBefore: Int32Array
  readonly tiedAfter: Int32Array
}

export interface CrossModalCounts {
  /** Queries are sentences; rivals are the other pictures. Length: number of sentences. */
  readonly textToVisual: RankCounts
  /**
   * Queries are pictures; the match is the most similar of a picture's own sentences (the last in a tie).
   * Length: number of pictures.
   */
  readonly visualToText: RankCounts
}

/**
 * Similarity is the dot product in Float64. Only one row of similarities (a picture against all sentences) is
 * in memory.
 * @param visual - N pictures.
 * @param text - M sentences.
 * @param owner - length M: the picture of each sentence; every picture has at least one.
 * @param onRow - receives each picture's row of M similarities before it is overwritten.
 */
export function crossModalCounts(
  visual: Matrix,
  text: Matrix,
  owner: Int32Array,
  onRow?: (picture: number, similarities: Float64Array) => void,
): CrossModalCounts {
  if (visual.dimensions !== text.dimensions)
    throw new RangeError(`picture vectors have ${visual.dimensions} dimensions, sentence vectors ${text.dimensions}`)
  const textToVisual = emptyCounts(text.rows)
  const visualToText = emptyCounts(visual.rows)
  const own = new Float64Array(text.rows)
  const best = new Int32Array(visual.rows).fill(-1)
  for (let sentence = 0; sentence < text.rows; sentence++) {
    const picture = owner[sentence]!
    own[sentence] = dotRows(visual, picture, text, sentence)
    const previous = best[picture]!
    if (previous < 0 || own[sentence]! >= own[previous]!) best[picture] = sentence
  }
  const orphan = best.indexOf(-1)
  if (orphan >= 0) throw new RangeError(`picture ${orphan} has no sentence`)

  const similarities = new Float64Array(text.rows)
  for (let picture = 0; picture < visual.rows; picture++) {
    const match = best[picture]!
    const matched = own[match]!
    let greater = 0
    let before = 0
    let after = 0
    for (let sentence = 0; sentence < text.rows; sentence++) {
      const similarity = dotRows(visual, picture, text, sentence)
      similarities[sentence] = similarity
      if (similarity > matched) greater++
      else if (similarity === matched && sentence !== match) {
        if (sentence < match) before++
        else after++
      }
      const right = own[sentence]!
      if (similarity >= right && owner[sentence] !== picture) {
        if (similarity > right) textToVisual.greater[sentence]!++
        else if (picture < owner[sentence]!) textToVisual.tiedBefore[sentence]!++
        else textToVisual.tiedAfter[sentence]!++
      }
    }
    visualToText.greater[picture] = greater
    visualToText.tiedBefore[picture] = before
    visualToText.tiedAfter[picture] = after
    onRow?.(picture, similarities)
  }
  return { textToVisual, visualToText }
}

/** Counts for one row of similarities with the right match at `match`. */
export function countsOfRow(
  similarities: ArrayLike<number>,
  match: number,
): { greater: number; tiedBefore: number; tiedAfter: number } {
  const matched = similarities[match]!
  const counts = { greater: 0, tiedBefore: 0, tiedAfter: 0 }
  for (let i = 0; i < similarities.length; i++) {
    if (similarities[i]! > matched) counts.greater++
    else if (similarities[i] === matched && i !== match) {
      if (i < match) counts.tiedBefore++
      else counts.tiedAfter++
    }
  }
  return counts
}

function emptyCounts(length: number): RankCounts {
  return { greater: new Int32Array(length), tiedBefore: new Int32Array(length), tiedAfter: new Int32Array(length) }
}
