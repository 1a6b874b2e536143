/**
 * Official formats. A format describes the layout of its files, checks each record as it is read, and joins
 * the records of one id into an item. No file is ever held whole: `format-reader.ts` reads small and large
 * files alike.
 * @module
 */
import { unprocessableField } from '../contracts/failure.ts'
import type { Candidate, TaskId } from '../contracts/item.ts'
import type { JsonRecord } from '../files/json.ts'
import { Problems } from '../files/problems.ts'
import type { Draft } from './draft.ts'

/** Form fields, and members of a request by reference, for official files. */
export const FORMAT_FILES = ['annotations', 'questions', 'names'] as const
export type FormatFile = (typeof FORMAT_FILES)[number]

/** A breakdown of reports by a label of the items. */
export interface Stratum {
  readonly name: string
  /** Path of the labels in the files. */
  readonly field: string
  /** Whether reports are broken down by it. Codes of other labels only group items. */
  readonly sliced: boolean
}

/** One of a format's lists of records. */
export interface FormatList {
  readonly file: FormatFile
  /** Member of the file's object; empty for the file itself, and in a file of lines. */
  readonly key: string
  /** The file is one small value of any shape, whatever the layout of the others. */
  readonly whole?: true
}

/** A record as parsed from its file. */
export interface FormatElement {
  /** Index of its list in {@link Format.lists}. */
  readonly list: number
  /** Index in the list, from 0. */
  readonly index: number
  /** Name of the member, in an object. */
  readonly key?: string
  /** Parsed JSON; in a file of lines, the line with its line feed; in a table, a `CsvRow`. */
  readonly value: unknown
}

/** The stored part of a record: the id of its item, and the data for the join, as plain JSON. */
export interface CheckedRecord<Data = unknown> {
  readonly id: string
  readonly data: Data
}

export interface FormatRecord<Data = unknown> extends CheckedRecord<Data> {
  readonly list: number
  readonly index: number
}

export interface ReadOptions {
  /** The requested split, for a format with splits. */
  readonly split?: string | undefined
  /** Whether pictures can come with the files. */
  readonly withPictures: boolean
}

/** Problems of each file. */
export type ProblemsByFile = Readonly<Record<FormatFile, Problems>>

/** An item whose pictures are still names. */
export interface JoinedItem<Item extends Draft = Draft> {
  readonly draft: Item
  /** Labels in the order of the format's strata. */
  readonly labels: readonly string[]
  /** One list of names per picture, tried in order. */
  readonly pictures: readonly (readonly string[])[]
  /** Index of the item's first record in its list, by which items of a whole file are ordered. */
  readonly index: number
  /** Why the item cannot be imported, although the official loader accepts it. */
  readonly incomplete?: { readonly pointer: string; readonly detail: string }
}

/** Notes of joins for later ones. */
export interface JoinNotes {
  /** Two paths of the files end with one file name. */
  sharedNames?: true
  /** The file name of the picture before, in ascending order of names. */
  lastName?: string
}

/** Facts of the source files for reports and later readings, e.g. `data_subtype`. */
export type SourceFacts = Readonly<Record<string, string>>

/**
 * @typeParam Data - stored part of a record, as plain JSON
 * @typeParam Gathered - data over all records, as plain JSON, so that an import can resume with it
 */
