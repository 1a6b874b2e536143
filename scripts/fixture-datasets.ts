/**
 * Datasets of `fixtures/` in their official formats, and their import through the HTTP API.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApiClient, Dataset } from './api-client.ts'
import { ROOT } from './paths.ts'

export const FIXTURES = join(ROOT, 'fixtures')

/** Official files of one dataset, relative to a folder, `fixtures/` unless told otherwise. */
export interface FixtureDataset {
  readonly name: string
  readonly format: 'karpathy' | 'vqa-v2' | 'coco-captions' | 'msvd-captions' | 'nlvr2' | 'coin'
  readonly split?: string
  readonly annotations: string
  readonly questions?: string
  /** Absent: results alone are scored, without pictures. */
  readonly images?: string
  /** Only so many first lines of the annotations, and the pictures that these name. */
  readonly lines?: number
}

export const TWEMOJI: FixtureDataset = {
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

export const SCENES_VQA = {
  name: 'scenes-vqa',
  format: 'vqa-v2',
  annotations: 'scenes/v2_assay_scenes2026_annotations.json',
  questions: 'scenes/v2_OpenEnded_assay_scenes2026_questions.json',
  images: 'scenes/images',
} as const satisfies FixtureDataset

export const SCENES_CAPTIONS: FixtureDataset = {
  name: 'scenes-captions',
  format: 'coco-captions',
  annotations: 'scenes/captions_assay_scenes2026.json',
}

/**
 * Scenes that combine what training never combined, drawn by a vendor that no model of ours is trained on.
 */
export const FAMILY_SCENES: FixtureDataset = {
  name: 'unseen-scenes-retrieval',
  format: 'karpathy',
  split: 'test',
  annotations: 'family/scenes/dataset.json',
  images: 'family/scenes/images',
}

export const PHOTOS: FixtureDataset = {
  name: 'photos-retrieval',
  format: 'karpathy',
  split: 'test',
  annotations: 'photos/dataset.json',
  images: 'photos/images',
}

export const FAMILY_VQA = {
  name: 'unseen-scenes-vqa',
  format: 'vqa-v2',
  annotations: 'family/scenes/v2_assay_family-test2026_annotations.json',
  questions: 'family/scenes/v2_OpenEnded_assay_family-test2026_questions.json',
  images: 'family/scenes/images',
} as const satisfies FixtureDataset

export const FAMILY_CAPTIONS = {
  name: 'unseen-scenes-captions',
  format: 'coco-captions',
  annotations: 'family/scenes/captions_assay_family-test2026.json',
  images: 'family/scenes/images',
} as const satisfies FixtureDataset

export const FAMILY_NLVR2: FixtureDataset = {
  name: 'unseen-scenes-nlvr2',
  format: 'nlvr2',
  annotations: 'family/nlvr2/test1.json',
}

/** Twenty-four sentences about four pairs of scenes each, half of them true. A start judges no more. */
export const FAMILY_STATEMENTS: FixtureDataset = {
  name: 'unseen-statements-nlvr2',
  format: 'nlvr2',
  annotations: 'family/nlvr2/test1.json',
  images: 'family/nlvr2/images',
  lines: 96,
}

export const FAMILY_CLIPS: FixtureDataset = {
  name: 'unseen-clips-captions',
  format: 'msvd-captions',
  annotations: 'family/msvd/sents_test_lc_nopunc.txt',
}

export const FAMILY_STEPS: FixtureDataset = {
  name: 'unseen-procedures-steps',
  format: 'coin',
  split: 'testing',
  annotations: 'family/coin/COIN.json',
}

/** @param root the folder of the files */
export async function importFixture(api: ApiClient, fixture: FixtureDataset, root = FIXTURES): Promise<Dataset> {
  const form = new FormData()
  form.set('name', fixture.name)
  form.set('format', fixture.format)
  if (fixture.split) form.set('split', fixture.split)
  const annotations = await annotationsOf(fixture, root)
  form.set('annotations', annotations)
  if (fixture.questions) form.set('questions', await fileOf(fixture.questions, root))
  const { images, lines } = fixture
  const text = await annotations.text()
  if (images !== undefined)
    for (const image of (await readdir(join(root, images))).toSorted())
      if (lines === undefined || text.includes(image)) form.append('images', await fileOf(join(images, image), root), image)
  return api.upload<Dataset>('/v1/datasets', form)
}

async function annotationsOf({ annotations: path, lines }: FixtureDataset, root: string): Promise<File> {
  const file = await fileOf(path, root)
  return lines === undefined ? file : new File([(await file.text()).split('\n').slice(0, lines).join('\n')], file.name)
}

/** Uploads a file of results below `fixtures/`. */
export async function uploadResults(api: ApiClient, path: string): Promise<{ readonly id: string }> {
  return upload(api, await fileOf(path))
}

/** Uploads results in an official format. */
export async function upload(api: ApiClient, file: File): Promise<{ readonly id: string }> {
  const form = new FormData()
  form.set('purpose', 'evals')
  form.set('file', file)
  return api.upload('/v1/files', form)
}

/** A file below `fixtures/`, named by its last part. */
async function fileOf(path: string, root = FIXTURES): Promise<File> {
  return new File([new Uint8Array(await readFile(join(root, path)))], path.slice(path.lastIndexOf('/') + 1))
}
