/**
 * Recomputations of reports, and where the last one of each run is kept.
 * @module
 */

/** The report that the recorded rows give now, compared with the published one. */
export interface Recomputation {
  /** Digest of the report as computed now. */
  readonly digest: string
  readonly publishedDigest: string
  /** Whether the published report has exactly the computed bytes. */
  readonly agrees: boolean
  /** Whether the rows have the digest of the manifest; null for a run without one. */
  readonly rowsAgree: boolean | null
}

export interface RecomputationRecord {
  readonly state: 'in_progress' | 'completed' | 'failed'
  /** null until completed. */
  readonly result: Recomputation | null
  readonly error: string | null
  /** Unix milliseconds. */
  readonly requestedAt: number
  readonly endedAt: number | null
}

/** The last recomputation of each run. */
export interface RecomputationStore {
  find(tenant: string, runId: string): Promise<RecomputationRecord | null>
  /** Inserts the job, unless one is under way. */
  request(tenant: string, runId: string): Promise<void>
  /** Records a result, of a job or of a request. Nothing for a run that was deleted. */
  finish(tenant: string, runId: string, result: Recomputation): Promise<void>
  /** Ends one that is in progress. */
  fail(tenant: string, runId: string, error: string): Promise<void>
}
