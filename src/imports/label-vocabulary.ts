/**
 * The labels of a breakdown and their codes.
 * @module
 */
import type { StratumVocabulary } from '../contracts/dataset.ts'
import { unprocessableField } from '../contracts/failure.ts'
import { MAX_LABEL_LENGTH, type Stratum } from '../tasks/format.ts'

/**
 * Most labels of one breakdown. Each becomes a slice in every report, and a report must fit in a row. VQA v2
 * has 65 question types.
 */
const MAX_SLICES = 256
/** Codes are 16 bits. */
const MAX_CODES = 65_536
/** Most characters of one vocabulary, which is stored in a row of 2 MB. */
const MAX_VOCABULARY = 500_000

/** The distinct labels of a breakdown, in ascending order. A label's code is its index. */
export class LabelVocabulary implements StratumVocabulary {
  readonly name: string
  readonly values: string[] = []
  readonly #field: string
  readonly #most: number
  #characters = 0

  constructor({ name, field, sliced }: Stratum) {
    this.name = name
    this.#field = field
    this.#most = sliced ? MAX_SLICES : MAX_CODES
  }

  /** @throws {Fault} `unprocessable` if the vocabulary becomes too large for a report, a code or a row */
  add(value: string): void {
    const refuse = (detail: string) => unprocessableField(this.#field, detail)
    if (value.length > MAX_LABEL_LENGTH)
      throw refuse(`${JSON.stringify(value.slice(0, 40))}… is longer than ${MAX_LABEL_LENGTH} characters`)
    if (this.values.length === this.#most) throw refuse(`has too many different values; there may be at most ${this.#most}`)
    this.#characters += value.length
    if (this.#characters > MAX_VOCABULARY) throw refuse(`its values have more than ${MAX_VOCABULARY} characters together`)
    this.values.push(value)
  }
}

/** Vocabulary and codes of labels that are all in memory. */
export function encodeLabels(stratum: Stratum, labels: readonly string[]): { vocabulary: StratumVocabulary; codes: Uint16Array } {
  const vocabulary = new LabelVocabulary(stratum)
  for (const label of [...new Set(labels)].toSorted()) vocabulary.add(label)
  const { name, values } = vocabulary
  const codeOf = new Map(values.map((value, code) => [value, code]))
  return { vocabulary: { name, values }, codes: Uint16Array.from(labels, (label) => codeOf.get(label)!) }
}
