/**
 * The reader of official files, for a slice of a large file or for a whole file.
 * @module
 */
import { escapePointer } from '../contracts/json-pointer.ts'
import { CsvScanner } from '../files/csv-scanner.ts'
import { type JsonRecord, mayBeUnstorable, refuseUnstorable, refuseUnstorableIn } from '../files/json.ts'
import { JsonListScanner, type ScanPosition } from '../files/json-list-scanner.ts'
import { LineScanner } from '../files/line-scanner.ts'
import { Problems } from '../files/problems.ts'
import { WholeFileScanner } from '../files/whole-file-scanner.ts'
import type { Candidate } from '../contracts/item.ts'
import type { Draft } from './draft.ts'
import {
  filesOf,
  type Format,
  type FormatFile,
  type FormatList,
  type FormatRecord,
  type JoinedItem,
  type JoinNotes,
  type ProblemsByFile,
  type ReadOptions,
  type SourceFacts,
} from './format.ts'

/** Reads the records of one file from chunks of any size. Between two batches the position can be saved. */
export class FormatFileReader<Data, Gathered extends object> {
  readonly problems: Problems
  readonly #format: Format<Data, Gathered>
  readonly #file: FormatFile
  readonly #gathered: Partial<Gathered>
  readonly #options: ReadOptions
  readonly #scanner: CsvScanner | JsonListScanner | LineScanner | WholeFileScanner
  readonly #firstList: number

  /**
   * @param gathered - from earlier files and slices; this reading adds to it
   * @param from - position of an earlier reading of the file; the next bytes must begin at `from.at`
   */
  constructor(
    format: Format<Data, Gathered>,
    file: FormatFile,
    gathered: Partial<Gathered>,
    options: ReadOptions,
    from?: ScanPosition,
  ) {
    const { layout, lists } = format
    const called = file === 'annotations' ? (format.called ?? file) : file
    const own = lists.filter((list) => list.file === file)
    this.problems = new Problems(called)
    this.#format = format
    this.#file = file
    this.#gathered = gathered
    this.#options = options
    this.#firstList = lists.findIndex((list) => list.file === file)
    const keys = own.map(({ key }) => key)
    this.#scanner =
      own[0]?.whole === true
        ? new WholeFileScanner(called, from)
        : layout === 'lines'
          ? new LineScanner(called, from)
          : layout === 'table'
            ? new CsvScanner(called, from)
            : new JsonListScanner(keys[0] === '' ? null : keys, called, { from, objects: layout === 'members' })
  }

  /** Number of bytes up to the end of the last batch. */
  get at(): number {
    return this.#scanner.at
  }

  /** Current position, valid right after a batch was yielded. */
  get position(): ScanPosition {
    return this.#scanner.position
  }

  /**
   * @param last - whether the file ends with this chunk
   * @throws {Fault} `unprocessable` for bytes that are not UTF-8 or not JSON, and for text without a UTF-8
   *   form. Other problems are recorded.
   */
  *read(chunk: Uint8Array, last: boolean): Generator<FormatRecord<Data>[]> {
    const format = this.#format
    for (const { list: listOfFile, first, values, keys, text } of this.#scanner.scan(chunk, last)) {
      const list = this.#firstList + listOfFile
      const isJson = format.layout !== 'lines' && format.layout !== 'table'
      const isSuspect = isJson && mayBeUnstorable(text)
      const records: FormatRecord<Data>[] = []
      for (const [offset, value] of values.entries()) {
        const index = first + offset
        const key = keys?.[offset]
        if (isSuspect) refuseUnstorable(value, pointerOf(format.lists[list]!, key ?? String(index)))
        const element = { list, index, value, ...(key === undefined ? {} : { key }) }
        const found = format.read(element, this.#gathered, this.problems, this.#options)
        for (const { id, data } of found === undefined ? [] : isList(found) ? found : [found])
          records.push({ id, list, index, data })
      }
      yield records
    }
  }

  /**
   * Ends the file.
   * @returns number of elements per list of the file
   * @throws {Fault} `unprocessable` if it ends too early, lacks a list, or problems were recorded
   */
  finish(): number[] {
    this.problems.throwIfAny()
    const head: JsonRecord = this.#scanner.finish()
    const { head: text, counts } = this.#scanner.position
    refuseUnstorableIn(text, head, '')
    this.#format.readHead?.(this.#file, head, this.#gathered)
    return counts.map(Number)
  }
}

/** JSON pointer of an element. */
function pointerOf({ key: list, whole }: FormatList, element: string): string {
  if (whole === true) return ''
  return `${list === '' ? '' : `/${list}`}/${escapePointer(element)}`
}

const isList = <T>(found: T | readonly T[]): found is readonly T[] => Array.isArray(found)

/** Ascending by id (UTF-16 code units), list and index. */
export function compareRecords(a: FormatRecord, b: FormatRecord): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1
  return a.list - b.list || a.index - b.index
}

