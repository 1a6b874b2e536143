/**
 * How many rivals outrank or tie the right match, in both directions between pictures (or videos) and their sentences. Every
 * retrieval protocol is a tie rule over these counts.
 * @module
 */
import { dotRows, type Matrix } from './vectors.ts'

/** One entry a query. Equal similarities are split by whether the rival comes before or after the match. */
export interface RankCounts {
  readonly greater: Int32Array
  readonly tiedBefore: Int32Array
  readonly tiedAfter: Int32Array
}

export interface CrossModalCounts {
  /** A query is a sentence; rivals are the other pictures. Length: sentences. */
  readonly textToVisual: RankCounts
  /** A query is a picture; its match is the most similar of its own sentences (of equals the last). Length: pictures. */
  readonly visualToText: RankCounts
}

/**
 * Similarity is the dot product in Float64. One row of similarities (a picture against all sentences) is alive at a time.
 * @param visual - N pictures.
 * @param text - M sentences.
 * @param owner - length M: the picture each sentence belongs to; every picture owns at least one.
 * @param onRow - sees each picture's row of M similarities before it is overwritten.
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

/** The counts of one row of similarities whose right match is at `match`. */
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
