/**
 * The detector of picture kinds: a small network over the statistics of a picture's pixels, fitted by
 * `training/assay_domain` (docs/models.md). Its members' probabilities are averaged.
 * @module
 */
import { digestOf } from '../../contracts/digest.ts'
import { PICTURE_KINDS } from '../../contracts/picture-kind.ts'
import type { PixelSample } from '../../media/pixel-sample.ts'
import { pictureStatistics, STATISTICS } from './statistics.ts'

/** A layer's weights: one row per output, the bias last. */
type Layer = readonly (readonly number[])[]

export interface DetectorParameters {
  readonly version: string
  /** Version of the statistics that it was fitted to. */
  readonly statistics: string
  readonly kinds: readonly string[]
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
  /** Standardized statistics are clipped to ± this. */
  readonly bound: number
  readonly members: readonly { readonly hidden: Layer; readonly output: Layer }[]
}

export interface Detector {
  /** Probabilities in the order of {@link PICTURE_KINDS}, to four decimals. */
  probabilities(sample: PixelSample): number[]
  /** Digest of the statistics' version and all parameters. */
  digest(): Promise<string>
}

/** @throws {Error} for parameters of other statistics or kinds */
export function createDetector(parameters: DetectorParameters): Detector {
  const { statistics, kinds, mean, deviation, bound, members } = parameters
  if (statistics !== STATISTICS) throw new Error(`the detector was fitted to ${statistics}, not to ${STATISTICS}`)
  if (kinds.join() !== PICTURE_KINDS.join()) throw new Error(`the detector knows ${kinds.join()}, not ${PICTURE_KINDS.join()}`)
  let digest: Promise<string> | undefined
  return {
    probabilities(sample) {
      const inputs = pictureStatistics(sample).map((value, at) =>
        Math.max(-bound, Math.min(bound, (value - mean[at]!) / deviation[at]!)),
      )
      const each = members.map(({ hidden, output }) => softmax(layer(output, layer(hidden, inputs).map(positive))))
      return kinds.map((_, kind) => {
        const sum = each.reduce((total, probabilities) => total + probabilities[kind]!, 0)
        return Math.round((1e4 * sum) / each.length) / 1e4
      })
    },
    digest: () => (digest ??= digestOf(parameters)),
  }
}

const positive = (value: number) => Math.max(0, value)

function layer(rows: Layer, inputs: readonly number[]): number[] {
  return rows.map((row) => {
    let sum = row[inputs.length]!
    for (let at = 0; at < inputs.length; at++) sum += row[at]! * inputs[at]!
    return sum
  })
}

function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits)
  const odds = logits.map((logit) => Math.exp(logit - largest))
  const all = odds.reduce((sum, one) => sum + one, 0)
  return odds.map((one) => one / all)
}
