/**
 * A record of Assay's own formats, which hold items of any task that says what else its records have:
 * `tasks/<task>/own-lines.ts`. `items-jsonl` has one per line, `items-csv` one per row.
 * @module
 */
import { escapePointer } from '../../contracts/json-pointer.ts'
import type { TaskId } from '../../contracts/item.ts'
import { picturePath, stemOf } from '../../contracts/picture-path.ts'
import type { JsonRecord } from '../../files/json.ts'
import { Problems } from '../../files/problems.ts'
import { candidatesOf, type GatheredLabels, labelCheckOf, readNames } from '../classification/candidates.ts'
import { readLabelResults } from '../classification/formats/label-results.ts'
import type { Draft } from '../draft.ts'
import type { CheckedRecord, Format, FormatElement, JoinedItem, ReadOptions } from '../format.ts'
import { readItemAnswers } from './item-answers.ts'
import type { OwnLines } from './own-lines.ts'

const COMMON_MEMBERS = ['task', 'id', 'cluster', 'image']

export interface OwnRecord {
  /** JSON pointer of the record that the item was read from: `/12`, or `/12/item`. */
  readonly at: string
  readonly draft: Draft
  readonly labels: readonly string[]
  /** Names of its picture, tried in order; none without a picture. */
  readonly image: readonly string[]
  /** Names of each frame of a clip, in place of `image`. */
  readonly frames?: readonly (readonly string[])[]
  /** The path of a table's picture. */
  readonly path?: string
  /** Whether the id that a table leaves to the picture is its file name or its path. Both are records. */
  readonly idBy?: 'name' | 'path'
  /** The same row with its path as the id. */
  readonly byPath?: OwnRecord
}

/**
 * Pictures whose rows are not noted again. The join holds all records of one picture, so a picture of a
 * million questions must not have as many.
 */
const RECENT_PATHS = 64

/** Sets paths of pictures, each after its file name, before all items. */
const PICTURE = '\0picture\0'

/** Most frames of a clip. */
const MOST_FRAMES = 64

const NAMES = 0

export interface GatheredOwn extends GatheredLabels {
  task: TaskId
  /** Pictures of the rows before. */
  recentPaths?: string[]
  /** Columns of a table, once its header was read. */
  columns?: readonly OwnColumn[]
}

/** The member of an item that a column holds, or an entry of it. */
export interface OwnColumn {
  readonly member: string
  readonly isList: boolean
}

/** A task that accepts records of Assay's own formats. */
export interface LineTask {
  readonly id: TaskId
  readonly needsPictures: boolean
  readonly ownLines: OwnLines
}

/** In the order in which failures list them. */
export type LineTasks = readonly LineTask[]

/** The part in which Assay's own formats differ. */
interface Reading {
  readonly layout: 'lines' | 'table'
  /** @returns undefined for an element without a record, or after recording a problem */
  record(element: FormatElement, gathered: Partial<GatheredOwn>, problems: Problems, options: ReadOptions): OwnRecord | undefined
  /** Joins records of one id, recording problems. */
  join(id: string, records: readonly { readonly index: number; readonly data: OwnRecord }[], problems: Problems): OwnRecord
}

const nameIn = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

