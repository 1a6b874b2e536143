/**
 * Stored files of a submission.
 * @module
 */
export interface SubmissionFiles {
  put(name: SubmissionFile, bytes: Uint8Array): Promise<void>
  get(name: SubmissionFile): Promise<Uint8Array | null>
  open(name: SubmissionFile): Promise<{ readonly bytes: number; stream(): ReadableStream<Uint8Array> } | null>
  /** Stores one delivery of results. A repeated one stores nothing new. */
  putResults(bytes: Uint8Array): Promise<void>
  /** Every delivery of results. */
  results(): AsyncIterable<Uint8Array>
}

export type SubmissionFile = 'requests.jsonl' | 'manifest.json'

export type OpenSubmissionFiles = (tenant: string, run: string, submission: string) => SubmissionFiles
