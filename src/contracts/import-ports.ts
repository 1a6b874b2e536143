/**
 * Storage ports of imports larger than a request.
 * @module
 */
import type { DatasetVersion } from './dataset.ts'
import type { Failure } from './failure.ts'
import type { ClaimedJob } from './jobs.ts'
import type { ImageReference } from './item.ts'
import type { FileRecord } from './records.ts'

export interface UploadRecord {
  readonly id: string
  readonly filename: string
  readonly mimeType: string
  readonly bytes: number
  readonly status: 'pending' | 'completed' | 'cancelled' | 'expired'
  readonly createdAt: number
  readonly expiresAt: number
  /** Set once completed. */
  readonly file: FileRecord | null
}

/** Bytes, or a stream of known length. */
export type PartBody = ReadableStream | Uint8Array

/** A range of a stored object. */
export interface Located {
  readonly offset: number
  readonly bytes: number
}

export interface UploadPartRecord {
  readonly id: string
  readonly createdAt: number
}

/** A body held in storage temporarily. */
export interface HeldBody extends StoredFile {
  /** SHA-256 of a range of it. */
  digest(located: Located): Promise<string>
  /**
   * Turns a range of it into a file. Repeating with the same id makes no second one.
   * @param lifetime - milliseconds; kept without one
   */
  keep(located: Located, filename: string, fileId: string, lifetime: number | undefined): Promise<FileRecord>
}

/**
 * Files sent in parts. Every method except `create` throws a `not_found` or `conflict` Fault if the upload is
 * not pending.
 */
export interface UploadSessions {
  /** Repeating with the same id makes no second one. */
  create(
    tenant: string,
    id: string,
    upload: { filename: string; mimeType: string; bytes: number; lifetime?: number | undefined },
  ): Promise<UploadRecord>
  /** Throws if the upload is not pending, before the bytes of a part are taken. */
  requirePending(tenant: string, uploadId: string): Promise<void>
  /**
   * Stores a part as it arrives, including its surroundings. Afterwards `locate` returns the place of the
   * data; if it throws, the part is removed.
   * @throws {Fault} `too_large` if the parts exceed the declared size
   */
  addPart(tenant: string, uploadId: string, body: PartBody, locate: () => Located): Promise<UploadPartRecord>
  /**
   * Turns the parts, in this order, into a file. Completing a completed upload again gives the same answer.
   * @throws {Fault} `invalid` if parts are unknown or repeated, or sizes or the MD5 differ
   */
  complete(tenant: string, uploadId: string, partIds: readonly string[], md5: string | undefined): Promise<UploadRecord>
  cancel(tenant: string, uploadId: string): Promise<UploadRecord>
  /**
   * Holds a body in storage, rather than in memory, while `use` works on it. A crash leaves an upload that
   * expires.
   * @param bytes - length of the body
   */
  hold<T>(tenant: string, body: ReadableStream, bytes: number, use: (held: HeldBody) => Promise<T>): Promise<T>
  /** Ends uploads that were not completed in time, and frees their parts. Returns their number. */
  expire(limit: number): Promise<number>
}

