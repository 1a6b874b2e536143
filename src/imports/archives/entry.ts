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
   * A copy of the content, to be released by the caller.
   * @throws {Fault} `unprocessable` if it cannot be read
   */
  read(): Promise<Uint8Array<ArrayBuffer>>
}

export interface Archive {
  /**
   * The entry at a position: 0, or the `next` of another entry. null: the end.
   * @throws {Fault} `unprocessable` if the archive is damaged or ends too early
   */
  entry(position: number): Promise<ArchiveEntry | null>
}