/** Problems found by joining. */
export function joinProblems({ called = 'annotations' }: Pick<Format, 'called'>): ProblemsByFile {
  return { names: new Problems('names'), questions: new Problems('questions'), annotations: new Problems(called) }
}

/** Adds the file to a failure; see {@link readWhole}. */
export type InFile = <T>(file: FormatFile, work: () => T) => T

/** Throws the problems of joining. @param when - whether many problems are needed, or any suffice */
export function throwProblems(problems: ProblemsByFile, when: 'any' | 'many', inFile: InFile = (_, work) => work()): void {
  for (const file of ['names', 'questions', 'annotations'] as const)
    inFile(file, () => (when === 'any' ? problems[file].throwIfAny() : problems[file].throwIfMany()))
}

/** Counts of the lists of an optional file that did not come. */
export const emptyLists = ({ lists }: Pick<Format, 'lists'>, file: FormatFile): number[] =>
  lists.flatMap((list) => (list.file === file ? [0] : []))

export interface WholeRead<Item extends Draft = Draft> {
  /** In the order of their first records. */
  readonly items: readonly JoinedItem<Item>[]
  readonly source: SourceFacts
  readonly candidates: readonly Candidate[] | undefined
}

/**
 * Reads files whole.
 * @param files - the bytes of each file of the format
 * @param inFile - runs the check of one file; the importer moves the places of failures into the file
 * @param refuseSplit - makes the failure if no record belongs to the split
 * @throws {Fault} `unprocessable`, whose pointers name file, record and field
 */
export function readWhole<Data, Gathered extends object, Item extends Draft>(
  format: Format<Data, Gathered, Item>,
  files: Readonly<Partial<Record<FormatFile, Uint8Array>>>,
  options: ReadOptions,
  {
    inFile = (_, work) => work(),
    refuseSplit = (detail) => new Error(detail),
  }: { readonly inFile?: InFile; readonly refuseSplit?: (detail: string) => Error } = {},
): WholeRead<Item> {
  const gathered: Partial<Gathered> = {}
  const records: FormatRecord<Data>[] = []
  const counts: number[] = []
  for (const file of filesOf(format)) {
    const bytes = files[file]
    if (bytes === undefined && format.optional?.includes(file)) {
      counts.push(...emptyLists(format, file))
      continue
    }
    inFile(file, () => {
      const reader = new FormatFileReader(format, file, gathered, options)
      for (const batch of reader.read(bytes!, true)) for (const record of batch) records.push(record)
      counts.push(...reader.finish())
    })
  }
  const missing = format.missingSplit?.(gathered, options)
  if (missing !== undefined) throw refuseSplit(missing)
  const source = inFile('annotations', () => format.source(gathered, counts, options))
  const candidates = inFile('annotations', () => format.candidates?.(gathered))
  const problems = joinProblems(format)
  const items: JoinedItem<Item>[] = []
  const noted: JoinNotes = {}
  const sorted = records.toSorted(compareRecords)
  for (let first = 0, end = 0; first < sorted.length; first = end) {
    const { id } = sorted[first]!
    while (sorted[end]?.id === id) end++
    const joined = format.join(id, sorted.slice(first, end), source, problems, noted)
    if (joined !== undefined) items.push(joined)
  }
  throwProblems(problems, 'any', inFile)
  return { items: items.toSorted((a, b) => a.index - b.index), source, candidates }
}
