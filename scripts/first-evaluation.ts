/**
 * The first evaluation: the fixtures in their official formats, imported, evaluated and ranked through the
 * HTTP API alone.
 * @module
 */
import process from 'node:process'
import { ServerError } from '../src/cli/connection.ts'
import { waitForRun, type ApiClient, type Dataset, type LeaderboardRow, type Run } from './api-client.ts'
import { captionBaselines, vqaBaselines } from './baseline-results.ts'
import {
  FAMILY_CAPTIONS,
  FAMILY_CLIPS,
  FAMILY_NLVR2,
  FAMILY_SCENES,
  FAMILY_STATEMENTS,
  FAMILY_STEPS,
  FAMILY_VQA,
  type FixtureDataset,
  importFixture,
  PHOTOS,
  SCENES,
  SCENES_CAPTIONS,
  SCENES_VQA,
  TWEMOJI,
  upload,
  uploadResults,
} from './fixture-datasets.ts'
import { formatTable } from '../src/cli/table.ts'

/** The shipped models that it evaluates. */
export const EVALUATED_MODELS = [
  'assay-clip',
  'assay-photo',
  'assay-visualbert',
  'assay-vilbert',
  'assay-lxmert',
  'assay-caption',
] as const
type EvaluatedModel = (typeof EVALUATED_MODELS)[number]
/** Milliseconds after which a run hangs. A quiet machine takes less than one minute for all of them. */
const RUN_TIMEOUT = 900_000

/** Retrieval datasets, and the models that are made for such pictures. */
const RETRIEVAL: readonly (readonly [FixtureDataset, EvaluatedModel])[] = [
  [TWEMOJI, 'assay-clip'],
  [SCENES, 'assay-clip'],
  [FAMILY_SCENES, 'assay-clip'],
  [PHOTOS, 'assay-photo'],
]

/** Classes of our procedures; COIN itself has 778. */
const FAMILY_STEP_CLASSES = 25

/** A task of which uploaded results of two systems are scored. */
interface ResultsEvaluation {
  readonly name: string
  readonly task: string
  readonly criterion: object
  readonly dataset: FixtureDataset
  /** By the name of the system. */
  readonly results: Readonly<Record<string, string>>
}

const RESULTS_EVALUATIONS: readonly ResultsEvaluation[] = [
  {
    name: 'VQA v2',
    task: 'vqa',
    criterion: { type: 'vqa_accuracy', name: 'vqa', scorer: 'vqa-2021' },
    dataset: SCENES_VQA,
    results: { 'scenes-strong': 'scenes/results_strong.json', 'scenes-weak': 'scenes/results_weak.json' },
  },
  {
    name: 'COCO captions',
    task: 'caption',
    criterion: { type: 'caption', name: 'captions' },
    dataset: SCENES_CAPTIONS,
    results: { 'scenes-strong': 'scenes/captions_strong.json', 'scenes-weak': 'scenes/captions_weak.json' },
  },
  {
    name: 'NLVR2',
    task: 'nlvr2',
    criterion: { type: 'nlvr2', name: 'nlvr2' },
    dataset: FAMILY_NLVR2,
    results: { 'family-strong': 'family/nlvr2/predictions_strong.csv', 'family-weak': 'family/nlvr2/predictions_weak.csv' },
  },
  {
    name: 'MSVD captions',
    task: 'caption',
    criterion: { type: 'caption', name: 'captions' },
    dataset: FAMILY_CLIPS,
    results: { 'family-strong': 'family/msvd/captions_strong.json', 'family-weak': 'family/msvd/captions_weak.json' },
  },
  {
    name: 'COIN step localization',
    task: 'step_localization',
    criterion: { type: 'step_localization', name: 'steps', classes: FAMILY_STEP_CLASSES },
    dataset: FAMILY_STEPS,
    results: { 'family-strong': 'family/coin/results_strong.json', 'family-weak': 'family/coin/results_weak.json' },
  },
]

/** A task that shipped models answer themselves, from pictures. */
interface AnsweringEvaluation extends Omit<ResultsEvaluation, 'results'> {
  readonly models: readonly EvaluatedModel[]
  /** Results files to rank beside them, each with its system's name. */
  readonly baselines: () => Promise<readonly File[]>
}

const ANSWERING_EVALUATIONS: readonly AnsweringEvaluation[] = [
  {
    name: 'VQA from pictures',
    task: 'vqa',
    criterion: { type: 'vqa_accuracy', name: 'vqa', scorer: 'vqa-2021' },
    dataset: FAMILY_VQA,
    models: ['assay-visualbert', 'assay-vilbert', 'assay-lxmert'],
    baselines: () => vqaBaselines(FAMILY_VQA, SCENES_VQA),
  },
  {
    name: 'Statements about two pictures',
    task: 'nlvr2',
    criterion: { type: 'nlvr2', name: 'nlvr2' },
    dataset: FAMILY_STATEMENTS,
    models: ['assay-vilbert'],
    baselines: async () => [],
  },
  {
    name: 'Captions from pictures',
    task: 'caption',
    criterion: { type: 'caption', name: 'captions' },
    dataset: FAMILY_CAPTIONS,
    models: ['assay-caption'],
    baselines: () => captionBaselines(FAMILY_CAPTIONS, { ...SCENES_CAPTIONS, images: SCENES_VQA.images }),
  },
]

/** Names a run in the API's paths. */
export type RunPath = Pick<Run, 'id' | 'eval_id'>

