/**
 * A part of `npm run bench -- conformance`: one metric, fuzzed against its official program.
 *
 * To add one, write `bench/conformance/<metric>.ts` that exports a {@link ConformancePart}, and add it to
 * `PARTS` in `bench/conformance.ts`. `run` draws its cases from `context.random('<metric>/…')`, so that they
 * are the same on every machine, passes them to the official program, and compares. For an absent program it
 * throws `new Skipped('why, and how to get it')`; it never passes. `official/programs.py` has one function
 * per program (`context.official`). Sentences come from `caption-grammar.ts`, which contains no line of a
 * public data set.
 * @module
 */
import type { CounterRandom } from '../../src/statistics/counter-random.ts'

export interface ConformancePart {
  /** Name for `--parts`. */
  readonly name: string
  /** The official program and its version, for the table. */
  readonly official: string
  /** @throws {Skipped} if the official program is not available. */
  readonly run: (context: ConformanceContext) => Promise<readonly ConformanceRow[]>
}

/** One row of the table. */
export interface ConformanceRow {
  /** Compared quantity, e.g. `CIDEr-D`. */
  readonly what: string
  /** Compared cases: lines, pairs, files. */
  readonly cases: number
  /** Cases beyond the bound without an explaining rule. */
  readonly differing: number
  /** Largest relative difference of numbers (absolute if the official number is 0). */
  readonly largestDifference?: number
  /** Cases that the official program does not decide, by reason. The docs name each reason. */
  readonly undecidable?: Readonly<Record<string, number>>
  /** Failing inputs, minimized, with both outcomes. */
  readonly examples?: readonly string[]
}

export interface ConformanceContext {
  readonly seed: number
  /** Multiplier for the number of cases; 1 is a full run. */
  readonly scale: number
  /** An empty folder, removed at the end. */
  readonly folder: string
  /** Draws that depend only on seed and key. */
  readonly random: (key: string) => CounterRandom
  /** Path of `java`. @throws {Skipped} without one. */
  readonly java: () => string
  /** Folder of the installed package pycocoevalcap. @throws {Skipped} without a Python that has it. */
  readonly pycocoevalcap: () => Promise<string>
  /**
   * Runs a script of `bench/conformance/official/` with the Python that has pycocoevalcap: `input` as JSON on
   * standard input, JSON from standard output.
   * @throws {Skipped} without such a Python. @throws {Error} with the end of its stderr if it fails.
   */
  readonly python: (script: string, input: unknown) => Promise<unknown>
  /**
   * Calls a function of `official/programs.py` by its name in `ANSWERS`; each request is an object of
   * arguments.
   * @param options.checkouts - the program is not a package; it is in the folder `ASSAY_OFFICIAL_CHECKOUTS`,
   *   laid out as `programs.py` describes. `ASSAY_PYTHON2` names a Python 2.7.
   * @returns one answer per request; `{raised}` if the program raises.
   * @throws {Skipped} if the programs are absent.
   */
  readonly official: (name: string, requests: readonly object[], options?: { readonly checkouts?: boolean }) => Promise<unknown[]>
  /** Writes to stderr. */
  readonly say: (words: string) => void
}

/** The official program is absent. */
export class Skipped extends Error {}

/** Relative difference, absolute if the official number is 0; 0 for two NaN, infinite for one. */
export function relativeDifference(own: number, official: number): number {
  if (Object.is(own, official) || own === official) return 0
  const difference = Math.abs(own - official) / (official === 0 ? 1 : Math.abs(official))
  return Number.isNaN(difference) ? Infinity : difference
}

/** Number of cases at this scale, of `full`; at least one. */
export function scaled(full: number, { scale }: Pick<ConformanceContext, 'scale'>): number {
  return Math.max(1, Math.round(full * scale))
}
