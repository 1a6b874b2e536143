/**
 * Numbers of rivals that outrank or tie the right match, in both directions between pictures (or videos) and
 * sentences. Every retrieval protocol is a tie rule over these counts.
 * @module
 */
import { dotRows, type VectorRows } from './vectors.ts'

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

/** Pictures and sentences of a tile: 1.2 MB as Float64 with 512 dimensions, which caches hold. */
const PICTURES_PER_TILE = 32
const SENTENCES_PER_TILE = 256

/**
 * Similarity is the dot product in Float64. The similarities of 32 pictures with all sentences are in memory
 * at a time, beside the vectors.
 * @param visual - N pictures.
 * @param text - M sentences.
 * @param owner - length M: the picture of each sentence; every picture has at least one.
 * @param onRow - receives each picture's row of M similarities before it is overwritten.
 */
export function crossModalCounts(
  visual: VectorRows,
  text: VectorRows,
  owner: Int32Array,
  onRow?: (picture: number, similarities: Float64Array) => void,
): CrossModalCounts {
  if (visual.dimensions !== text.dimensions)
    throw new RangeError(`picture vectors have ${visual.dimensions} dimensions, sentence vectors ${text.dimensions}`)
  const textToVisual = emptyCounts(text.rows)
  const visualToText = emptyCounts(visual.rows)
  const { own, best } = ownSimilarities(visual, text, owner)
  for (const { first, rows } of similarityRows(visual, text))
    rows.forEach((similarities, index) => {
      const picture = first + index
      countSentences(similarities, best[picture]!, visualToText, picture)
      countPicture(similarities, picture, own, owner, textToVisual)
      onRow?.(picture, similarities)
    })
  return { textToVisual, visualToText }
}

/** Similarity of each sentence with its own picture, and the most similar own sentence of each picture. */
function ownSimilarities(
  visual: VectorRows,
  text: VectorRows,
  owner: Int32Array,
): { readonly own: Float64Array; readonly best: Int32Array } {
  const { dimensions } = visual
  const own = new Float64Array(text.rows)
  const best = new Int32Array(visual.rows).fill(-1)
  const [picture, sentence] = [new Float64Array(dimensions), new Float64Array(dimensions)]
  for (let index = 0; index < text.rows; index++) {
    const of = owner[index]!
    if (index === 0 || of !== owner[index - 1]) visual.copy(of, of + 1, picture)
    text.copy(index, index + 1, sentence)
    own[index] = dotRows({ data: picture, dimensions }, 0, { data: sentence }, 0)
    const previous = best[of]!
    if (previous < 0 || own[index]! >= own[previous]!) best[of] = index
  }
  const orphan = best.indexOf(-1)
  if (orphan >= 0) throw new RangeError(`picture ${orphan} has no sentence`)
  return { own, best }
}

/** Rows of similarities, some pictures at a time. The rows are overwritten by the next ones. */
function* similarityRows(
  visual: VectorRows,
  text: VectorRows,
): Generator<{ readonly first: number; readonly rows: readonly Float64Array[] }> {
  const { dimensions } = visual
  const pictures = { data: new Float64Array(PICTURES_PER_TILE * dimensions), dimensions }
  const sentences = { data: new Float64Array(SENTENCES_PER_TILE * dimensions) }
  const held = Array.from({ length: Math.min(PICTURES_PER_TILE, visual.rows) }, () => new Float64Array(text.rows))
  for (let first = 0; first < visual.rows; first += PICTURES_PER_TILE) {
    const rows = held.slice(0, visual.rows - first)
    visual.copy(first, first + rows.length, pictures.data)
    for (let from = 0; from < text.rows; from += SENTENCES_PER_TILE) {
      const end = Math.min(text.rows, from + SENTENCES_PER_TILE)
      text.copy(from, end, sentences.data)
      for (let picture = 0; picture < rows.length; picture++) {
        const row = rows[picture]!
        for (let sentence = from; sentence < end; sentence++)
          row[sentence] = dotRows(pictures, picture, sentences, sentence - from)
      }
    }
    yield { first, rows }
  }
}

/** Sentences that outrank or tie the match of one picture. */
function countSentences(similarities: Float64Array, match: number, counts: RankCounts, picture: number): void {
  const found = countsOfRow(similarities, match)
  counts.greater[picture] = found.greater
  counts.tiedBefore[picture] = found.tiedBefore
  counts.tiedAfter[picture] = found.tiedAfter
}

/** Counts one picture among the rivals of each sentence that it outranks or ties. */
function countPicture(
  similarities: Float64Array,
  picture: number,
  own: Float64Array,
  owner: Int32Array,
  counts: RankCounts,
): void {
  for (let sentence = 0; sentence < similarities.length; sentence++) {
    const similarity = similarities[sentence]!
    const right = own[sentence]!
    if (!(similarity >= right) || owner[sentence] === picture) continue
    if (similarity > right) counts.greater[sentence]!++
    else if (picture < owner[sentence]!) counts.tiedBefore[sentence]!++
    else counts.tiedAfter[sentence]!++
  }
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
