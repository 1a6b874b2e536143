/**
 * The scores of an ended run, as a comparison reads them.
 * @module
 */
import type { RunScores } from '../comparisons/compare-runs.ts'
import { Fault } from '../contracts/failure.ts'
import { itemPages } from '../contracts/item-pages.ts'
import type { DatasetOpener } from '../contracts/ports.ts'
import type { RunRecord } from '../contracts/run.ts'
import type { RowStatus, SampleRow } from '../contracts/sample-row.ts'
import type { AggregateInput, ItemOutput } from '../scorers/aggregate-input.ts'
import type { Comparable } from '../scorers/comparable.ts'
import { readOutputs } from './read-outputs.ts'
import { readRows, type ReadRowsDependencies } from './read-rows.ts'
import { scorersOf } from './scorers-of-run.ts'

export type RunScoresDependencies = ReadRowsDependencies & { readonly datasets: DatasetOpener }

/** Whether an item counts under a scorer. @param scorer - index in the run's specification */
export type IsPaired = (scorer: number, ordinal: number) => boolean

/** Reads what was recorded of runs, for comparisons. */
export function runScores(dependencies: RunScoresDependencies): RunScores {
  const open = (run: RunRecord) => dependencies.datasets.open(run.tenant, run.datasetId, run.spec.dataset.digest)
  return {
    statuses: (run) => readStatuses(dependencies, run),
    comparables: (run, isPaired) => readComparables(dependencies, run, isPaired),
    datasetName: async (run) => (await open(run)).version.name,
    async itemIds(run) {
      const reader = await open(run)
      const ids: string[] = []
      for await (const page of itemPages(reader, run.spec.selection.count)) ids.push(...page.map(({ id }) => id))
      return ids
    },
  }
}

/** The status of each item: one list per scorer, in ordinal order. */
async function readStatuses(dependencies: RunScoresDependencies, run: RunRecord): Promise<readonly RowStatus[][]> {
  const reader = await dependencies.datasets.open(run.tenant, run.datasetId, run.spec.dataset.digest)
  const { cluster } = await reader.columns()
  const { rows } = await readRows(dependencies, run, cluster)
  return scorersOf(run).map((_, scorer) => rows.map(({ outcomes }) => outcomes[scorer]!.status))
}

/**
 * Units and sums per scorer, from the items that are paired. An item that is not paired counts as unscored,
 * so that a retrieval gallery has the same pictures in both runs.
 * @throws {Fault} `conflict` if the run's rows are gone
 */
async function readComparables(
  dependencies: RunScoresDependencies,
  run: RunRecord,
  isPaired: IsPaired,
): Promise<readonly (readonly Comparable[])[]> {
  const scorers = scorersOf(run)
  const reader = await dependencies.datasets.open(run.tenant, run.datasetId, run.spec.dataset.digest)
  const columns = await reader.columns()
  const { rows, embeddings } = await readRows(dependencies, run, columns.cluster)
  if (rows.length < run.spec.selection.count)
    throw new Fault({ kind: 'conflict', detail: `run ${run.id} has ${rows.length} rows of ${run.spec.selection.count}` })
  const keeper = scorers.find(({ keepsOutputs, requires }) => keepsOutputs && requires !== 'embeddings')
  const outputs: ItemOutput[] =
    keeper === undefined ? [] : await readOutputs(dependencies, run, reader, rows.length, keeper.requires)
  const common = {
    version: reader.version,
    columns,
    embeddings,
    outputs,
    seed: run.spec.seed,
    level: run.spec.level,
    complete: run.spec.selection.count === run.spec.dataset.items,
  } satisfies Omit<AggregateInput, 'rows'>
  return scorers.map((scorer, index) =>
    scorer.comparables({ ...common, rows: rows.map((row) => pairedRow(row, index, isPaired)) }),
  )
}

function pairedRow({ ordinal, cluster, outcomes }: SampleRow, scorer: number, isPaired: IsPaired) {
  const outcome = outcomes[scorer]!
  return { ordinal, cluster, ...outcome, status: isPaired(scorer, ordinal) ? outcome.status : ('unscored' as const) }
}
