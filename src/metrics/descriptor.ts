/**
 * What a metric says about itself, so that a report can name it and a reader can look it up.
 * @module
 */

export interface MetricDescriptor {
  /** The field's name, e.g. `CIDEr`. */
  readonly name: string
  /** Definitions that differ in value, by the name a report gives them. */
  readonly variants: readonly string[]
  readonly direction: 'higher_is_better' | 'lower_is_better'
  /** Lowest and highest value; null where there is no bound. */
  readonly range: readonly [low: number | null, high: number | null]
  /** `fraction`, `percent`, `rank`, `score`, … */
  readonly unit: string
  /** Paper, and official code with its commit. */
  readonly source: { readonly paper: string; readonly code: string }
}
