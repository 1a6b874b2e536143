/**
 * The official formats that can be imported: which files each takes, what items it gives, and how a results file for it is read.
 * @module
 */
import { Fault, invalidField } from '../contracts/failure.ts'
import { at } from '../contracts/failure-pointer.ts'
import type { TaskId } from '../contracts/item.ts'
import type { Draft } from '../tasks/task.ts'
import { readCocoCaptions, readCocoResults } from '../tasks/caption/formats/coco-captions.ts'
import { readCoin, readCoinResults } from '../tasks/step-localization/formats/coin.ts'
import { readItemAnswers, readItemsJsonl } from '../tasks/formats/items-jsonl.ts'
import { readKarpathySplit } from '../tasks/retrieval/formats/karpathy-split.ts'
import { readMsvdSentences } from '../tasks/caption/formats/msvd.ts'
import { readNlvr2, readNlvr2Predictions, requirePredictions } from '../tasks/nlvr2/formats/nlvr2.ts'
import { parseOfficialJson, refuseLoneSurrogates } from '../files/json.ts'
import { firstFew, Problems } from '../files/problems.ts'
import { readVqa, readVqaResults } from '../tasks/vqa/formats/vqa-v2.ts'
import { consistencyGroup } from '../metrics/nlvr2.ts'
import { taskOf as taskById } from '../tasks/registry.ts'
import { captionDraft, coinDraft, facts, nlvr2Draft, noCoinVideo } from './drafts.ts'
import { streamedCocoCaptions, streamedMsvd } from './streamed-captions.ts'
import { streamedCoin } from './streamed-coin.ts'
import type { StreamedFormat } from './streamed-format.ts'
import { streamedItems } from './streamed-items.ts'
import { streamedNlvr2 } from './streamed-nlvr2.ts'
import { streamedVqa } from './streamed-vqa.ts'

/** An item whose pictures are still names, as the reader gives it. */
export interface DraftedItem {
  readonly draft: Draft
  /** One list of names a picture, each tried in order. */
  readonly pictures: readonly (readonly string[])[]
  /** Whether the item is of no use without its pictures. */
  readonly needsPictures: boolean
  /** Labels that reports break down by, in the order of the format's `strata`; none for a task that knows no breakdown. */
  readonly labels: readonly string[]
}

export interface ReadFiles {
  readonly items: readonly DraftedItem[]
  /** Facts of the source files that later readings need. */
  readonly source: Readonly<Record<string, string>>
}

export interface OfficialFormat {
  /** null: each file says it, and `source.task` keeps it. */
  readonly task: TaskId | null
  /** Form fields of its files, all required. */
  readonly files: readonly ('annotations' | 'questions')[]
  readonly split: 'required' | 'optional' | 'none'
  /** The label columns: where the labels are in the files, and whether reports are broken down by them. */
  readonly strata: readonly { readonly name: string; readonly field: string; readonly sliced: boolean }[]
  /** @throws {Fault} naming file, record and field. */
  read(files: Readonly<Record<string, string>>, split: string | undefined): ReadFiles
  /**
   * Reads an uploaded results file: one answer an item that has one. null: there are none for this format.
   * @param ids - every item's id.
   * @param source - what {@link ReadFiles} said.
   * @throws {Fault} as the official loader does.
   */
  readonly readResults:
    | ((text: string, ids: readonly string[], source: Readonly<Record<string, string>>) => ReadonlyMap<string, string>)
    | null
  /** How files larger than an isolate's memory are imported, by a job; absent for formats whose files never are. */
  readonly stream?: StreamedFormat
}

const karpathy: OfficialFormat = {
  task: 'retrieval',
  files: ['annotations'],
  split: 'required',
  strata: [],
  read({ annotations }, split) {
    const parsed = parseFile('annotations', annotations!)
    const { drafts, dataset } = inFile(() => readKarpathySplit(parsed, { split: split! }))
    return {
      items: drafts.map(({ image_names, ...draft }) => ({ draft, pictures: [image_names], needsPictures: true, labels: [] })),
      source: inFile(() => facts({ split: split!, dataset })),
    }
  },
  readResults: null,
}

const vqaV2: OfficialFormat = {
  task: 'vqa',
  files: ['questions', 'annotations'],
  split: 'none',
  strata: ['answer_type', 'question_type'].map((name) => ({ name, field: `annotations#/annotations/*/${name}`, sliced: true })),
  read({ questions, annotations }) {
    const parsed = { questions: parseFile('questions', questions!), annotations: parseFile('annotations', annotations!) }
    const { drafts, header } = inFile(() => readVqa(parsed))
    return {
      items: drafts.map(({ image_names, ...draft }) => ({
        draft,
        pictures: [image_names],
        needsPictures: false,
        labels: [draft.answer_type, draft.question_type],
      })),
      source: inFile(() => facts({ ...header }), 'annotations'),
    }
  },
  readResults: (text, ids) => readVqaResults(text, ids),
  stream: streamedVqa,
}

const cocoCaptions: OfficialFormat = {
  task: 'caption',
  files: ['annotations'],
  split: 'none',
  strata: [],
  read({ annotations }) {
    const parsed = parseFile('annotations', annotations!)
    const { images, idType } = inFile(() => readCocoCaptions(parsed))
    inFile(() => {
      const problems = new Problems('annotations')
      for (const [index, { id, captions }] of images.entries())
        if (captions.length === 0)
          problems.note(`/images/${index}`, `image ${id} has no caption; the official evaluation fails on it too`)
      problems.throwIfAny()
    })
    return {
      items: images.map(({ id, file_name, captions }, position) => ({
        draft: captionDraft(
          id,
          position,
          captions.map(({ text }) => text),
        ),
        pictures: file_name === null ? [] : [[file_name, file_name.replace(/\.[^.]+$/, '')]],
        needsPictures: false,
        labels: [],
      })),
      source: { id_type: idType },
    }
  },
  readResults: readCaptionResults,
  stream: streamedCocoCaptions,
}

