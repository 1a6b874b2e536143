/**
 * Golden inputs and numbers of the official programs: sets made here, committed under `test/golden`, and
 * public sets from `../shared/golden` (or the folder `ASSAY_GOLDEN`), which are never committed.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const committed = fileURLToPath(new URL('../../golden', import.meta.url))
const shared = process.env['ASSAY_GOLDEN'] ?? fileURLToPath(new URL('../../../../shared/golden', import.meta.url))

/** Public sets have the names of their source files. */
const OFFICIAL_NAMES: Readonly<Record<string, string>> = {
  'cider-document-frequencies': 'cider-coco-val-df',
  'cider-document-frequencies/document_frequencies.json': 'cider-coco-val-df/document_frequency_subset.json',
  'clipscore/example_references.json': 'clipscore/example_refs.json',
  'coco-captions/annotations.json': 'coco-captions/captions_val2014_fakecap_annotations.json',
  'coco-captions/results.json': 'coco-captions/captions_val2014_fakecap_results.json',
  'coin/annotations.json': 'coin/COIN_slice.json',
  'coin/taxonomy.json': 'coin/taxonomy_from_xlsx.json',
  correlation: 'kendall',
  'correlation/vectors.json': 'kendall/vectors.json',
  'flickr8k-judgements': 'meta-eval-flickr8k',
  'flickr8k-judgements/captions.token.txt': 'meta-eval-flickr8k/Flickr8k.token.txt',
  'flickr8k-judgements/crowd.txt': 'meta-eval-flickr8k/CrowdFlowerAnnotations.txt',
  'flickr8k-judgements/expert.txt': 'meta-eval-flickr8k/ExpertAnnotations.txt',
  'flickr8k-judgements/expected.json': 'meta-eval-flickr8k/expected.json',
  'cider-document-frequencies/expected.json': 'cider-coco-val-df/expected.json',
  'msvd/list.txt': 'msvd/val_list.txt',
  'msvd/sentences.txt': 'msvd/sents_val_lc_nopunc.txt',
  'nlvr2/balanced.json': 'nlvr2/balanced_dev_slice.json',
  'nlvr2/examples.json': 'nlvr2/dev_slice.json',
  'nlvr2/predictions.csv': 'nlvr2/dev_slice_predictions.csv',
  'nlvr2/unbalanced.json': 'nlvr2/unbalanced_dev_slice.json',
  'retrieval-image-text/dataset.json': 'retrieval-image-text/dataset_karpathy_style.json',
  'retrieval-text-video': 'retrieval-text-video-msvd',
  'retrieval-text-video/captions.json': 'retrieval-text-video-msvd/captions.txt.json',
  'retrieval-text-video/embeddings.json': 'retrieval-text-video-msvd/embeddings.json',
  'retrieval-text-video/expected.json': 'retrieval-text-video-msvd/expected.json',
  'spice-from-tuples/synsets.json': 'spice-from-tuples/synsets_of_the_words_used.json',
  'vqa-v2/annotations.json': 'vqa-v2/v2_mscoco_train2014_slice1000_annotations.json',
  'vqa-v2/expected_before_2021.json': 'vqa-v2/expected_legacy_before_2021.json',
  'vqa-v2/questions.json': 'vqa-v2/v2_OpenEnded_mscoco_train2014_slice1000_questions.json',
  'vqa-v2/results.json': 'vqa-v2/v2_OpenEnded_mscoco_train2014_slice1000_results.json',
  'vqa-v2/rounding/annotations.json': 'vqa-v2/rounding/v2_mscoco_train2014_tie32_annotations.json',
  'vqa-v2/rounding/questions.json': 'vqa-v2/rounding/v2_OpenEnded_mscoco_train2014_tie32_questions.json',
  'vqa-v2/rounding/results.json': 'vqa-v2/rounding/v2_OpenEnded_mscoco_train2014_tie32_results.json',
}

/** Source of a set's files; names are those of `test/golden`. */
export interface GoldenSource {
  readonly name: 'made here' | 'official'
  readonly path: (file: string) => string
  readonly text: (file: string) => string
  // oxlint-disable-next-line typescript/no-explicit-any -- golden files are checked by the assertions
  // themselves
  readonly json: (file: string) => any
}

function source(name: GoldenSource['name'], path: (file: string) => string): GoldenSource {
  const text = (file: string) => readFileSync(path(file), 'utf8')
  return { name, path, text, json: (file) => JSON.parse(text(file)) }
}

/** Sets made here. */
export const made = source('made here', (file) => `${committed}/${file}`)

/** Public sets; ask {@link hasOfficial} first. */
export const official = source('official', (file) => `${shared}/${OFFICIAL_NAMES[file] ?? file}`)

/** Whether a public set is present. If not, it prints that once, so that no skipped test is silent. */
export function hasOfficial(set: string): boolean {
  const present = existsSync(official.path(set))
  if (!present) console.warn(`golden set ${OFFICIAL_NAMES[set] ?? set} is absent (public data is never committed): skipped`)
  return present
}

/** The sources with a set: the one made here, and the public one if present. */
export function goldenSources(set: string): GoldenSource[] {
  return hasOfficial(set) ? [made, official] : [made]
}

/** Path of a committed golden file. */
export const goldenPath = made.path
export const goldenText = made.text
export const goldenJson = made.json

/**
 * Largest relative difference between two trees of numbers (absolute for an expected 0); other leaves must be
 * equal.
 */
export function largestDifference(actual: unknown, expected: unknown, path = ''): number {
  if (typeof expected === 'number' && typeof actual === 'number') {
    if (Object.is(actual, expected) || actual === expected) return 0
    return Math.abs(actual - expected) / (expected === 0 ? 1 : Math.abs(expected))
  }
  if (typeof expected === 'object' && expected !== null && typeof actual === 'object' && actual !== null) {
    const left = Object.keys(actual).toSorted()
    const right = Object.keys(expected).toSorted()
    if (left.join('\n') !== right.join('\n'))
      throw new Error(`${path || 'top'}: keys differ: [${left.slice(0, 9)}] against [${right.slice(0, 9)}]`)
    let largest = 0
    for (const key of right) {
      const difference = largestDifference(
        (actual as Record<string, unknown>)[key],
        (expected as Record<string, unknown>)[key],
        `${path}/${key}`,
      )
      if (!(difference <= largest)) largest = difference
    }
    return largest
  }
  if (actual !== expected) throw new Error(`${path}: ${JSON.stringify(actual)} against ${JSON.stringify(expected)}`)
  return 0
}
