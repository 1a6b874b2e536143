/**
 * The official formats that can be imported: which files each takes, what items it gives, and how a results file for it is read.
 * @module
 */
import { invalidField, unprocessableField } from '../contracts/failure.ts'
import type { Item, Task } from '../contracts/item.ts'
import { readCocoCaptions, readCocoResults } from '../datasets/coco-captions.ts'
import { readCoin, readCoinResults } from '../datasets/coin.ts'
import { readKarpathySplit } from '../datasets/karpathy-split.ts'
import { readMsvdSentences } from '../datasets/msvd.ts'
import { readNlvr2, readNlvr2Predictions, requirePredictions } from '../datasets/nlvr2.ts'
import { readVqa, readVqaResults } from '../datasets/vqa-v2.ts'
import { consistencyGroup } from '../metrics/nlvr2.ts'
import { type StreamedFormat, streamedCocoCaptions, streamedVqa } from './streamed-formats.ts'

/** An item whose pictures are still names, as the reader gives it. */
export interface DraftedItem {
  readonly draft: Draft
  /** One list of names a picture, each tried in order. */
  readonly pictures: readonly (readonly string[])[]
  /** Whether the item is of no use without its pictures. */
  readonly needsPictures: boolean
  /** Labels that reports break down by, in the order of the format's `strata`. */
  readonly labels: readonly string[]
}

export type Draft = Item extends infer T ? (T extends Item ? Omit<T, 'image' | 'images'> : never) : never

export interface ReadFiles {
  readonly items: readonly DraftedItem[]
  /** Facts of the source files that later readings need. */
  readonly source: Readonly<Record<string, string>>
}

export interface OfficialFormat {
  readonly task: Task
  /** Form fields of its files, all required. */
  readonly files: readonly ('annotations' | 'questions')[]
  /** Names of the label columns. */
  readonly strata: readonly string[]
  /** @throws {Fault} naming file, record and field. */
  read(files: Readonly<Record<string, string>>, split: string | undefined): ReadFiles
  /**
   * Reads an uploaded results file: one answer an item that has one.
   * @param ids - every item's id.
   * @param source - what {@link ReadFiles} said.
   * @throws {Fault} as the official loader does.
   */
  readResults(text: string, ids: readonly string[], source: Readonly<Record<string, string>>): ReadonlyMap<string, string>
  /** How files larger than an isolate's memory are imported, by a job; absent for formats whose files never are. */
  readonly stream?: StreamedFormat
}

const noResults = (task: Task) => () => {
  throw unprocessableField('/data_source/subject/type', `results files are not read for ${task} datasets`)
}

const karpathy: OfficialFormat = {
  task: 'retrieval',
  files: ['annotations'],
  strata: [],
  read({ annotations }, split) {
    if (split === undefined) throw invalidField('split', 'is missing: format karpathy needs one, e.g. test')
    const { drafts, dataset } = readKarpathySplit(annotations, { split })
    return {
      items: drafts.map(({ image_names, ...draft }) => ({ draft, pictures: [image_names], needsPictures: true, labels: [] })),
      source: { split, ...(dataset === null ? {} : { dataset }) },
    }
  },
  readResults: noResults('retrieval'),
}

const vqaV2: OfficialFormat = {
  task: 'vqa',
  files: ['questions', 'annotations'],
  strata: ['answer_type', 'question_type'],
  read({ questions, annotations }) {
    const { drafts, header } = readVqa({ questions, annotations })
    return {
      items: drafts.map(({ image_names, ...draft }) => ({
        draft,
        pictures: [image_names],
        needsPictures: false,
        labels: [draft.answer_type, draft.question_type],
      })),
      source: Object.fromEntries(
        Object.entries(header).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)]])),
      ),
    }
  },
  readResults: (text, ids) => readVqaResults(text, ids),
  stream: streamedVqa,
}