/** A stored file, read in pieces. */
export interface StoredFile {
  readonly bytes: number
  /** Fewer bytes than `length` only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** Vectors of uploaded files, rewritten as safetensors. They are kept as long as their dataset version. */
export interface VectorFiles {
  /** Repeatable. */
  put(tenant: string, fileDigest: string, datasetDigest: string, bytes: Uint8Array): Promise<void>
  /** null: the file is read as it was uploaded. */
  open(tenant: string, fileDigest: string, datasetDigest: string): Promise<StoredFile | null>
}

/** A file that a client may download. */
export interface StreamedFile extends StoredFile {
  stream(): ReadableStream
}

export interface ImportSource {
  readonly file_id: string
  readonly sha256: string
  readonly bytes: number
}

export type ImportPhase = 'read' | 'pictures' | 'join' | 'order' | 'write' | 'finish'

/** The pictures of an import so far. */
export interface PictureCounts {
  /** Names under which pictures came. */
  readonly pictures: number
  /** Archive entries whose names are not those of pictures. */
  readonly ignored_entries: number
  /** Items whose picture did not come. */
  readonly items_without_image: number
  /** Different pictures that no item names; 0 until all items are joined. */
  readonly unused_images: number
}

export const NO_PICTURES: PictureCounts = { pictures: 0, ignored_entries: 0, items_without_image: 0, unused_images: 0 }

export interface ImportProgress extends PictureCounts {
  readonly phase: ImportPhase
  readonly bytes_read: number
  readonly bytes_total: number
  readonly items: number
}

/** A stored picture, and its name in the official files. */
export interface NamedImage {
  readonly name: string
  readonly sha256: string
}

/** A failure, or an internal fault. */
export type ImportError = Failure | { readonly kind: 'internal'; readonly detail: string }

export interface ImportRecord {
  readonly tenant: string
  readonly id: string
  readonly name: string
  readonly format: string
  /** For formats with splits. */
  readonly split: string | null
  readonly status: 'in_progress' | 'completed' | 'failed'
  /** Official files by field, and archives of pictures as `images/0`, `images/1` and so on. */
  readonly files: Readonly<Record<string, ImportSource>>
  /** Pictures that were stored before. */
  readonly storedImages: readonly NamedImage[]
  /** The job's position; null at the beginning. */
  readonly state: unknown
  readonly progress: ImportProgress
  readonly version: { readonly datasetId: string; readonly digest: string } | null
  readonly error: ImportError | null
  readonly createdAt: number
  readonly endedAt: number | null
}

/**
 * The record of imports. Every change requires the import to be in progress; changes by its job also require
 * the job's lease.
 */
export interface ImportStore {
  /** Inserts the import and its job, unless that id exists. @returns the job's id */
  create(
    tenant: string,
    id: string,
    request: Pick<ImportRecord, 'name' | 'format' | 'split' | 'files' | 'storedImages'>,
  ): Promise<{ record: ImportRecord; jobId: string }>
  /** @throws {Fault} `not_found` */
  find(tenant: string, id: string): Promise<ImportRecord>
  /**
   * Stores the state, and resets the count of starts, since the job makes progress. false: the lease was
   * lost, and nothing was written.
   */
  checkpoint(job: ClaimedJob, state: unknown, progress: ImportProgress): Promise<boolean>
  complete(tenant: string, id: string, version: Pick<DatasetVersion, 'datasetId' | 'digest'>): Promise<void>
  fail(tenant: string, id: string, error: ImportError): Promise<void>
}

export interface PartUpload {
  readonly id: string
  /** In order. */
  readonly parts: readonly string[]
  /** SHA-256s of the blocks of all parts. Absent from imports that began before checksums existed. */
  readonly checksums?: readonly string[] | undefined
}

/**
 * Storage for an import's intermediate results and the version it writes. Every write may be repeated with
 * the same bytes.
 */
export interface ImportWorkspace {
  put(name: string, bytes: Uint8Array): Promise<void>
  /** @throws {Error} if absent or shorter */
  read(name: string, offset: number, length: number): Promise<Uint8Array>
  /** Size of every part except the last, in bytes. */
  readonly partBytes: number
  startItems(digest: string): Promise<PartUpload>
  /** Part numbers begin at 0. */
  putItems(digest: string, upload: PartUpload, bytes: Uint8Array): Promise<PartUpload>
  /**
   * Turns the parts into the version's items, unless they are already, and returns SHA-256s of their blocks.
   * null: a late attempt has replaced a part, and only a new upload, unknown to it, can be finished.
   */
  finishItems(digest: string, upload: PartUpload): Promise<readonly string[] | null>
  clear(): Promise<void>
}

/** A picture under the name that official files may give it. */
export interface NamedReference {
  /** Its path from its end, as `picture-path.ts` makes it: `1.jpg/cats`. */
  readonly name: string
  /** The same without the ending of the file: `1/cats`. */
  readonly stem: string
  readonly reference: ImageReference
}

/**
 * The pictures of one import, by name. Its rows keep them from deletion until the version refers to them.
 * Every write may be repeated.
 */
export interface ImportPictures {
  /**
   * Stores pictures.
   * @throws {Fault} `unprocessable` if another picture of the import has one of the paths
   */
  add(pictures: readonly (NamedReference & { readonly bytes: Uint8Array })[]): Promise<void>
  /**
   * Names pictures that are stored already. @throws {Fault} `not_found` for one that is not, `unprocessable`
   * as `add`
   */
  name(pictures: readonly (Omit<NamedReference, 'reference'> & { readonly sha256: string })[]): Promise<void>
  /**
   * Those that one of the names may mean, in ascending order of name: with it as their name or stem, with an
   * end of its path, and at most two different ones whose paths end as it.
   */
  find(names: readonly string[]): Promise<NamedReference[]>
  /** Marks pictures that items use. */
  use(digests: readonly string[]): Promise<void>
  /** Different pictures, how many of them are used, and the first path. */
  count(): Promise<{ readonly pictures: number; readonly used: number; readonly first: string | null }>
  /** Forgets the names, and deletes the pictures to which nothing else refers. */
  clear(): Promise<void>
}
