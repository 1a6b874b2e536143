/**
 * Descriptor of a metric, so that a report can name it and a reader can find its definition.
 * @module
 */

export interface MetricDescriptor {
  /** The field's name, e.g. `CIDEr`. */
  readonly name: string
  /** Definitions that differ in value, by their name in reports. */
  readonly variants: readonly string[]
  readonly direction: 'higher_is_better' | 'lower_is_better'
  /** Lowest and highest value; null if unbounded. */
  readonly range: readonly [low: number | null, high: number | null]
  /** `fraction`, `percent`, `rank`, `score`, … */
  readonly unit: string
  /** Paper, and official code with its commit. */
  readonly source: { readonly paper: string; readonly code: string }
}
