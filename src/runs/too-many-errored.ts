/**
 * Why a run whose rows were aggregated has failed nevertheless, with the reason of its first such item.
 * @module
 */
import type { RunError, RunRecord, SampleEvidence } from '../contracts/run.ts'
import type { AggregatedRun } from './aggregate-run.ts'
import { type ReadRowsDependencies, shardsInOrder } from './read-rows.ts'

/** Characters of a reason: an answer of an endpoint may be part of it. */
const LONGEST_REASON = 300

/** @returns undefined for a run that completed */
export async function tooManyErrored(
  dependencies: ReadRowsDependencies,
  run: RunRecord,
  {
    hasScore,
    firstErrored,
    firstUnscored,
    report,
  }: Pick<AggregatedRun, 'hasScore' | 'firstErrored' | 'firstUnscored' | 'report'>,
): Promise<RunError | undefined> {
  const { used, errored, unscored } = report.counts
  const first = (ordinal: number | null) => firstReason(dependencies, run, ordinal)
  if (errored === used)
    return {
      code: 'too_many_errored',
      message: `all ${used} items errored${await first(firstErrored)}; the output items say why`,
    }
  if (!hasScore)
    return {
      code: 'nothing_scored',
      message: `no item has a score: of ${used} items ${errored} errored and ${unscored} are unscored${await first(firstErrored ?? firstUnscored)}`,
    }
  if (errored / used <= run.maxErrored) return undefined
  const share = (part: number) => `${Math.round(1000 * part) / 10} %`
  return {
    code: 'too_many_errored',
    message: `${errored} of ${used} items errored (${share(errored / used)}); max_errored allows ${share(run.maxErrored)}${await first(firstErrored)}`,
  }
}

/** `, first "q17": the endpoint answered 401`; empty if nothing is known about it. */
async function firstReason(dependencies: ReadRowsDependencies, run: RunRecord, ordinal: number | null): Promise<string> {
  if (ordinal === null) return ''
  for await (const { first, end, evidenceKey, error } of shardsInOrder(dependencies, run, ordinal + 1)) {
    if (ordinal < first || ordinal >= end) continue
    if (evidenceKey === null) return error === null ? '' : `, first: ${shortened(error)}`
    // A run ends without its reason rather than not at all.
    const evidence = await dependencies.blobs.get(evidenceKey).catch(() => new Uint8Array())
    const lines = new TextDecoder().decode(evidence).split('\n').filter(Boolean)
    const sample = lines.map((line) => JSON.parse(line) as SampleEvidence).find((one) => one.ordinal === ordinal)
    const reason = sample?.error?.message ?? sample?.results.find(({ status }) => status !== 'scored')?.reason
    return reason === undefined ? '' : `, first ${JSON.stringify(sample!.item_id)}: ${shortened(reason)}`
  }
  return ''
}

function shortened(reason: string): string {
  const characters = [...reason]
  return characters.length <= LONGEST_REASON ? reason : `${characters.slice(0, LONGEST_REASON).join('')}…`
}
