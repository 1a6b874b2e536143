/**
 * The first evaluation: the fixtures in their official formats, imported, evaluated and ranked through the
 * HTTP API alone.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { ApiError, waitForRun, type ApiClient, type Dataset, type LeaderboardRow, type Run } from './api-client.ts'
import { ROOT } from './paths.ts'
import { formatTable } from '../src/cli/table.ts'

const FIXTURES = join(ROOT, 'fixtures')
/** The shipped models that it evaluates. */
export const EVALUATED_MODELS = ['assay-clip', 'assay-photo'] as const
type EvaluatedModel = (typeof EVALUATED_MODELS)[number]
/** The whole first evaluation must fit into three minutes. */
const RUN_TIMEOUT = 170_000

/** Official files of one dataset, relative to a folder, `fixtures/` unless told otherwise. */
export interface FixtureDataset {
  readonly name: string
  readonly format: 'karpathy' | 'vqa-v2' | 'coco-captions' | 'msvd-captions' | 'nlvr2' | 'coin'
  readonly split?: string
  readonly annotations: string
  readonly questions?: string
  /** Absent: results alone are scored, without pictures. */
  readonly images?: string
}

const TWEMOJI: FixtureDataset = {
  name: 'twemoji-retrieval',
  format: 'karpathy',
  split: 'test',
  annotations: 'twemoji-retrieval/dataset.json',
  images: 'twemoji-retrieval/images',
}

export const SCENES: FixtureDataset = {
  name: 'scenes-retrieval',
  format: 'karpathy',
  split: 'test',
  annotations: 'scenes/dataset.json',
  images: 'scenes/images',
}

/** @internal */
export const SCENES_VQA: FixtureDataset = {
  name: 'scenes-vqa',
  format: 'vqa-v2',
  annotations: 'scenes/v2_assay_scenes2026_annotations.json',
  questions: 'scenes/v2_OpenEnded_assay_scenes2026_questions.json',
  images: 'scenes/images',
}

/** @internal */
export const SCENES_CAPTIONS: FixtureDataset = {
  name: 'scenes-captions',
  format: 'coco-captions',
  annotations: 'scenes/captions_assay_scenes2026.json',
}

/**
 * Scenes that combine what training never combined, drawn by a vendor that no model of ours is trained on.
 */
const FAMILY_SCENES: FixtureDataset = {
  name: 'unseen-scenes-retrieval',
  format: 'karpathy',
  split: 'test',
  annotations: 'family/scenes/dataset.json',
  images: 'family/scenes/images',
}

const PHOTOS: FixtureDataset = {
  name: 'photos-retrieval',
  format: 'karpathy',
  split: 'test',
  annotations: 'photos/dataset.json',
  images: 'photos/images',
}

/** Retrieval datasets, and the models that are made for such pictures. */
const RETRIEVAL: readonly (readonly [FixtureDataset, EvaluatedModel])[] = [
  [TWEMOJI, 'assay-clip'],
  [SCENES, 'assay-clip'],
  [FAMILY_SCENES, 'assay-clip'],
  [PHOTOS, 'assay-photo'],
]

const FAMILY_NLVR2: FixtureDataset = {
  name: 'unseen-scenes-nlvr2',
  format: 'nlvr2',
  annotations: 'family/nlvr2/test1.json',
}

const FAMILY_CLIPS: FixtureDataset = {
  name: 'unseen-clips-captions',
  format: 'msvd-captions',
  annotations: 'family/msvd/sents_test_lc_nopunc.txt',
}

const FAMILY_STEPS: FixtureDataset = {
  name: 'unseen-procedures-steps',
  format: 'coin',
  split: 'testing',
  annotations: 'family/coin/COIN.json',
}
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

export async function importFixture(api: ApiClient, fixture: FixtureDataset, root = FIXTURES): Promise<Dataset> {
  const form = new FormData()
  form.set('name', fixture.name)
  form.set('format', fixture.format)
  if (fixture.split) form.set('split', fixture.split)
  form.set('annotations', await fileOf(fixture.annotations, root))
  if (fixture.questions) form.set('questions', await fileOf(fixture.questions, root))
  const { images } = fixture
  if (images !== undefined)
    for (const image of (await readdir(join(root, images))).toSorted())
      form.append('images', await fileOf(join(images, image), root), image)
  return api.upload<Dataset>('/v1/datasets', form)
}

/** @internal */
export async function uploadResults(api: ApiClient, path: string): Promise<{ readonly id: string }> {
  const form = new FormData()
  form.set('purpose', 'evals')
  form.set('file', await fileOf(path))
  return api.upload('/v1/files', form)
}

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
  for (const { name, task, criterion, dataset: fixture, results } of RESULTS_EVALUATIONS) {
    const dataset = await imported(api, fixture, say)
    const data_source_config = { type: 'dataset', task }
    const { id } = await api.post<{ id: string }>('/v1/evals', { name, data_source_config, testing_criteria: [criterion] })
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

/** Takes earlier runs off the leaderboard. One that is gone has nothing to take down. */
export async function takeDown(api: ApiClient, runs: readonly RunPath[]): Promise<void> {
  for (const { id, eval_id } of runs) {
    await api.patch(`/v1/evals/${eval_id}/runs/${id}`, { visibility: 'private' }).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error
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

async function fileOf(path: string, root = FIXTURES): Promise<File> {
  return new File([new Uint8Array(await readFile(join(root, path)))], path.slice(path.lastIndexOf('/') + 1))
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
