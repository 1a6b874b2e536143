/**
 * Where an import stands between two slices, and what a slice is given.
 * @module
 */
import type { DatasetStore } from '../contracts/catalogue-ports.ts'
import type { ImportRecord, ImportStore, ImportWorkspace, PartUpload, StoredFile } from '../contracts/import-ports.ts'
import type { Clock } from '../contracts/ports.ts'
import type { ScanPosition } from '../files/json-list-scanner.ts'
import type { Format, SourceFacts } from '../tasks/format.ts'
import type { TaskRegistry } from '../tasks/task-registry.ts'
import type { DigestState } from './dataset-digest.ts'
import type { Run } from './external-sort.ts'

/** What one slice may take. */
export interface SliceLimits {
  /** Bytes of a file. */
  readonly readBytes: number
  /** UTF-16 units of the records that are held. */
  readonly heldText: number
  /** Bytes that are fetched at once. */
  readonly fetchBytes: number
}

export interface ImportServices {
  readonly clock: Clock
  readonly tasks: TaskRegistry
  readonly imports: ImportStore
  readonly datasets: Pick<DatasetStore, 'commit'>
  readonly files: { open(tenant: string, sha256: string): Promise<StoredFile> }
  workspace(tenant: string, importId: string): ImportWorkspace
  /** Runs `task` when so many bytes more fit into what this isolate may hold at once. */
  admit<T>(bytes: number, task: () => Promise<T>): Promise<T>
}

export interface Slice {
  readonly record: ImportRecord
  readonly format: Format
  readonly workspace: ImportWorkspace
  readonly limits: SliceLimits
}

/** Records are checked and sorted by id. */
export interface Reading {
  readonly phase: 'read'
  /** Place among the format's files. */
  readonly file: number
  /** Where in it; null at its beginning. */
  readonly position: ScanPosition | null
  readonly bytesRead: number
  readonly counts: readonly number[]
  /** What the format gathers over all records. */
  readonly gathered: Readonly<Record<string, unknown>>
  readonly runs: readonly Run[]
}

/** Records of an id are joined to an item. */
export interface Joining {
  readonly phase: 'join'
  readonly runs: readonly Run[]
  readonly positions: readonly number[] | null
  readonly source: SourceFacts
  readonly digest: DigestState
  readonly joined: readonly Run[]
}

interface Ordered {
  readonly source: SourceFacts
  readonly digest: string
  readonly items: number
}

/** Items are sorted by hash order. */
export interface Ordering extends Ordered {
  readonly phase: 'order'
  readonly joined: readonly Run[]
  readonly runs: readonly Run[]
}

/** Items are written part by part. */
export interface Writing extends Ordered {
  readonly phase: 'write'
  readonly runs: readonly Run[]
  readonly positions: readonly number[] | null
  /** Bytes of the next line that the part before has already. */
  readonly skip: number
  readonly upload: PartUpload
  readonly pieces: readonly Piece[]
}

/** Index and columns are assembled, and the version is committed. */
export interface Finishing extends Ordered {
  readonly phase: 'finish'
  readonly runs: readonly Run[]
  readonly upload: PartUpload
  readonly pieces: readonly Piece[]
}

/** What one slice of writing leaves for the columns. */
export interface Piece {
  readonly lines: number
  /** One run per column: clusters, then strata. */
  readonly columns: readonly Run[]
}

export type ImportState = Reading | Joining | Ordering | Writing | Finishing
