/**
 * Cheap scores that support a costlier run: one criterion of a completed run over a whole dataset version.
 * Stored under their hash, so that the costlier run's report depends only on its spec and its rows.
 * @module
 */
import type { DatasetVersion } from '../contracts/dataset.ts'
import { Fault, unprocessableField } from '../contracts/failure.ts'
import type { Blobs, RunStore } from '../contracts/ports.ts'
import type { ProxyIdentity, RunRecord, RunSpec } from '../contracts/run.ts'
import { decodeColumn } from '../contracts/sample-row.ts'
import type { ItemMean } from '../scorers/item-mean.ts'
import { earlierRowWidths, rowWidths } from '../scorers/registry.ts'
import { requireMean } from './plan.ts'
import { shardsInOrder } from './read-rows.ts'
import { scorersOf } from './scorers-of-run.ts'

export interface AdoptProxyDependencies {
  readonly runs: Pick<RunStore, 'findRun' | 'readShards'>
  readonly blobs: Pick<Blobs, 'get' | 'putScores'>
}

export interface ProxyScoresDependencies {
  readonly blobs: Pick<Blobs, 'readScores'>
}

const POINTER = '/prediction_powered/proxy'

/**
 * Reads, completes and stores the scores of a proxy.
 * @throws {Fault} `not_found` or `unprocessable`, naming the field, unless the run scored every item of
 *   `version`
 */
export async function adoptProxy(
  dependencies: AdoptProxyDependencies,
  tenant: string,
  proxy: { readonly run: string; readonly criterion: string },
  version: DatasetVersion,
): Promise<ProxyIdentity> {
  const run = await dependencies.runs.findRun(tenant, proxy.run)
  if (run === null) throw new Fault({ kind: 'not_found', resource: 'run', id: proxy.run, pointer: `${POINTER}/run` })
  checkProxy(run, version)
  const place = requireMean(scorersOf(run), proxy.criterion, `${POINTER}/criterion`)
  const scores = await recordedScores(dependencies, run, place)
  const unscored = fillWithMean(scores)
  if (unscored === scores.length) throw unprocessableField(`${POINTER}/run`, `run ${run.id} has no score for any item`)
  return {
    report_digest: run.reportDigest!,
    criterion: proxy.criterion,
    scores_digest: await dependencies.blobs.putScores(tenant, scores),
    unscored,
  }
}

/** The scores of a planned run's proxy; null if it has none. */
export async function proxyOf(
  { blobs }: ProxyScoresDependencies,
  tenant: string,
  { prediction_powered: powered }: RunSpec,
): Promise<Float64Array | null> {
  return powered === undefined ? null : blobs.readScores(tenant, powered.proxy.scores_digest)
}

function checkProxy({ id, status, spec, reportDigest }: RunRecord, version: DatasetVersion): void {
  const refuse = (why: string) => unprocessableField(`${POINTER}/run`, `run ${id} ${why}`)
  if (status !== 'completed' || reportDigest === null) throw refuse(`is ${status}; a proxy needs a completed run`)
  if (spec.dataset.digest !== version.digest)
    throw refuse(`is over version ${spec.dataset.digest.slice(0, 12)} of a dataset, not ${version.digest.slice(0, 12)}`)
  if (spec.selection.count < version.items)
    throw refuse(`scored ${spec.selection.count} of ${version.items} items; a proxy needs them all`)
  if (spec.stopping !== undefined || spec.prediction_powered?.target_half_width !== undefined)
    throw refuse('may have stopped early; a proxy needs every item')
}

/** By ordinal; NaN without a score. */
async function recordedScores(
  dependencies: AdoptProxyDependencies,
  run: RunRecord,
  place: Pick<ItemMean, 'index' | 'column'>,
): Promise<Float64Array> {
  const scorers = scorersOf(run)
  const widths = rowWidths(scorers)
  const scores = new Float64Array(run.spec.dataset.items).fill(NaN)
  const take = (rows: Uint8Array): void => {
    const { ordinals, values } = decodeColumn(
      rows,
      widths,
      { scorer: place.index, column: place.column },
      earlierRowWidths(scorers),
    )
    ordinals.forEach((ordinal, index) => (scores[ordinal] = values[index]!))
  }
  if (run.rowsKey !== null) {
    take(await dependencies.blobs.get(run.rowsKey))
    return scores
  }
  for await (const { shard, state, rows } of shardsInOrder(dependencies, run)) {
    if (rows !== null) take(rows)
    else if (state !== 'failed') {
      // Compacted since the run was read: its rows are in one object now.
      const again = await dependencies.runs.findRun(run.tenant, run.id)
      if (!again?.rowsKey) throw new Error(`run ${run.id}: shard ${shard} is ${state} without rows`)
      return recordedScores(dependencies, again, place)
    }
  }
  return scores
}

/** Replaces other scores by the mean of the finite ones. @returns the number of replacements */
function fillWithMean(scores: Float64Array): number {
  let sum = 0
  let finite = 0
  for (const score of scores) {
    if (!Number.isFinite(score)) continue
    sum += score
    finite++
  }
  const mean = finite === 0 ? 0 : sum / finite
  scores.forEach((score, index) => {
    if (!Number.isFinite(score)) scores[index] = mean
  })
  return scores.length - finite
}
