/**
 * State of an import between two slices, and the inputs of a slice.
 * @module
 */
import type { DatasetStore } from '../contracts/catalogue-ports.ts'
import type {
  ImportPictures,
  ImportRecord,
  ImportStore,
  ImportWorkspace,
  PartUpload,
  PictureCounts,
  StoredFile,
} from '../contracts/import-ports.ts'
import type { Candidate } from '../contracts/item.ts'
import type { Clock } from '../contracts/ports.ts'
import type { ScanPosition } from '../files/json-list-scanner.ts'
import type { Format, JoinNotes, SourceFacts } from '../tasks/format.ts'
import type { TaskRegistry } from '../tasks/task-registry.ts'
import type { DigestState } from './dataset-digest.ts'
import type { SortedRun } from './external-sort.ts'

/** Limits of one slice. */
export interface SliceLimits {
  /** Bytes of a file. */
  readonly readBytes: number
  /** UTF-16 units of the records in memory. */
  readonly heldText: number
  /** Bytes per fetch. */
  readonly fetchBytes: number
}

export interface ImportServices {
  readonly clock: Clock
  readonly tasks: TaskRegistry
  readonly imports: ImportStore
  readonly datasets: Pick<DatasetStore, 'commit'>
  readonly files: { open(tenant: string, sha256: string): Promise<StoredFile> }
  workspace(tenant: string, importId: string): ImportWorkspace
  pictures(tenant: string, importId: string): ImportPictures
  /** Runs `task` when `bytes` more fit into this isolate's memory. */
  admit<T>(bytes: number, task: () => Promise<T>): Promise<T>
}

export interface Slice {
  readonly record: ImportRecord
  readonly format: Format
  readonly workspace: ImportWorkspace
  /** null: the import has none. */
  readonly pictures: ImportPictures | null
  readonly limits: SliceLimits
}

/** Facts of the files read. */
export interface FileFacts {
  readonly source: SourceFacts
  /** Labels of the dataset. */
  readonly candidates?: readonly Candidate[] | undefined
}

/** Records are checked and sorted by id. */
export interface Reading {
  readonly phase: 'read'
  /** Index among the format's files. */
  readonly file: number
  /** Position in it; null at its beginning. */
  readonly position: ScanPosition | null
  readonly bytesRead: number
  readonly counts: readonly number[]
  /** Data that the format gathers over all records. */
  readonly gathered: Readonly<Record<string, unknown>>
  readonly runs: readonly SortedRun[]
}

/** Pictures are checked and stored: first those that are stored already, then each archive. */
export interface Picturing extends FileFacts {
  readonly phase: 'pictures'
  /** Records, for the join. */
  readonly runs: readonly SortedRun[]
  /** Number of {@link ImportRecord.storedImages} that are named. */
  readonly named: number
  /** Index among the archives, position of the next entry in it, and bytes of it before that entry. */
  readonly archive: number
  readonly position: number
  readonly passed: number
  readonly counts: PictureCounts
}

/** Records of an id are joined into an item. */
export interface Joining extends FileFacts {
  readonly phase: 'join'
  readonly runs: readonly SortedRun[]
  readonly positions: readonly number[] | null
  readonly digest: DigestState
  readonly joined: readonly SortedRun[]
  readonly noted?: JoinNotes | undefined
  readonly counts?: PictureCounts | undefined
  /** The name that the first item with a picture looks for. */
  readonly lookedFor?: string | undefined
}

interface Ordered extends FileFacts {
  readonly digest: string
  readonly items: number
  readonly counts?: PictureCounts | undefined
  /** Different pictures that items use. */
  readonly images?: number | undefined
}

/** Items are sorted by hash order. */
export interface Ordering extends Ordered {
  readonly phase: 'order'
  readonly joined: readonly SortedRun[]
  readonly runs: readonly SortedRun[]
}

/** Items are written part by part. */
export interface Writing extends Ordered {
  readonly phase: 'write'
  readonly runs: readonly SortedRun[]
  readonly positions: readonly number[] | null
  /** Bytes of the next line that the previous part contains already. */
  readonly skip: number
  readonly upload: PartUpload
  readonly pieces: readonly Piece[]
}

/** Index and columns are assembled, and the version is committed. */
export interface Finishing extends Ordered {
  readonly phase: 'finish'
  readonly runs: readonly SortedRun[]
  readonly upload: PartUpload
  readonly pieces: readonly Piece[]
}

/** Data that one slice of writing leaves for the columns. */
export interface Piece {
  readonly lines: number
  /** One run per column: clusters, then strata. */
  readonly columns: readonly SortedRun[]
}

export type ImportState = Reading | Picturing | Joining | Ordering | Writing | Finishing
