/**
 * The category annotations of NLVR2's development set, `annotated_dev_examples.txt`. lil-lab/nlvr @1892484.
 * @module
 */

/** One annotated sentence of `annotated_dev_examples.txt`. */
export interface Nlvr2Categories {
  readonly sentence: string
  /** e.g. `hard cardinality`, `spatial relation`. */
  readonly categories: readonly string[]
}

/** Reads blocks separated by blank lines: the sentence, then `* category` lines. */
export function readNlvr2Categories(text: string): Nlvr2Categories[] {
  const blocks = text
    .split(/\n[ \t\r]*\n/)
    .map((block) => block.trim())
    .filter((block) => block !== '')
  return blocks.map((block) => {
    const [sentence, ...rest] = block.split('\n').map((line) => line.trim())
    return {
      sentence: sentence!,
      categories: rest.filter((line) => line.startsWith('*')).map((line) => line.slice(1).trim()),
    }
  })
}