export interface Format<Data = unknown, Gathered extends object = object, Item extends Draft = Draft> {
  /** null: stated in each file, and stored as `task` in {@link SourceFacts}. */
  readonly task: TaskId | null
  /**
   * Records are elements of arrays in a JSON object, members of an object in a JSON object, lines, or rows of
   * a table, the first of which is the header.
   */
  readonly layout: 'arrays' | 'members' | 'lines' | 'table'
  /** Lists of one file stand together; files are read in this order. */
  readonly lists: readonly FormatList[]
  /** Files that may be missing. */
  readonly optional?: readonly FormatFile[]
  /** Name of its file in failures, if different from the request's field. */
  readonly called?: string
  readonly split: 'required' | 'optional' | 'none'
  /** null: determined by the task of the file. */
  readonly strata: readonly Stratum[] | null
  /**
   * Checks a record. Undefined: irrelevant, or a problem was recorded. Several: also ids that must be unique
   * among all records, which {@link join} meets as records of that id.
   */
  read(
    element: FormatElement,
    gathered: Partial<Gathered>,
    problems: Problems,
    options: ReadOptions,
  ): CheckedRecord<Data> | readonly CheckedRecord<Data>[] | undefined
  /** Reads the rest of a file, after all its records. */
  readHead?(file: FormatFile, head: JsonRecord, gathered: Partial<Gathered>): void
  /** @returns why no record belongs to the requested split; undefined if one does */
  missingSplit?(gathered: Partial<Gathered>, options: ReadOptions): string | undefined
  /**
   * @param counts - elements per list
   * @throws {Fault} `unprocessable` if a required list is empty
   */
  source(gathered: Partial<Gathered>, counts: readonly number[], options: ReadOptions): SourceFacts
  /**
   * The labels among which every item of the dataset is classified; undefined for other tasks.
   * @throws {Fault} `unprocessable` if they are too few or too many
   */
  candidates?(gathered: Partial<Gathered>): readonly Candidate[] | undefined
  /**
   * Joins the records of one id. Ids come in ascending order.
   * @param records - by list and index, at least one
   * @param noted - what the joins of earlier ids noted for later ones, as plain JSON
   * @returns undefined for no item: irrelevant, or a problem was recorded
   */
  join(
    id: string,
    records: readonly FormatRecord<Data>[],
    source: SourceFacts,
    problems: ProblemsByFile,
    noted: JoinNotes,
  ): JoinedItem<Item> | undefined
  /**
   * Reads an uploaded results file: at most one answer per item. null: the format has no results files.
   * @param ids - the ids of all items
   * @param candidates - the labels of the dataset, if it has any
   * @throws {Fault} where the official loader fails
   */
  readonly readResults:
    | ((
        text: string,
        ids: readonly string[],
        source: SourceFacts,
        candidates?: readonly Candidate[],
      ) => ReadonlyMap<string, string>)
    | null
}

/** A format's files, each once, in the order in which they are read. */
export function filesOf({ lists }: Pick<Format, 'lists'>): FormatFile[] {
  return [...new Set(lists.map(({ file }) => file))]
}

/** Longest label, and longest fact in reports. */
export const MAX_LABEL_LENGTH = 128

/**
 * Facts of the files' heads for reports, without null members. @throws {Fault} naming a member that is too
 * long
 */
export function quotedFacts(header: Readonly<Record<string, string | number | null>>): Record<string, string> {
  const known = Object.entries(header).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)] as const]))
  for (const [key, value] of known)
    if (value.length > MAX_LABEL_LENGTH) throw unprocessableField(`/${key}`, `must have at most ${MAX_LABEL_LENGTH} characters`)
  return Object.fromEntries(known)
}

/**
 * The only record of a list with at most one per id. Others are recorded as problems.
 * @param member - the record's member with the id
 */
export function onlyRecord<Data>(
  records: readonly FormatRecord<Data>[],
  list: number,
  { lists }: Pick<Format, 'lists'>,
  member: string,
  problems: ProblemsByFile,
): FormatRecord<Data> | undefined {
  const [first, ...others] = records.filter((record) => record.list === list)
  const { file, key } = lists[list]!
  for (const { index, id } of others)
    problems[file].note(`/${key}/${index}/${member}`, `${id} was already used by /${key}/${first!.index}`)
  return first
}

/** @throws {Fault} `unprocessable` for a file without a record */
export function requireRecords(count: number, called: string, pointer: string, detail: string): void {
  const problems = new Problems(called)
  if (count === 0) problems.note(pointer, detail)
  problems.throwIfAny()
}
