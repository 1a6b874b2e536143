/**
 * Labels and the prompts that describe them.
 * @module
 */

/** Where the label goes in a template. */
export const LABEL_PLACE = '{}'

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