/** @returns the runs, and a sentence for each that did not complete */
export async function firstEvaluation(
  api: ApiClient,
  say: (message: string) => void,
): Promise<{ readonly runs: readonly RunPath[]; readonly failed: readonly string[] }> {
  const retrieval = await api.post<{ id: string }>('/v1/evals', {
    name: 'Image–text retrieval and similarity',
    data_source_config: { type: 'dataset', task: 'retrieval' },
    testing_criteria: [
      { type: 'retrieval', name: 'retrieval' },
      { type: 'image_text_similarity', name: 'clipscore', variant: 'clipscore-2.5' },
    ],
  })
  const runs: Run[] = []
  for (const [fixture, model] of RETRIEVAL) {
    const dataset = await imported(api, fixture, say)
    runs.push(await startRun(api, retrieval.id, `${model} on ${dataset.name}`, dataset, { type: 'edge_model', model }))
  }
  for (const { models, baselines, ...evaluation } of ANSWERING_EVALUATIONS) {
    const { id, dataset } = await evaluationOf(api, evaluation, say)
    for (const model of models)
      runs.push(await startRun(api, id, `${model} on ${dataset.name}`, dataset, { type: 'edge_model', model }))
    for (const file of await baselines()) {
      const subject = { type: 'results', file_id: (await upload(api, file)).id, name: file.name }
      runs.push(await startRun(api, id, `${file.name} on ${dataset.name}`, dataset, subject))
    }
  }
  for (const { results, ...evaluation } of RESULTS_EVALUATIONS) {
    const { id, dataset } = await evaluationOf(api, evaluation, say)
    for (const [system, file] of Object.entries(results)) {
      const subject = { type: 'results', file_id: (await uploadResults(api, file)).id, name: system }
      runs.push(await startRun(api, id, `${system} on ${dataset.name}`, dataset, subject))
    }
  }

  const failed: string[] = []
  for (const run of runs) {
    const started = performance.now()
    const ended = await waitForRun(api, run, { timeoutMilliseconds: RUN_TIMEOUT, onProgress: progress })
    clearProgress()
    const { total, errored } = ended.result_counts
    const took = `${((performance.now() - started) / 1000).toFixed(1)} s`
    if (ended.status === 'completed') say(`${run.name}: ${total} items, ${errored} errored (${took})`)
    else failed.push(`${run.name} (${run.id}): ${ended.status}${ended.error ? `, ${ended.error.message}` : ''}`)
  }
  return { runs: runs.map(({ id, eval_id }) => ({ id, eval_id })), failed }
}

/** An eval with one criterion, and its dataset. */
async function evaluationOf(
  api: ApiClient,
  { name, task, criterion, dataset: fixture }: Omit<ResultsEvaluation, 'results'>,
  say: (message: string) => void,
): Promise<{ readonly id: string; readonly dataset: Dataset }> {
  const dataset = await imported(api, fixture, say)
  const data_source_config = { type: 'dataset', task }
  const { id } = await api.post<{ id: string }>('/v1/evals', { name, data_source_config, testing_criteria: [criterion] })
  return { id, dataset }
}

/** Takes earlier runs off the leaderboard. One that is gone has nothing to take down. */
export async function takeDown(api: ApiClient, runs: readonly RunPath[]): Promise<void> {
  for (const { id, eval_id } of runs) {
    await api.patch(`/v1/evals/${eval_id}/runs/${id}`, { visibility: 'private' }).catch((error: unknown) => {
      if (!(error instanceof ServerError && error.status === 404)) throw error
    })
  }
}

/** @internal */
export function startRun(api: ApiClient, evalId: string, name: string, dataset: Dataset, subject: object): Promise<Run> {
  return api.post<Run>(`/v1/evals/${evalId}/runs`, {
    name,
    data_source: { type: 'dataset', dataset: dataset.id, subject },
    visibility: 'public',
    seed: 0,
  })
}

/** The kind of model behind a name: uploaded results may have any name. */
const KINDS = {
  edge_model: 'edge model',
  endpoint: 'endpoint',
  results: 'results',
  scores: 'scores',
  embeddings: 'embeddings',
  samples: 'samples',
} as const

export async function printLeaderboard(api: ApiClient): Promise<void> {
  const { data } = await api.get<{ data: readonly LeaderboardRow[] }>('/v1/leaderboards')
  const table = formatTable<LeaderboardRow>(
    [
      { title: 'dataset', cell: (row) => row.dataset },
      { title: 'rank', cell: (row) => (row.rank === null ? '–' : String(row.rank)), right: true },
      { title: 'model', cell: (row) => row.model },
      { title: 'kind', cell: (row) => KINDS[row.subject.type] },
      { title: 'metric', cell: (row) => (row.variant ? `${row.metric} (${row.variant})` : row.metric) },
      { title: 'value', cell: (row) => fixed(row.value), right: true },
      { title: '95 % interval', cell: (row) => (row.low === null ? 'none' : `[${fixed(row.low)}, ${fixed(row.high)}]`) },
      { title: 'n', cell: (row) => String(row.n), right: true },
      { title: 'errored', cell: (row) => String(row.errored), right: true },
      { title: 'report digest', cell: (row) => row.report_digest },
    ],
    data,
  )
  process.stdout.write(`\n${table}\n`)
}

async function imported(api: ApiClient, fixture: FixtureDataset, say: (message: string) => void): Promise<Dataset> {
  const started = performance.now()
  const dataset = await importFixture(api, fixture)
  const { items, images } = dataset.version
  say(`imported ${fixture.name}: ${items} items on ${images} images (${((performance.now() - started) / 1000).toFixed(1)} s)`)
  return dataset
}

function fixed(value: number | null): string {
  return value === null ? '–' : value.toFixed(4)
}

function progress(run: Run): void {
  if (!process.stderr.isTTY) return
  const { total, passed, failed, errored } = run.result_counts
  process.stderr.write(`\r\u001B[K${run.name}: ${passed + failed + errored} of ${total}`)
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
}
