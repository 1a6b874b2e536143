/**
 * The scores of an ended run, as a comparison reads them.
 * @module
 */
import type { PairedScorers, RunScores } from '../comparisons/run-scores.ts'
import { Fault } from '../contracts/failure.ts'
import { itemPages } from '../contracts/item-pages.ts'
import type { DatasetOpener } from '../contracts/ports.ts'
import type { RunRecord } from '../contracts/run.ts'
import type { RowStatus, SampleRow } from '../contracts/sample-row.ts'
import type { AggregateInput, ItemOutput, ScorerRow } from '../scorers/aggregate-input.ts'
import { ColumnComparables, type Comparable } from '../scorers/comparable.ts'
import { readOutputs } from './read-outputs.ts'
import { readRows, type ReadRowsDependencies, rowsByShard } from './read-rows.ts'
import { scorersOf } from './scorers-of-run.ts'

export type RunScoresDependencies = ReadRowsDependencies & { readonly datasets: DatasetOpener }

/** Items per page in which single items are looked up. */
const PAGE = 1000

/** Reads what was recorded of runs, for comparisons. */
export function runScores(dependencies: RunScoresDependencies): RunScores {
  const open = (run: RunRecord) => dependencies.datasets.open(run.tenant, run.datasetId, run.spec.dataset.digest)
  return {
    statuses: (run, scorers) => readStatuses(dependencies, run, scorers),
    comparables: (run, paired) => readComparables(dependencies, run, paired),
    datasetName: async (run) => (await open(run)).version.name,
    async itemIds(run) {
      const reader = await open(run)
      const ids: string[] = []
      for await (const page of itemPages(reader, run.spec.selection.count)) ids.push(...page.map(({ id }) => id))
      return ids
    },
    async itemIdsAt(run, ordinals) {
      const reader = await open(run)
      const wanted = new Set(ordinals)
      const ids = new Map<number, string>()
      for (const page of new Set(ordinals.map((ordinal) => Math.floor(ordinal / PAGE)))) {
        const first = page * PAGE
        const items = await reader.items(first, Math.min(first + PAGE, run.spec.selection.count))
        items.forEach(({ id }, index) => wanted.has(first + index) && ids.set(first + index, id))
      }
      return ids
    },
  }
}

/** The status of each item under each of the named scorers, in ordinal order. */
async function readStatuses(
  dependencies: RunScoresDependencies,
  run: RunRecord,
  scorers: readonly number[],
): Promise<ReadonlyMap<number, readonly RowStatus[]>> {
  const statuses = new Map(scorers.map((scorer): [number, RowStatus[]] => [scorer, []]))
  for await (const { rows } of rowsByShard(dependencies, run, await clustersOf(dependencies, run)))
    for (const { outcomes } of rows) for (const [scorer, list] of statuses) list.push(outcomes[scorer]!.status)
  return statuses
}

/**
 * Units and sums per scorer, from the items that are paired. An item that is not paired counts as unscored,
 * so that a retrieval gallery has the same pictures in both runs.
 *
 * Scorers whose metrics are functions of columns read the rows shard by shard, so a run may have half a
 * million items. Others hold all rows.
 * @throws {Fault} `conflict` if the run's rows are gone
 */
async function readComparables(
  dependencies: RunScoresDependencies,
  run: RunRecord,
  paired: PairedScorers,
): Promise<ReadonlyMap<number, readonly Comparable[]>> {
  const scorers = scorersOf(run)
  const needsAll = [...paired.keys()].some((index) => scorers[index]!.comparesOutcomes)
  return needsAll ? fromAllRows(dependencies, run, paired) : fromColumns(dependencies, run, paired)
}

async function fromColumns(
  dependencies: RunScoresDependencies,
  run: RunRecord,
  paired: PairedScorers,
): Promise<ReadonlyMap<number, readonly Comparable[]>> {
  const scorers = scorersOf(run)
  const collected = new Map(
    Array.from(paired.keys(), (index): [number, ColumnComparables] => [index, new ColumnComparables(scorers[index]!.statistics)]),
  )
  let count = 0
  for await (const { rows } of rowsByShard(dependencies, run, await clustersOf(dependencies, run))) {
    count += rows.length
    for (const [index, columns] of collected) columns.add(rows.map((row) => pairedRow(row, index, paired)))
  }
  requireAllRows(run, count)
  return new Map(Array.from(collected, ([index, columns]) => [index, columns.done()]))
}

async function fromAllRows(
  dependencies: RunScoresDependencies,
  run: RunRecord,
  paired: PairedScorers,
): Promise<ReadonlyMap<number, readonly Comparable[]>> {
  const scorers = scorersOf(run)
  const reader = await dependencies.datasets.open(run.tenant, run.datasetId, run.spec.dataset.digest)
  const columns = await reader.columns()
  const { rows, embeddings } = await readRows(dependencies, run, columns.cluster)
  requireAllRows(run, rows.length)
  const keeper = Array.from(paired.keys(), (index) => scorers[index]!).find(
    ({ keepsOutputs, requires }) => keepsOutputs && requires !== 'embeddings',
  )
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
  const comparables = (index: number) =>
    scorers[index]!.comparables({ ...common, rows: rows.map((row) => pairedRow(row, index, paired)) })
  return new Map(Array.from(paired.keys(), (index) => [index, comparables(index)]))
}

async function clustersOf({ datasets }: RunScoresDependencies, { tenant, datasetId, spec }: RunRecord): Promise<Uint32Array> {
  return (await datasets.open(tenant, datasetId, spec.dataset.digest)).clusters(0, spec.selection.count)
}

function requireAllRows({ id, spec }: RunRecord, count: number): void {
  if (count < spec.selection.count)
    throw new Fault({ kind: 'conflict', detail: `run ${id} has ${count} rows of ${spec.selection.count}` })
}

function pairedRow({ ordinal, cluster, outcomes }: SampleRow, scorer: number, paired: PairedScorers): ScorerRow {
  const outcome = outcomes[scorer]!
  return { ordinal, cluster, ...outcome, status: paired.get(scorer)!(ordinal) ? outcome.status : 'unscored' }
}
