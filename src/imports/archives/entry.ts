/**
 * An archive and its entries.
 * @module
 */

export interface ArchiveEntry {
  /** As written in the archive. */
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link' | 'special'
  /** Length of the content. */
  readonly bytes: number
  /** Position of the next entry. */
  readonly next: number
  /** Bytes of the archive up to the next entry, for progress. */
  readonly passed: number
  /**
   * The first bytes of the content, at most `length`. They are valid until the next read.
   * @throws {Fault} `unprocessable` if it cannot be read
   */
  begin(length: number): Promise<Uint8Array>
  /**
   * A copy of the content, to be released by the caller.
   * @throws {Fault} `unprocessable` if it cannot be read
   */
  read(): Promise<Uint8Array<ArrayBuffer>>
}

export interface Archive {
  /** Number of reads from storage so far. */
  readonly fetches: number
  /** Whether the beginning of an entry costs all of it. */
  readonly isPacked: boolean
  /**
   * The entry at a position: 0, or the `next` of another entry. null: the end.
   * @throws {Fault} `unprocessable` if the archive is damaged or ends too early
   */
  entry(position: number): Promise<ArchiveEntry | null>
}
