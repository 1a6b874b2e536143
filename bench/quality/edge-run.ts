/**
 * One edge run over a dataset, with one criterion: what every kind of dataset is evaluated by.
 * @module
 */
import { type Dataset, type Run, waitForRun } from '../../scripts/api-client.ts'
import type { Report } from '../../src/contracts/report.ts'
import type { Context } from './dataset-kind.ts'

/** Longest time for a run: what a slow machine takes per picture, and for a start with all labels. */
const MILLISECONDS_PER_PICTURE = 3000
const MILLISECONDS_TO_START = 20 * 60_000
/** Share of pictures that may turn out to be damaged while they are decoded. */
const MAX_ERRORED = 0.1

/**
 * @param task - of the dataset
 * @param criterion - type of the scorer
 * @throws {Error} for a run that does not complete
 */
export async function edgeRun(
  { api, model, say }: Context,
  { name, dataset, task, criterion }: { name: string; dataset: Dataset; task: string; criterion: string },
): Promise<{ readonly run: Run; readonly report: Report }> {
  const { id } = await api.post<{ id: string }>('/v1/evals', {
    name: `Quality of ${model} on ${name}`,
    data_source_config: { type: 'dataset', task },
    testing_criteria: [{ type: criterion, name: criterion }],
  })
  const started = await api.post<Run>(`/v1/evals/${id}/runs`, {
    name: `${model} on ${name}`,
    data_source: { type: 'dataset', dataset: dataset.id, subject: { type: 'edge_model', model } },
    seed: 0,
    max_errored: MAX_ERRORED,
  })
  const { items } = dataset.version
  const run = await waitForRun(api, started, { timeoutMilliseconds: MILLISECONDS_TO_START + MILLISECONDS_PER_PICTURE * items })
  if (run.status !== 'completed') throw new Error(`the run ended as ${run.status}: ${run.error?.message ?? 'no reason'}`)
  if (run.result_counts.errored > 0)
    say(`${run.result_counts.errored} of ${items} pictures could not be decoded and are left out`)
  const { report } = await api.get<{ readonly report: Report }>(`/v1/evals/${id}/runs/${run.id}`)
  return { run, report }
}
