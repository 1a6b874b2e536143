/**
 * Warnings about a run: reasons to trust its values less. They are counted beside the rows, so that a report
 * does not depend on them.
 * @module
 */

export type RunWarningCode = 'few_references'

const PREFIX = 'warning:'

/** The name under which a tally counts items with a warning, beside their outcomes. */
export const countedAs = (code: RunWarningCode): string => `${PREFIX}${code}`

/** Number of items, the clause about them, and the way out. */
const SENTENCES: Readonly<Record<RunWarningCode, (items: string) => string>> = {
  few_references: (items) =>
    `${items} fewer than four reference answers, so vqa_accuracy cannot be 1 there: with one answer it is always 0, ` +
    'with two at most 0.33. It is made for ten answers per question; with one, take string_check as the criterion ' +
    '(docs/datasets.md#data-of-your-own)',
}

export interface RunWarning {
  readonly code: RunWarningCode
  readonly items: number
  readonly message: string
}

/**
 * Parts the counts of a tally.
 * @param counted - numbers of items, by outcome or warning
 */
export function withoutWarnings(counted: Readonly<Record<string, number>>): {
  readonly outcomes: Record<string, number>
  readonly warnings: RunWarning[]
} {
  const outcomes: Record<string, number> = {}
  const warnings: RunWarning[] = []
  for (const [name, items] of Object.entries(counted)) {
    const code = name.slice(PREFIX.length) as RunWarningCode
    if (!name.startsWith(PREFIX)) outcomes[name] = items
    else if (Object.hasOwn(SENTENCES, code))
      warnings.push({ code, items, message: SENTENCES[code](`${items} ${items === 1 ? 'item has' : 'items have'}`) })
  }
  return { outcomes, warnings }
}
