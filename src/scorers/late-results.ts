/**
 * Late results: the results of single items that exist only once all rows are in, such as ranks in a gallery.
 * They are stored beside the report. Nothing in the report depends on them.
 * @module
 */
import type { SampleEvidence } from '../contracts/run.ts'

export interface LateResult {
  readonly passed: boolean
  readonly score: number
  readonly details: Readonly<Record<string, unknown>>
}

/** The late results of one scorer. */
export interface LateResults {
  /** As JSON, in a form that the scorer's `late.read` takes. */
  readonly stored: unknown
  /** undefined for an item that was not scored. */
  of(ordinal: number): LateResult | undefined
}

/** A scorer's way back from the stored form. */
export interface LateReader {
  /** Shown with each sample until the merge. */
  readonly pending: string
  /** @param stored - `LateResults.stored`, as JSON gave it back. */
  read(stored: unknown): LateResults
}

/** One entry per scorer of the run, null for those without late results. */
export type LateResultsOfRun = readonly (LateResults | null)[]

export function encodeLateResults(results: LateResultsOfRun): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ v: 1, scorers: results.map((of) => of?.stored ?? null) }))
}

/**
 * The inverse of {@link encodeLateResults}. Objects written before 2026-11-29 are one list for all scorers
 * with late results.
 */
export function decodeLateResults(bytes: Uint8Array, scorers: readonly { readonly late?: LateReader }[]): LateResultsOfRun {
  const parsed = JSON.parse(new TextDecoder().decode(bytes)) as { readonly scorers: readonly unknown[] } | readonly unknown[]
  return scorers.map(({ late }, index) => {
    const stored = 'scorers' in parsed ? parsed.scorers[index] : parsed
    return late === undefined || stored === null || stored === undefined ? null : late.read(stored)
  })
}

/** A sample's evidence with its late results in place of the pending ones. */
export function withLateResults(sample: SampleEvidence, results: LateResultsOfRun): SampleEvidence {
  return {
    ...sample,
    results: sample.results.map((result, index) => {
      const own = result.status === 'scored' ? results[index]?.of(sample.ordinal) : undefined
      if (own === undefined) return result
      const { reason: _pending, ...rest } = result
      return { ...rest, passed: own.passed, score: own.score, details: { ...result.details, ...own.details } }
    }),
  }
}
