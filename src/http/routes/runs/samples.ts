/**
 * The samples of a run, from the evidence of its shards and the items of its dataset.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import type { Item } from '../../../contracts/item.ts'
import type { RunRecord, SampleEvidence } from '../../../contracts/run.ts'
import { decodeLateResults, withLateResults } from '../../../scorers/late-results.ts'
import { failedSample } from '../../../runs/failed-samples.ts'
import { SCORERS } from '../../../scorers/registry.ts'
import type { Services } from '../../app-context.ts'
import type { OutputItem } from './output-item-schema.ts'
import { ordinalOfOutputItem, outputItemShape } from './output-item-shape.ts'

const TALLY = { pass: 'passed', fail: 'failed', error: 'errored' } as const

/**
 * Up to `count` samples in ordinal order, from `first` on. The samples of failed shards are errored.
 * @param status - only samples of this status
 */
export async function samplesOf(
  services: Services,
  run: RunRecord,
  first: number,
  count: number,
  status?: keyof typeof TALLY,
): Promise<OutputItem[]> {
  const itemsOf = await itemReader(services, run)
  const complete = await lateResultReader(services, run)
  const samples: OutputItem[] = []
  for await (const part of services.views.evidence(run, first, status && TALLY[status])) {
    const range =
      'samples' in part
        ? { first: part.samples[0]?.ordinal ?? 0, end: (part.samples.at(-1)?.ordinal ?? -1) + 1 }
        : { ...part.failed, end: Math.min(part.failed.end, part.failed.first + count - samples.length) }
    const items = await itemsOf(range.first, range.end)
    const evidence = 'samples' in part ? part.samples.map(complete) : failedSamples(run, range, items, part.failed.reason)
    for (const sample of evidence) {
      const shown = outputItemShape(run, items?.[sample.ordinal - range.first] ?? null, sample)
      if (status !== undefined && shown.status !== status) continue
      samples.push(shown)
      if (samples.length === count) return samples
    }
  }
  return samples
}

/** Items of the first window of {@link samplesBefore}; each further one is twice as large. */
const FIRST_WINDOW = 128

/** The same in descending order, from the last sample before ordinal `end` on. */
export async function samplesBefore(
  services: Services,
  run: RunRecord,
  end: number,
  count: number,
  status?: keyof typeof TALLY,
): Promise<OutputItem[]> {
  const samples: OutputItem[] = []
  for (let [last, window] = [end, FIRST_WINDOW]; last > 0 && samples.length < count; window *= 2) {
    const first = Math.max(0, last - window)
    const found = await samplesOf(services, run, first, last - first, status)
    const within = found.filter(({ id }) => ordinalOfOutputItem(run, id)! < last)
    samples.push(...within.toReversed())
    last = first
  }
  return samples.slice(0, count)
}

/** Adds the results that a scorer could compute only once the run was merged. */
async function lateResultReader(services: Services, run: RunRecord): Promise<(sample: SampleEvidence) => SampleEvidence> {
  if (run.ranksKey === null) return (sample) => sample
  const late = decodeLateResults(await services.blobs.get(run.ranksKey), SCORERS.bindAll(run.spec.criteria))
  return (sample) => withLateResults(sample, late)
}

/** Reads items [first, end); null for a deleted dataset: an ended run outlives its dataset. */
async function itemReader(services: Services, run: RunRecord): Promise<(first: number, end: number) => Promise<Item[] | null>> {
  const { tenant, datasetId, spec } = run
  const nullIfDeleted = (error: unknown): null => {
    if (error instanceof Fault && error.failure.kind === 'not_found') return null
    throw error
  }
  const reader = await services.datasets.open(tenant, datasetId, spec.dataset.digest).catch(nullIfDeleted)
  return async (first, end) => (first < end ? reader && reader.items(first, end).catch(nullIfDeleted) : [])
}

function failedSamples(
  run: RunRecord,
  { first, end }: { first: number; end: number },
  items: Item[] | null,
  failure: string | null,
): SampleEvidence[] {
  return Array.from({ length: end - first }, (_, index) =>
    failedSample(run, { ordinal: first + index, id: items?.[index]?.id ?? '', failure }),
  )
}
