/**
 * The official formats that can be imported: which files each takes, what items it gives, and how a results file for it is read.
 * @module
 */
import { Fault, invalidField, unprocessableField } from '../contracts/failure.ts'
import type { Item, Task } from '../contracts/item.ts'
import { readCocoCaptions, readCocoResults } from '../datasets/coco-captions.ts'
import { readCoin, readCoinResults } from '../datasets/coin.ts'
import { readKarpathySplit } from '../datasets/karpathy-split.ts'
import { readMsvdSentences } from '../datasets/msvd.ts'
import { readNlvr2, readNlvr2Predictions, requirePredictions } from '../datasets/nlvr2.ts'
import { parseOfficialJson } from '../datasets/official-json.ts'
import { readVqa, readVqaResults } from '../datasets/vqa-v2.ts'
import { consistencyGroup } from '../metrics/nlvr2.ts'

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
}

/** Of labels, and of facts that reports quote. */
export const MAX_LABEL_LENGTH = 128

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
      source: facts({ split: split!, dataset }),
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
      source: facts({ ...header }),
    }
  },
  readResults: (text, ids) => readVqaResults(text, ids),
}

const cocoCaptions: OfficialFormat = {
  task: 'caption',
  files: ['annotations'],
  split: 'none',
  strata: [],
  read({ annotations }) {
    const parsed = parseFile('annotations', annotations!)
    const { images, idType } = inFile(() => readCocoCaptions(parsed))
    const bare = images.findIndex(({ captions }) => captions.length === 0)
    if (bare >= 0)
      throw unprocessableField(
        `annotations#/images/${bare}`,
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
  readResults: readCaptionResults,
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
      items: inFile(() => readMsvdSentences(annotations!)).map(({ id, sentences }, position) => ({
        draft: { task: 'caption', id, cluster: id, position, references: [...sentences] },
        pictures: [],
        needsPictures: false,
        labels: [],
      })),
      source: { id_type: 'string' },
    }
  },
  readResults: readCaptionResults,
}

const nlvr2: OfficialFormat = {
  task: 'nlvr2',
  files: ['annotations'],
  split: 'none',
  strata: [{ name: 'consistency_group', field: 'annotations#/*/identifier', sliced: false }],
  read({ annotations }) {
    const statements = inFile(() => readNlvr2(annotations!))
    if (LONE_SURROGATE.test(annotations!)) refuseLoneSurrogates(statements, 'annotations#')
    return {
      items: statements.map(({ identifier, sentence, label, image_names: [left, right] }) => ({
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
  split: 'optional',
  strata: [],
  read({ annotations }, split) {
    const parsed = parseFile('annotations', annotations!)
    const videos = inFile(() => readCoin(parsed))
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
      source: facts({ split: split ?? null }),
    }
  },
  readResults(text, ids) {
    const byVideo = Map.groupBy(readCoinResults(text), ({ video }) => video)
    // A video without proposals has answered: with none.
    return new Map(
      ids.map((id) => [
        id,
        JSON.stringify((byVideo.get(id) ?? []).map(({ step, start, end, score }) => ({ step, start, end, score }))),
      ]),
    )
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

/**
 * Readers name places in a file; the request's field was the file. `questions#/questions/3` is both.
 * @param field - the file, where only one is read; else the failure says which.
 */
function inFile<T>(read: () => T, field?: string): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.kind !== 'unprocessable') throw error
    const { detail, errors } = error.failure
    const file = field ?? (detail.startsWith('questions') ? 'questions' : 'annotations')
    throw new Fault(
      { ...error.failure, errors: errors.map((each) => ({ ...each, pointer: `${file}#${each.pointer}` })) },
      { cause: error },
    )
  }
}

/** Maybe one: only an escape can smuggle it into text that was decoded from UTF-8. */
const LONE_SURROGATE = /\\u[dD][89a-fA-F]/

/** @throws {Fault} when a text in it has no UTF-8 form: its digest could not be taken. */
function parseFile(field: string, text: string): unknown {
  const value = inFile(() => parseOfficialJson(text, field), field)
  if (LONE_SURROGATE.test(text)) refuseLoneSurrogates(value, `${field}#`)
  return value
}

function refuseLoneSurrogates(value: unknown, pointer: string): void {
  if (typeof value === 'string' && !value.isWellFormed())
    throw unprocessableField(pointer, 'holds half of a surrogate pair, which UTF-8 cannot hold')
  if (typeof value === 'object' && value !== null)
    for (const [key, entry] of Object.entries(value)) refuseLoneSurrogates(entry, `${pointer}/${key}`)
}

/** What reports quote of the files' heads. */
function facts(header: Readonly<Record<string, string | number | null>>): Record<string, string> {
  const known = Object.entries(header).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)] as const]))
  for (const [key, value] of known)
    if (value.length > MAX_LABEL_LENGTH)
      throw unprocessableField(`annotations#/${key}`, `must have at most ${MAX_LABEL_LENGTH} characters`)
  return Object.fromEntries(known)
}
