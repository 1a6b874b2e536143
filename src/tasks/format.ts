/**
 * Official formats. A format says how its files hold records, checks each record as it is read, and joins the records of one id
 * to an item. No file is ever held whole: `format-reader.ts` reads small files and large ones alike.
 * @module
 */
import { unprocessableField } from '../contracts/failure.ts'
import type { TaskId } from '../contracts/item.ts'
import type { JsonRecord } from '../files/json.ts'
import { Problems } from '../files/problems.ts'
import type { Draft } from './draft.ts'

/** Form fields, and members of a request by reference, that hold official files. */
export const FORMAT_FILES = ['annotations', 'questions'] as const
export type FormatFile = (typeof FORMAT_FILES)[number]

/** A breakdown of reports by a label of the items. */
export interface Stratum {
  readonly name: string
  /** Where the labels are in the files. */
  readonly field: string
  /** Whether reports are broken down by it; codes of the others only group items. */
  readonly sliced: boolean
}

/** One of a format's lists of records. */
export interface FormatList {
  readonly file: FormatFile
  /** Member of the file's object; without meaning in a file of lines. */
  readonly key: string
}

/** A record as it stands in its file. */
export interface FormatElement {
  /** Place of its list in {@link Format.lists}. */
  readonly list: number
  /** Place in the list, from 0. */
  readonly index: number
  /** Name of a member of an object. */
  readonly key?: string
  /** Parsed JSON; in a file of lines, the line with its line feed. */
  readonly value: unknown
}

/** What is kept of a record: the id of the item that it belongs to, and what the join needs, as plain JSON. */
export interface CheckedRecord<Data = unknown> {
  readonly id: string
  readonly data: Data
}

export interface FormatRecord<Data = unknown> extends CheckedRecord<Data> {
  readonly list: number
  readonly index: number
}

export interface ReadOptions {
  /** The split that was asked for, of a format that takes one. */
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
  /** Place of the item's first record in its list: items of a whole file come in this order. */
  readonly index: number
  /** Why the item cannot be imported, where the official loader takes it all the same. */
  readonly incomplete?: { readonly pointer: string; readonly detail: string }
}

/** Facts of the source files that reports quote or later readings need, e.g. `data_subtype`. */
export type SourceFacts = Readonly<Record<string, string>>

/**
 * @typeParam Data - what a record keeps, as plain JSON.
 * @typeParam Gathered - what is gathered over all records, as plain JSON: an import goes on with it after a restart.
 */
export interface Format<Data = unknown, Gathered extends object = object, Item extends Draft = Draft> {
  /** null: each file says it, and {@link SourceFacts} keep it as `task`. */
  readonly task: TaskId | null
  /** Records are elements of arrays in a JSON object, members of an object in a JSON object, or lines. */
  readonly layout: 'arrays' | 'members' | 'lines'
  /** Lists of one file stand together; files are read in this order. */
  readonly lists: readonly FormatList[]
  /** Name of its file in failures, where that is not the request's field. */
  readonly called?: string
  readonly split: 'required' | 'optional' | 'none'
  /** null: the task that a file is of says it. */
  readonly strata: readonly Stratum[] | null
  /** Checks a record. Undefined: of no interest, or a problem was noted. */
  read(
    element: FormatElement,
    gathered: Partial<Gathered>,
    problems: Problems,
    options: ReadOptions,
  ): CheckedRecord<Data> | undefined
  /** Takes the rest of a file, once all its records were read. */
  readHead?(file: FormatFile, head: JsonRecord, gathered: Partial<Gathered>): void
  /** @returns why no record was of the split that was asked for; undefined if one was. */
  missingSplit?(gathered: Partial<Gathered>, options: ReadOptions): string | undefined
  /**
   * @param counts - elements per list.
   * @throws {Fault} `unprocessable` when a list must not be empty.
   */
  source(gathered: Partial<Gathered>, counts: readonly number[], options: ReadOptions): SourceFacts
  /**
   * Joins the records of one id.
   * @param records - by list and index, at least one.
   * @returns undefined: no item, either of no interest or after noting a problem.
   */
  join(
    id: string,
    records: readonly FormatRecord<Data>[],
    source: SourceFacts,
    problems: ProblemsByFile,
  ): JoinedItem<Item> | undefined
  /**
   * Reads an uploaded results file: one answer per item that has one. null: the format has no results files.
   * @param ids - every item's id.
   * @throws {Fault} as the official loader does.
   */
  readonly readResults: ((text: string, ids: readonly string[], source: SourceFacts) => ReadonlyMap<string, string>) | null
}

/** A format's files, each once, in the order in which they are read. */
export function filesOf({ lists }: Pick<Format, 'lists'>): FormatFile[] {
  return [...new Set(lists.map(({ file }) => file))]
}

/** Longest label, and longest fact that reports quote. */
export const MAX_LABEL_LENGTH = 128

/** What reports quote of the files' heads, without those that are null. @throws {Fault} naming a member that is too long. */
export function quotedFacts(header: Readonly<Record<string, string | number | null>>): Record<string, string> {
  const known = Object.entries(header).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)] as const]))
  for (const [key, value] of known)
    if (value.length > MAX_LABEL_LENGTH) throw unprocessableField(`/${key}`, `must have at most ${MAX_LABEL_LENGTH} characters`)
  return Object.fromEntries(known)
}

/**
 * The one record of a list that may have one per id; notes the others.
 * @param member - of the record, that holds the id.
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

/** @throws {Fault} `unprocessable` for a file without a record. */
export function requireRecords(count: number, called: string, pointer: string, detail: string): void {
  const problems = new Problems(called)
  if (count === 0) problems.note(pointer, detail)
  problems.throwIfAny()
}
