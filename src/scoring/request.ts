/**
 * A request about one picture, as the use cases take it: decoded and checked, free of HTTP.
 * @module
 */
import type { EdgeModels, LabelSet, Memory } from '../contracts/edge-model.ts'
import type { ClipScoreVariant } from '../metrics/clipscore.ts'
import type { LabelPrompts } from '../contracts/label-prompts.ts'

/** Texts, each to be scored by itself. */
export interface TextsQuestion {
  readonly kind: 'texts'
  readonly texts: readonly string[]
  readonly variant: ClipScoreVariant
}

/** Labels to rank by probability. */
export interface LabelsQuestion {
  readonly kind: 'labels'
  readonly labels: readonly LabelPrompts[]
}

export type Question = TextsQuestion | LabelsQuestion

/** Names of the request's parts, for failures: JSON pointers or form fields. */
export interface Places {
  readonly image: string
  readonly model: string
  readonly classify: string
  text(index: number): string
  label(index: number): string
}

export interface ScoringRequest {
  /** Id of a model; null to have one chosen by the kind of the picture. */
  readonly model: string | null
  readonly question: Question
  readonly places: Places
}

/** The sender of a request. */
export interface Asker {
  readonly tenant: string
  /** Requests of one scope may see, by the time an answer takes, what others of that scope asked. */
  readonly scope: string
  /**
   * Charges the sender's budget, before any inference.
   * @param prompts - texts that the text tower embeds for the request
   * @throws {Fault} `too_large` or `rate_limited`
   */
  spend(prompts: number): Promise<void>
}

export interface ScoringPorts {
  readonly edgeModels: Pick<EdgeModels, 'find' | 'shipped'>
  /** Labels that were embedded before, by scope and digest. */
  readonly labelSets: Memory<LabelSet>
}

/** Texts that the text tower embeds for a question. */
export function promptCount(question: Question): number {
  if (question.kind === 'texts') return question.texts.length
  return question.labels.reduce((sum, { prompts }) => sum + prompts.length, 0)
}
