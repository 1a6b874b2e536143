/**
 * Labels and the prompts that describe them.
 * @module
 */
import { z } from 'zod'
import type { Candidate } from './item.ts'

/** Where the label goes in a template. */
export const LABEL_PLACE = '{}'

/** Most templates of a classifier. */
export const MOST_TEMPLATES = 100

/** Most UTF-16 code units of a label, prompt or template. */
export const MOST_LABEL_CHARACTERS = 1024

/** Templates of a run. */
export const labelTemplates = z
  .array(
    z
      .string()
      .max(MOST_LABEL_CHARACTERS)
      .refine((template) => template.includes(LABEL_PLACE), 'must have {} where the label goes: "a picture of {}"'),
  )
  .min(1)
  .max(MOST_TEMPLATES)
  .refine((templates) => new Set(templates).size === templates.length, 'has a template twice, which would weigh twice')

export interface LabelPrompts {
  readonly label: string
  readonly prompts: readonly string[]
}

/**
 * The prompts of every label, in the order given. A label without prompts of its own is put into the
 * templates.
 * @param templates - each holds {@link LABEL_PLACE}; the label alone by default
 */
export function labelPrompts(
  labels: readonly (string | LabelPrompts)[],
  templates: readonly string[] = [LABEL_PLACE],
): LabelPrompts[] {
  return labels.map((entry) =>
    typeof entry === 'string'
      ? { label: entry, prompts: templates.map((template) => template.replaceAll(LABEL_PLACE, () => entry)) }
      : entry,
  )
}

/** The prompts of an item's candidates, see {@link labelPrompts}. */
export function promptsOf(candidates: readonly Candidate[], templates: readonly string[] | undefined): LabelPrompts[] {
  return labelPrompts(
    candidates.map(({ label, prompts }) => (prompts === undefined ? label : { label, prompts })),
    templates,
  )
}