export function ownFormat(tasks: LineTasks, { layout, record, join }: Reading): Format<OwnRecord, GatheredOwn> {
  const ownLinesOf = (task: TaskId): OwnLines => tasks.find(({ id }) => id === task)!.ownLines
  return {
    task: null,
    layout,
    lists: [
      { file: 'names', key: '', whole: true },
      { file: 'annotations', key: '' },
    ],
    optional: ['names'],
    called: 'items',
    split: 'none',
    strata: null,

    read(element, gathered, problems, options): CheckedRecord<OwnRecord> | readonly CheckedRecord<OwnRecord>[] | undefined {
      if (element.list === NAMES) {
        gathered.candidates = readNames(element.value, problems)
        return undefined
      }
      const own = record(element, gathered, problems, options)
      if (own === undefined) return undefined
      const { task, id } = own.draft
      gathered.task ??= task
      if (task !== gathered.task) {
        problems.note(`${own.at}/task`, `is ${task}, but the file began with ${gathered.task}; one task a file`)
        return undefined
      }
      const label = ownLinesOf(task).label?.(own.draft)
      if (label !== undefined) labelCheckOf(gathered).meet(label, `${own.at}/label`, problems)
      const { byPath, ...data } = own
      const rows = [{ id, data }, ...(byPath === undefined ? [] : [{ id: byPath.draft.id, data: byPath }])]
      if (own.path === undefined) return rows
      const recent = (gathered.recentPaths ??= [])
      if (recent.includes(own.path)) return rows
      recent.push(own.path)
      if (recent.length > RECENT_PATHS) recent.shift()
      const path = picturePath(own.path)
      // The join reads the id alone.
      return [...rows, { id: `${PICTURE}${nameIn(path)}\0${path}`, data: {} as OwnRecord }]
    },

    source({ task, candidates }, counts) {
      const problems = new Problems('items')
      const isHeaderAlone = layout === 'table' && counts[1] === 1
      if (task === undefined || isHeaderAlone) problems.note('', 'holds no item')
      else if (candidates !== undefined && ownLinesOf(task).label === undefined)
        problems.note('', `has ${task} items, which have no labels; leave the file names out`)
      problems.throwIfAny()
      return { task: task! }
    },

    candidates: (gathered) => (ownLinesOf(gathered.task!).label === undefined ? undefined : candidatesOf(gathered)),

    join(id, all, _source, problems, noted): JoinedItem | undefined {
      if (id.startsWith(PICTURE)) {
        // Paths of one file name come one after another.
        const name = id.slice(PICTURE.length).split('\0', 1)[0]!
        if (noted.lastName === name) noted.sharedNames = true
        noted.lastName = name
        return undefined
      }
      const kept = noted.sharedNames ? 'path' : 'name'
      const records = all.filter(({ data: { idBy = kept } }) => idBy === kept)
      if (records.length === 0) return undefined
      const { draft, labels, image, frames } = join(id, records, problems.annotations)
      return { draft, labels, pictures: frames ?? (image.length === 0 ? [] : [image]), index: records[0]!.index }
    },

    readResults(text, ids, { task }, candidates) {
      if (candidates !== undefined) return readLabelResults(text, ids, candidates)
      return (tasks.find(({ id }) => id === task)?.ownLines.readResults ?? readItemAnswers)(text, ids)
    },
  }
}

/** Reads the members of an item. @returns undefined after recording a problem */
export function readOwnRecord(
  fields: JsonRecord,
  at: string,
  task: LineTask,
  problems: Problems,
  { withPictures }: ReadOptions,
): OwnRecord | undefined {
  const before = problems.count
  const id = problems.id(fields['id'], `${at}/id`) ?? ''
  if (id === '' && problems.count === before) problems.note(`${at}/id`, 'must not be empty')
  const cluster = fields['cluster'] === undefined ? id : (problems.id(fields['cluster'], `${at}/cluster`) ?? '')
  refuseUnknownMembers(fields, [...COMMON_MEMBERS, ...task.ownLines.members], task.id, at, problems)
  const { image } = fields
  const isClip = task.ownLines.frames === true && Array.isArray(image)
  const frames = isClip ? framesOf(image, `${at}/image`, problems) : undefined
  const isAbsent = isClip || ((image ?? null) === null && !task.needsPictures)
  const imageNames = isAbsent ? [] : namesOf(image, `${at}/image`, problems)
  const { draft, labels } = task.ownLines.read(fields, { id, cluster }, at, problems)
  if (problems.count === before && task.needsPictures && !withPictures)
    problems.note(`${at}/task`, `is ${task.id}, and such items need their pictures: import them within a request`)
  return problems.count > before ? undefined : { at, draft, labels, image: imageNames, ...(frames && { frames }) }
}

/** A misspelt `cluster` must not be ignored. */
function refuseUnknownMembers(fields: JsonRecord, known: readonly string[], task: TaskId, at: string, problems: Problems): void {
  for (const name of Object.keys(fields))
    if (!known.includes(name))
      problems.note(`${at}/${escapePointer(name)}`, `is not a member of a ${task} item; its members are ${known.join(', ')}`)
}

function framesOf(list: readonly unknown[], pointer: string, problems: Problems): string[][] {
  if (list.length === 0) problems.note(pointer, 'is empty; name the frames of the clip, or its picture')
  const frames = problems.listOf(list, pointer, MOST_FRAMES) ?? []
  return frames.map((frame, index) => namesOf(frame, `${pointer}/${index}`, problems))
}

/** The path and the same without ending. */
function namesOf(value: unknown, pointer: string, problems: Problems): string[] {
  const image = problems.string(value, pointer)
  if (image === undefined) return []
  if (image.split('/').some((part) => ['', '.', '..'].includes(part)))
    problems.note(
      pointer,
      `must be the name of a picture, or its path below the folder of the pictures, such as "cats/1.jpg"; is ${JSON.stringify(image)}`,
    )
  return [...new Set([image, stemOf(image)])]
}
