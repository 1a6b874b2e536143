/**
 * What an official format says of itself so that it can be imported without ever holding a whole file: records are checked one by one
 * as they are read, and joined by item id once all records of an id have been brought together.
 * @module
 */
import type { Draft } from '../tasks/task.ts'
import { type JsonRecord } from '../files/json.ts'
import { Problems } from '../files/problems.ts'

export type StreamedFile = 'annotations' | 'questions'

/** An element of one of a format's lists, as it stands in the file. */
export interface StreamedElement {
  /** Place of its list in {@link StreamedFormat.lists}. */
  readonly array: number
  /** Its place in the list. */
  readonly index: number
  /** Of a member of an object. */
  readonly key?: string
  /** JSON as parsed; of a file of lines, the line with its line feed. */
  readonly value: unknown
}

/** What is kept of an element, under the id of the item that it belongs to. */
export interface StreamedRecord {
  readonly id: string
  readonly array: number
  readonly index: number
  /** What the join needs of it: plain JSON. */
  readonly data: unknown
}

/** Strings gathered on the way, e.g. the files' headers; at the beginning the `split` that was asked for, if any. */
export type Facts = Record<string, string>

export type ProblemsByFile = Readonly<Record<StreamedFile, Problems>>

export interface StreamedFormat {
  /** How a file holds its records: in arrays of a JSON object, as the members of an object in a JSON object, or a line each. */
  readonly layout: 'arrays' | 'members' | 'lines'
  /** Lists of one file stand together; files are read in this order. Of a file of lines the key means nothing. */
  readonly lists: readonly { readonly file: StreamedFile; readonly key: string }[]
  /** What its readers call the file in failures, where that is not the name of the request's field. */
  readonly called?: string
  /** Checks an element. Undefined: of no interest, or a problem was noted. */
  read(element: StreamedElement, facts: Facts, problems: Problems): { readonly id: string; readonly data: unknown } | undefined
  /** The rest of a file, once all of it was read. */
  readHead?(file: StreamedFile, head: JsonRecord, facts: Facts): void
  /** @param records - all of one id, by list and index. Undefined: no item, either of no interest or after noting a problem. */
  join(
    id: string,
    records: readonly StreamedRecord[],
    problems: ProblemsByFile,
  ): { readonly draft: Draft; readonly labels: readonly string[] } | undefined
  /** What `ReadFiles.source` is in memory. @param counts - elements of each list. @throws {Fault} when a list must not be empty. */
  source(facts: Facts, counts: readonly number[]): Readonly<Record<string, string>>
}

/** The record of a list that may have one of an id; notes the others. */
export function unique(
  records: readonly StreamedRecord[],
  array: number,
  format: StreamedFormat,
  member: string,
  problems: ProblemsByFile,
): StreamedRecord | undefined {
  const [first, ...others] = records.filter((record) => record.array === array)
  const { file, key } = format.lists[array]!
  for (const { index, id } of others)
    problems[file].note(`/${key}/${index}/${member}`, `${id} was already used by /${key}/${first!.index}`)
  return first
}

/** @throws {Fault} when a file of lines has none. */
export function requireLines(count: number, called: string, detail: string): void {
  const problems = new Problems(called)
  if (count === 0) problems.note('', detail)
  problems.throwIfAny()
}
