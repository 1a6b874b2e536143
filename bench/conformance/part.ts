/**
 * What a part of `npm run bench -- conformance` is: one metric, fuzzed against its official program.
 *
 * To add one: write `bench/conformance/<metric>.ts` that exports a {@link ConformancePart}, and name it in the list `PARTS` of
 * `bench/conformance.ts`. `run` draws its cases from `context.random('<metric>/…')`, so that they are the same on every machine, gives
 * them to the official program, and compares. A program that is absent is `throw new Skipped('why, and how to get it')`, never a
 * pass. What stands between is `official/programs.py`, a function for each program (`context.official`). Sentences come from
 * `caption-grammar.ts`; no line of a public data set stands in a grammar.
 * @module
 */
import type { CounterRandom } from '../../src/statistics/counter-random.ts'

export interface ConformancePart {
  /** As in `--parts`. */
  readonly name: string
  /** The official program and its version, for the table. */
  readonly official: string
  /** @throws {Skipped} where the official program is not to be had. */
  readonly run: (context: ConformanceContext) => Promise<readonly ConformanceRow[]>
}

/** One row of the table. */
export interface ConformanceRow {
  /** What was compared, e.g. `CIDEr-D`. */
  readonly what: string
  /** Compared cases: lines, pairs, files. */
  readonly cases: number
  /** Cases beyond the bound that no rule below explains. */
  readonly differing: number
  /** Of numbers: the largest relative difference among the cases (absolute where the official number is 0). */
  readonly largestDifference?: number
  /** Cases left out because the official program does not decide them, by reason. The docs name each reason. */
  readonly undecidable?: Readonly<Record<string, number>>
  /** Failing inputs with both outcomes, as small as they were made. */
  readonly examples?: readonly string[]
}

export interface ConformanceContext {
  readonly seed: number
  /** Cases of a full run are multiplied by this; 1 is a full run. */
  readonly scale: number
  /** An empty folder that is removed at the end. */
  readonly folder: string
  /** Draws that depend on the seed and the key alone. */
  readonly random: (key: string) => CounterRandom
  /** Path of `java`. @throws {Skipped} without one. */
  readonly java: () => string
  /** Folder of the installed package pycocoevalcap. @throws {Skipped} without a Python that has it. */
  readonly pycocoevalcap: () => Promise<string>
  /**
   * Runs a script of `bench/conformance/official/` under the Python that has pycocoevalcap: `input` as JSON on its standard input,
   * its standard output read as JSON.
   * @throws {Skipped} without such a Python. @throws {Error} with its last words when it fails.
   */
  readonly python: (script: string, input: unknown) => Promise<unknown>
  /**
   * Asks a function of `official/programs.py` by its name in `ANSWERS`, a request an object of arguments.
   * @param options.checkouts - the program is no package: it is in the folder that `ASSAY_OFFICIAL_CHECKOUTS` names, laid out as
   * `programs.py` says. `ASSAY_PYTHON2` names a Python 2.7.
   * @returns an answer for each request; `{raised}` where the program raises.
   * @throws {Skipped} where the programs are absent.
   */
  readonly official: (name: string, requests: readonly object[], options?: { readonly checkouts?: boolean }) => Promise<unknown[]>
  /** To stderr. */
  readonly say: (words: string) => void
}

/** The official program is not here. */
export class Skipped extends Error {}

/** Relative difference, absolute where the official number is 0; 0 for two NaN, infinite when only one is. */
export function relativeDifference(own: number, official: number): number {
  if (Object.is(own, official) || own === official) return 0
  const difference = Math.abs(own - official) / (official === 0 ? 1 : Math.abs(official))
  return Number.isNaN(difference) ? Infinity : difference
}

/** How many cases of `full` a run at this scale has; at least one. */
export function scaled(full: number, { scale }: Pick<ConformanceContext, 'scale'>): number {
  return Math.max(1, Math.round(full * scale))
}
