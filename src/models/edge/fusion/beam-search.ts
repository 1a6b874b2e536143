/**
 * Beam search: the most probable texts of a model that says one token after the other.
 * @module
 */
import { logSumExp } from '../../../metrics/softmax.ts'
import { pow } from '../../../statistics/elementary.ts'

export interface Beam {
  readonly ids: readonly number[]
  /** Natural logarithm of the probability of all its tokens. */
  readonly logProbability: number
}

export interface BeamSearchOptions {
  readonly beams: number
  /** Most tokens of a text, the last one included. */
  readonly longest: number
  /** Id of the token that ends a text. */
  readonly end: number
  /** Texts are compared by their log-probability divided by this power of their length. */
  readonly lengthPower: number
}

/**
 * Logits of the next token of every beam, row by row.
 * @param parents of each beam, its index among the beams of the step before; empty in the first step
 * @param last the last token of each beam; empty in the first step, which has one beam
 */
export type NextLogits = (parents: readonly number[], last: readonly number[]) => Promise<Float32Array>

/**
 * Ends when as many texts have ended as there are beams, or at `longest`. Equal scores are ordered by beam,
 * then by token, so that results are the same everywhere. A step costs one call and
 * O(beams × vocabulary) time.
 * @returns ended texts without their last token, the best first; unended ones where none has ended
 */
export async function beamSearch(
  next: NextLogits,
  { beams, longest, end, lengthPower }: BeamSearchOptions,
): Promise<readonly Beam[]> {
  let live: readonly Beam[] = [{ ids: [], logProbability: 0 }]
  let parents: readonly number[] = []
  const ended: Beam[] = []
  for (let length = 1; length <= longest && ended.length < beams; length++) {
    const logits = await next(parents, parents.length === 0 ? [] : live.map(({ ids }) => ids.at(-1)!))
    const found = live.flatMap((beam, index) => continuations(logits, beam, index, live.length, 2 * beams))
    found.sort((one, other) => other.logProbability - one.logProbability || one.parent - other.parent || one.token - other.token)
    const kept: { readonly parent: number; readonly beam: Beam }[] = []
    for (const { parent, token, logProbability } of found.slice(0, 2 * beams)) {
      const { ids } = live[parent]!
      if (token === end) ended.push({ ids, logProbability })
      else if (kept.length < beams) kept.push({ parent, beam: { ids: [...ids, token], logProbability } })
    }
    live = kept.map(({ beam }) => beam)
    parents = kept.map(({ parent }) => parent)
    if (live.length === 0) break
  }
  const score = ({ ids, logProbability }: Beam): number => logProbability / pow(ids.length + 1, lengthPower)
  return (ended.length > 0 ? ended : live).toSorted((one, other) => score(other) - score(one)).slice(0, beams)
}

interface Continuation {
  readonly parent: number
  readonly token: number
  readonly logProbability: number
}

/** The `most` likeliest next tokens of a beam. */
function continuations(logits: Float32Array, beam: Beam, parent: number, beams: number, most: number): Continuation[] {
  const size = logits.length / beams
  const own = logits.subarray(parent * size, (parent + 1) * size)
  const total = logSumExp(own)
  const order = Array.from(own.keys())
    .toSorted((one, other) => own[other]! - own[one]! || one - other)
    .slice(0, most)
  return order.map((token) => ({ parent, token, logProbability: beam.logProbability + own[token]! - total }))
}
