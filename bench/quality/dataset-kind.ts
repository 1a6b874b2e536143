/**
 * A kind of dataset that `bench -- quality` evaluates. A new kind is one file and one line in `kinds.ts`.
 * @module
 */
import type { ApiClient } from '../../scripts/api-client.ts'

export interface Context {
  readonly api: ApiClient
  /** Id of a model of `GET /v1/models`. */
  readonly model: string
  /** Split of Karpathy files, `all`, or undefined for the default. */
  readonly split: string | undefined
  /** Writes a sentence about the dataset to stderr. */
  readonly say: (sentence: string) => void
}

/** Values as they are printed with `--json`: shares from 0 to 1, null where there is none. */
export type Values = { readonly [name: string]: number | null | Values }

export interface Evaluated {
  readonly values: Values
  /** Cells of its row in the table of its kind, after the name. */
  readonly cells: readonly string[]
}

export interface DatasetKind {
  /** Column titles after the name, in Markdown. */
  readonly columns: readonly string[]
  /** @param files names of the files and folders in `folder` */
  recognises(folder: string, files: ReadonlySet<string>): Promise<boolean>
  /** @throws {Error} with a sentence if the dataset cannot be evaluated */
  evaluate(context: Context, name: string, folder: string): Promise<Evaluated>
}

export const percent = (value: number | null): string => (value === null ? '–' : (100 * value).toFixed(1))