const cocoCaptions: OfficialFormat = {
  task: 'caption',
  files: ['annotations'],
  strata: [],
  read({ annotations }) {
    const { images, idType } = readCocoCaptions(annotations)
    const bare = images.findIndex(({ captions }) => captions.length === 0)
    if (bare >= 0)
      throw unprocessableField(
        `/images/${bare}`,
        `image ${images[bare]!.id} has no caption; the official evaluation fails on it too`,
      )
    return {
      items: images.map(({ id, file_name, captions }, position) => ({
        draft: { task: 'caption', id, cluster: id, position, references: captions.map(({ text }) => text) },
        pictures: file_name === null ? [] : [[file_name, file_name.replace(/\.[^.]+$/, '')]],
        needsPictures: false,
        labels: [],
      })),
      source: { id_type: idType },
    }
  },
  readResults(text, ids, source) {
    // Whether an image has captions was settled when it was imported.
    const images = ids.map((id) => ({ id, file_name: null, captions: [{ id: '', text: '' }] }))
    return readCocoResults(text, { images, idType: source['id_type'] === 'string' ? 'string' : 'number' })
  },
  stream: streamedCocoCaptions,
}

const msvdCaptions: OfficialFormat = {
  task: 'caption',
  files: ['annotations'],
  strata: [],
  read({ annotations }) {
    return {
      items: readMsvdSentences(annotations!).map(({ id, sentences }, position) => ({
        draft: { task: 'caption', id, cluster: id, position, references: [...sentences] },
        pictures: [],
        needsPictures: false,
        labels: [],
      })),
      source: { id_type: 'string' },
    }
  },
  readResults: cocoCaptions.readResults,
}

const nlvr2: OfficialFormat = {
  task: 'nlvr2',
  files: ['annotations'],
  strata: ['consistency_group'],
  read({ annotations }) {
    return {
      items: readNlvr2(annotations!).map(({ identifier, sentence, label, image_names: [left, right] }) => ({
        // Statements of one set share its pictures.
        draft: { task: 'nlvr2', id: identifier, cluster: identifier.split('-').slice(0, 2).join('-'), sentence, label },
        pictures: [[left], [right]],
        needsPictures: false,
        labels: [consistencyGroup(identifier)],
      })),
      source: {},
    }
  },
  readResults(text, ids) {
    const predictions = readNlvr2Predictions(text)
    requirePredictions(
      ids.map((identifier) => ({ identifier, sentence: '', label: '', image_names: ['', ''] })),
      predictions,
    )
    return new Map(ids.map((id) => [id, predictions.get(id)!]))
  },
}

const coin: OfficialFormat = {
  task: 'step_localization',
  files: ['annotations'],
  strata: [],
  read({ annotations }, split) {
    const videos = readCoin(annotations)
    const chosen = split === undefined ? videos : videos.filter(({ subset }) => subset === split)
    if (chosen.length === 0)
      throw invalidField(
        'split',
        `no video has subset ${JSON.stringify(split)}; the file has ${[...new Set(videos.map(({ subset }) => subset))].join(', ')}`,
      )
    return {
      items: chosen.map(({ id, segments }, position) => ({
        draft: { task: 'step_localization', id, cluster: id, position, segments: [...segments] },
        pictures: [],
        needsPictures: false,
        labels: [],
      })),
      source: split === undefined ? {} : { split },
    }
  },
  readResults(text, ids) {
    const byVideo = Map.groupBy(readCoinResults(text), ({ video }) => video)
    // A video without proposals has answered: with none.
    return new Map(ids.map((id) => [id, JSON.stringify((byVideo.get(id) ?? []).map(({ video: _, ...proposal }) => proposal))]))
  },
}

export const FORMATS = {
  karpathy,
  'vqa-v2': vqaV2,
  'coco-captions': cocoCaptions,
  'msvd-captions': msvdCaptions,
  nlvr2,
  coin,
} as const satisfies Readonly<Record<string, OfficialFormat>>

export type ImportFormat = keyof typeof FORMATS

export const IMPORT_FORMATS = Object.keys(FORMATS) as ImportFormat[]

/** The format that a stored version was imported from. */
export function formatOf(name: string): OfficialFormat {
  const format = (FORMATS as Readonly<Record<string, OfficialFormat>>)[name]
  if (format === undefined) throw new Error(`a dataset of unknown format ${name}`)
  return format
}
