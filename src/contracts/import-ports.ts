/**
 * What imports larger than a request ask of storage.
 * @module
 */
import type { DatasetVersion } from './dataset.ts'
import type { Failure } from './failure.ts'
import type { ClaimedJob } from './jobs.ts'
import type { FileRecord } from './records.ts'

export interface UploadRecord {
  readonly id: string
  readonly filename: string
  readonly mimeType: string
  readonly bytes: number
  readonly status: 'pending' | 'completed' | 'cancelled' | 'expired'
  readonly createdAt: number
  readonly expiresAt: number
  /** Once completed. */
  readonly file: FileRecord | null
}

/** Bytes, or a stream whose length the platform knows. */
export type PartBody = ReadableStream | Uint8Array

/** A stretch of a stored object. */
export interface Located {
  readonly offset: number
  readonly bytes: number
}

export interface UploadPartRecord {
  readonly id: string
  readonly createdAt: number
}

/** A body that lies in storage, for as long as it is asked for. */
export interface HeldBody extends StoredFile {
  /** SHA-256 of a stretch of it. */
  digest(located: Located): Promise<string>
  /** Makes a stretch of it a file that stays. Again under the same id makes no second one. */
  keep(located: Located, filename: string, fileId: string): Promise<FileRecord>
}

/** Files that come in parts. Every method but `create` throws a `not_found` or `conflict` Fault when the upload does not wait for it. */
export interface UploadSessions {
  /** Again under the same id makes no second one. */
  create(tenant: string, id: string, upload: { filename: string; mimeType: string; bytes: number }): Promise<UploadRecord>
  /** Throws when the upload does not wait for parts: before their bytes are taken. */
  requirePending(tenant: string, uploadId: string): Promise<void>
  /**
   * Stores a part as it comes in, within whatever surrounds it. Once it is stored, `locate` says where the data is; what it throws
   * removes the part again.
   * @throws {Fault} `too_large` when the parts exceed the declared size.
   */
  addPart(tenant: string, uploadId: string, body: PartBody, locate: () => Located): Promise<UploadPartRecord>
  /**
   * Makes the parts, in this order, a file. Completing again with the upload already completed gives the same answer.
   * @throws {Fault} `invalid` when parts are unknown or repeated, or sizes or the MD5 differ.
   */
  complete(tenant: string, uploadId: string, partIds: readonly string[], md5: string | undefined): Promise<UploadRecord>
  cancel(tenant: string, uploadId: string): Promise<UploadRecord>
  /**
   * Stores a body as it comes in, rather than in memory, while `use` works on it. A crash leaves an upload that expires.
   * @param bytes - of the body.
   */
  hold<T>(tenant: string, body: ReadableStream, bytes: number, use: (held: HeldBody) => Promise<T>): Promise<T>
  /** Ends uploads that were not completed in time, and frees their parts. Returns how many. */
  expire(limit: number): Promise<number>
}

/** A stored file, read in pieces. */
export interface StoredFile {
  readonly bytes: number
  /** Fewer bytes than `length` only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** One that a client may take whole. */
export interface StreamedFile extends StoredFile {
  stream(): ReadableStream
}

export interface ImportSource {
  readonly file_id: string
  readonly sha256: string
  readonly bytes: number
}

export type ImportPhase = 'read' | 'join' | 'order' | 'write' | 'finish'

export interface ImportProgress {
  readonly phase: ImportPhase
  readonly bytes_read: number
  readonly bytes_total: number
  readonly items: number
}

/** A failure, or what went wrong on our side. */
export type ImportError = Failure | { readonly kind: 'internal'; readonly detail: string }

export interface ImportRecord {
  readonly tenant: string
  readonly id: string
  readonly name: string
  readonly format: string
  /** As a format may take one. */
  readonly split: string | null
  readonly status: 'in_progress' | 'completed' | 'failed'
  readonly files: Readonly<Record<string, ImportSource>>
  /** Where the job goes on; null at its beginning. */
  readonly state: unknown
  readonly progress: ImportProgress
  readonly version: { readonly datasetId: string; readonly digest: string } | null
  readonly error: ImportError | null
  readonly createdAt: number
  readonly endedAt: number | null
}

/** The record of imports. What changes one is conditional on its being in progress, and of its job on holding the job's lease. */
export interface ImportStore {
  /** Inserts the import and its job, unless there is one of that id. @returns the job's id */
  create(
    tenant: string,
    id: string,
    request: Pick<ImportRecord, 'name' | 'format' | 'split' | 'files'>,
  ): Promise<{ record: ImportRecord; jobId: string }>
  /** @throws {Fault} `not_found` */
  find(tenant: string, id: string): Promise<ImportRecord>
  /** Sets the state, and forgets earlier starts of the job: it gets somewhere. false: the lease was lost, and nothing was written. */
  checkpoint(job: ClaimedJob, state: unknown, progress: ImportProgress): Promise<boolean>
  complete(tenant: string, id: string, version: Pick<DatasetVersion, 'datasetId' | 'digest'>): Promise<void>
  fail(tenant: string, id: string, error: ImportError): Promise<void>
}

export interface PartUpload {
  readonly id: string
  /** In order. */
  readonly parts: readonly string[]
  /** SHA-256s of the blocks of all parts. Absent from imports that began before there were any. */
  readonly checksums?: readonly string[] | undefined
}

/** Where an import keeps what it has worked out so far, and writes the version to. Every write may be repeated with the same bytes. */
export interface ImportWorkspace {
  put(name: string, bytes: Uint8Array): Promise<void>
  /** @throws {Error} when absent or shorter. */
  read(name: string, offset: number, length: number): Promise<Uint8Array>
  /** Bytes of every part but the last. */
  readonly partBytes: number
  startItems(digest: string): Promise<PartUpload>
  /** Part numbers begin at 0. */
  putItems(digest: string, upload: PartUpload, bytes: Uint8Array): Promise<PartUpload>
  /**
   * Makes the parts the version's items, if they are not yet, and returns SHA-256s of their blocks. null: a straggler has replaced a part since, and no upload but a new
   * one, which it does not know, can be finished.
   */
  finishItems(digest: string, upload: PartUpload): Promise<readonly string[] | null>
  clear(): Promise<void>
}