function readCaptionResults(
  text: string,
  ids: readonly string[],
  source: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  // Whether an image has captions was settled when it was imported.
  const images = ids.map((id) => ({ id, file_name: null, captions: [{ id: '', text: '' }] }))
  return readCocoResults(text, { images, idType: source['id_type'] === 'string' ? 'string' : 'number' })
}

const msvdCaptions: OfficialFormat = {
  task: 'caption',
  files: ['annotations'],
  split: 'none',
  strata: [],
  read({ annotations }) {
    return {
      items: inFile(() => readMsvdSentences(annotations!)).map(({ id, line, sentences }) => ({
        draft: captionDraft(id, line, sentences),
        pictures: [],
        needsPictures: false,
        labels: [],
      })),
      source: { id_type: 'string' },
    }
  },
  readResults: readCaptionResults,
  stream: streamedMsvd,
}

const nlvr2: OfficialFormat = {
  task: 'nlvr2',
  files: ['annotations'],
  split: 'none',
  strata: [{ name: 'consistency_group', field: 'annotations#/*/identifier', sliced: false }],
  read({ annotations }) {
    const statements = inFile(() => readNlvr2(annotations!))
    inFile(() => refuseLoneSurrogates(annotations!, statements, ''))
    return {
      items: statements.map(({ image_names: [left, right], ...statement }) => ({
        draft: nlvr2Draft(statement),
        pictures: [[left], [right]],
        needsPictures: false,
        labels: [consistencyGroup(statement.identifier)],
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
  stream: streamedNlvr2,
}

const coin: OfficialFormat = {
  task: 'step_localization',
  files: ['annotations'],
  split: 'optional',
  strata: [],
  read({ annotations }, split) {
    const parsed = parseFile('annotations', annotations!)
    const videos = inFile(() => readCoin(parsed))
    const items = videos.flatMap((video, position) =>
      split === undefined || video.subset === split
        ? [{ draft: coinDraft(video, position), pictures: [], needsPictures: false, labels: [] }]
        : [],
    )
    if (items.length === 0) throw invalidField('split', noCoinVideo(split, [...new Set(videos.map(({ subset }) => subset))]))
    return {
      items,
      source: facts({ split: split ?? null }),
    }
  },
  readResults(text, ids) {
    const byVideo = Map.groupBy(readCoinResults(text), ({ video }) => video)
    const known = new Set(ids)
    const unknown = [...byVideo.keys()].filter((video) => !known.has(video))
    const problems = new Problems('results')
    if (unknown.length > 0)
      problems.note(
        '/results',
        `has proposals for ${unknown.length} videos that the dataset does not hold: ${firstFew(unknown)}; leave them out`,
      )
    problems.throwIfAny()
    // A video without proposals has answered: with none.
    return new Map(
      ids.map((id) => [
        id,
        JSON.stringify((byVideo.get(id) ?? []).map(({ step, start, end, score }) => ({ step, start, end, score }))),
      ]),
    )
  },
  stream: streamedCoin,
}

const itemsJsonl: OfficialFormat = {
  task: null,
  files: ['annotations'],
  split: 'none',
  strata: ['answer_type', 'question_type'].map((name) => ({ name, field: `annotations#/*/${name}`, sliced: true })),
  read({ annotations }) {
    const drafts = inFile(() => readItemsJsonl(annotations!))
    return {
      items: drafts.map(({ image_names, ...draft }) => ({
        draft,
        pictures: image_names.length === 0 ? [] : [image_names],
        needsPictures: taskById(draft.task).needsPictures,
        labels: draft.task === 'vqa' ? [draft.answer_type, draft.question_type] : [],
      })),
      source: { task: drafts[0]!.task },
    }
  },
  readResults: readItemAnswers,
  stream: streamedItems,
}

export const FORMATS = {
  karpathy,
  'vqa-v2': vqaV2,
  'coco-captions': cocoCaptions,
  'msvd-captions': msvdCaptions,
  nlvr2,
  coin,
  'items-jsonl': itemsJsonl,
} as const satisfies Readonly<Record<string, OfficialFormat>>

export type ImportFormat = keyof typeof FORMATS

export const IMPORT_FORMATS = Object.keys(FORMATS) as ImportFormat[]

/** The format that a stored version was imported from. */
export function formatOf(name: string): OfficialFormat {
  const format = (FORMATS as Readonly<Record<string, OfficialFormat>>)[name]
  if (format === undefined) throw new Error(`a dataset of unknown format ${name}`)
  return format
}

/** The task of a version's items. @param source - what {@link ReadFiles} said. */
export function taskOf(format: OfficialFormat, source: ReadFiles['source']): TaskId {
  return format.task ?? source['task']!
}

/**
 * Readers name places in a file; the request's field was the file. `questions#/questions/3` is both.
 * @param field - the file, where only one is read; else the failure says which.
 */
export function inFile<T>(read: () => T, field?: string): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.kind !== 'unprocessable') throw error
    const { detail } = error.failure
    const file = field ?? (detail.startsWith('questions') ? 'questions' : 'annotations')
    return at(`${file}#`, () => {
      throw error
    })
  }
}

/** @throws {Fault} when the file is no JSON or no UTF-8 can hold it. */
function parseFile(field: string, text: string): unknown {
  return inFile(() => {
    const value = parseOfficialJson(text, field)
    refuseLoneSurrogates(text, value, '')
    return value
  }, field)
}
