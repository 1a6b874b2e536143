/**
 * Shapes of a run: its specification (everything that can change a score), its layout (nothing that can), and
 * its states.
 * @module
 */
import type { GateCondition, GateResult } from './gate.ts'
import type { ScorerSpec } from './scorer-spec.ts'
import type { TaskId } from './item.ts'
import type { ModelIdentity } from './model.ts'
import type { Warning } from './warning.ts'

/**
 * Everything that can change a score, and nothing that cannot. Its canonical JSON is stored, digested and
 * repeated in the report.
 */
export interface RunSpec {
  readonly schema: 'assay.run-spec/1'
  readonly dataset: { readonly digest: string; readonly task: TaskId; readonly items: number }
  /** The prefix [0, count) of the dataset's hash order. */
  readonly selection: { readonly count: number }
  readonly criteria: readonly ScorerSpec[]
  readonly subject: ModelIdentity
  /** The grading models of the criteria that ask one. Absent without such a criterion. */
  readonly graders?: readonly GraderSpec[]
  readonly seed: number
  /** Confidence level of every interval. */
  readonly level: number
  /** Absent: every item of the selection is used. */
  readonly stopping?: StoppingSpec
  /** Absent: values are those of the run's own items. */
  readonly prediction_powered?: PredictionPoweredSpec
}

/** The model that judges for one criterion. */
export interface GraderSpec {
  /** Name of the criterion. */
  readonly criterion: string
  readonly model: ModelIdentity
}

/**
 * When the run may end before its last item. One criterion is checked at fixed looks ⌈first_look · 1.25^j⌉ of
 * the hash order, by a confidence sequence for the whole dataset's score at the run's level.
 */
export interface StoppingSpec {
  readonly criterion: string
  readonly first_look: number
  /** Stops once the interval is no wider than twice this, */
  readonly half_width?: number | undefined
  /** or once it excludes this value. Exactly one of the two. */
  readonly excludes?: number | undefined
}

/**
 * The run's items are gold. One of its criteria, a mean over items, is estimated for the whole dataset with
 * the help of cheap scores of every item.
 */
export interface PredictionPoweredSpec {
  readonly criterion: string
  /**
   * Absent: the whole selection is gold. Otherwise the first hundred items are a pilot. It determines the
   * number of items after it, limited by the selection.
   */
  readonly target_half_width?: number | undefined
  readonly proxy: ProxyIdentity
}

/** Cheap scores of every item of a dataset version: one criterion of a completed run. */
export interface ProxyIdentity {
  readonly report_digest: string
  readonly criterion: string
  /** SHA-256 of the scores, Float64 little-endian in ordinal order. */
  readonly scores_digest: string
  /**
   * Number of items without a score in that run. The mean of the others replaces it, which costs width, not
   * validity.
   */
  readonly unscored: number
}

/** Ordinals [first, end) of one shard. */
export interface ShardRange {
  readonly first: number
  readonly end: number
}

export type RunStatus = 'in_progress' | 'completed' | 'canceled' | 'failed'
/**
 * `submitted`: its endpoint answers later, and no lease is held meanwhile. `skipped`: the run stopped
 * early, before this shard's items.
 */
export type ShardState = 'pending' | 'leased' | 'submitted' | 'recorded' | 'failed' | 'skipped'
export const WORK_QUEUES = ['edge', 'endpoint'] as const
export type WorkQueue = (typeof WORK_QUEUES)[number]

/** Counts of one shard for progress and cost. Never part of a report. */
export interface ShardTally {
  readonly passed: number
  readonly failed: number
  readonly errored: number
  readonly per_criterion: readonly { readonly passed: number; readonly failed: number; readonly errored: number }[]
  readonly usage: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly total_tokens: number
    /**
     * Calls made to the subject by the attempt that recorded the shard, including retries; 0 for uploaded
     * results.
     */
    readonly invocations: number
  }
  /**
   * Items by outcome: the code of an error, or that of an endpoint's answer; and by warning
   * (`run-warning.ts`). Absent from older tallies.
   */
  readonly outcomes?: Readonly<Record<string, number>>
  /** Items answered from the store of paid answers. Absent from older tallies. */
  readonly stored?: number
}

export interface NewRun {
  readonly tenant: string
  readonly id: string
  readonly evalId: string
  readonly name: string | null
  readonly visibility: 'private' | 'public'
  readonly datasetId: string
  readonly queue: WorkQueue
  readonly spec: RunSpec
  readonly specDigest: string
  readonly dataSource: unknown
  readonly metadata: Readonly<Record<string, string>> | null
  /**
   * Largest share of errored items, 0 to 1, with which the run still completes. Changes no score, so it is
   * not part of the spec.
   */
  readonly maxErrored: number
  /** Conditions on the result; null without a gate. Changes no score either. */
  readonly gate: readonly GateCondition[] | null
}

/** Why a run failed. `code` is stable and machine-readable. */
export interface RunError {
  readonly code: string
  readonly message: string
}

export interface RunRecord extends NewRun {
  readonly status: RunStatus
  readonly createdAt: number
  readonly endedAt: number | null
  readonly reportDigest: string | null
  readonly rowsKey: string | null
  /** Ranks of the items of a retrieval run, see `scorers/retrieval/late-ranks.ts`. */
  readonly ranksKey: string | null
  readonly error: RunError | null
  /** Written with the report; null before, and for a run without a gate or without a report. */
  readonly gateResult: GateResult | null
}

export interface ShardRecord extends ShardRange {
  readonly shard: number
  readonly state: ShardState
  readonly attempts: number
  readonly rows: Uint8Array | null
  readonly evidenceKey: string | null
  readonly embeddingsKey: string | null
  readonly tally: ShardTally | null
  readonly error: string | null
}

/** Result of a scored shard. */
export interface ShardResult {
  /** Ordinal after the last row. Items of the shard from here on become a shard of their own. */
  readonly end: number
  readonly rows: Uint8Array
  readonly evidenceKey: string
  readonly embeddingsKey: string | null
  readonly tally: ShardTally
}

/** One line of a shard's evidence: the readable record of a sample. Stored as JSON Lines at its hash. */
export interface SampleEvidence {
  readonly ordinal: number
  readonly item_id: string
  readonly error?: { readonly code: string; readonly message: string }
  readonly output?: string | null
  readonly trace?: Readonly<Record<string, unknown>>
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number }
  /** Absent without any. */
  readonly warnings?: readonly Warning[]
  readonly results: readonly {
    readonly name: string
    readonly type: string
    readonly status: 'scored' | 'errored' | 'unscored'
    readonly score: number | null
    readonly passed: boolean
    readonly reason?: string
    readonly details?: Readonly<Record<string, unknown>>
  }[]
}
