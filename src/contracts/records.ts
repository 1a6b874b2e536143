/**
 * Records of the catalogue, independent of storage.
 * @module
 */
import type { EndpointKind, EndpointSettings } from './endpoint.ts'
import type { ScorerSpec } from './scorer-spec.ts'
import type { TaskId } from './item.ts'
import type { CommitStatus, TriggerFilter } from './trigger.ts'
import type { NotRanked } from './ports.ts'
import type { ModelIdentity } from './model.ts'

export interface Page {
  readonly limit: number
  readonly after?: string | undefined
  readonly order: 'asc' | 'desc'
}

export interface FileRecord {
  readonly id: string
  readonly sha256: string
  readonly bytes: number
  readonly filename: string
  readonly createdAt: number
  /** Unix milliseconds. The file is gone from then on. null: it is kept. */
  readonly expiresAt: number | null
}

/** The items of an eval: of a task, of a shape of the user's own (JSON Schema), or stored completions. */
export type DataSourceConfig =
  | { readonly type: 'dataset'; readonly task: TaskId }
  | {
      readonly type: 'custom'
      readonly itemSchema: Readonly<Record<string, unknown>>
      /** Whether items bring a sample, or runs produce one. */
      readonly includesSample: boolean
    }
  | {
      readonly type: 'logs' | 'stored_completions'
      /** Pairs that the completions have. */
      readonly metadata: Readonly<Record<string, string>> | null
    }

export interface EvalRecord {
  readonly id: string
  readonly name: string | null
  readonly dataSourceConfig: DataSourceConfig
  readonly criteria: readonly ScorerSpec[]
  readonly metadata: Readonly<Record<string, string>> | null
  readonly createdAt: number
}

export interface EndpointRecord {
  readonly name: string
  readonly baseUrl: string
  readonly kind: EndpointKind
  /** Asked for where a run names no model. */
  readonly model: string | null
  readonly secretName: string | null
  readonly timeoutMs: number
  readonly maxAttempts: number
  readonly concurrency: number
  readonly settings: EndpointSettings
  readonly createdAt: number
}

/** The members that an update may change. Another address or kind is another endpoint. */
export type EndpointChange = Partial<Omit<EndpointRecord, 'name' | 'baseUrl' | 'kind' | 'createdAt'>>

/** Most webhook endpoints of a tenant. Each receives every run's event. */
export const MAX_WEBHOOK_TARGETS = 50

export interface WebhookTarget {
  readonly id: string
  readonly url: string
  readonly sealedSecret: string
  readonly name: string
  /** The events that it wants. */
  readonly eventTypes: readonly string[]
  /** The last characters of the secret; null for secrets made before hints existed. */
  readonly secretHint: string | null
  /** The secret before a rotation, and the Unix milliseconds until which deliveries are signed with both. */
  readonly former: { readonly sealedSecret: string; readonly until: number } | null
  readonly createdAt: number
  readonly updatedAt: number | null
  readonly disabledAt: number | null
}

export interface TriggerRecord {
  readonly tenant: string
  readonly id: string
  readonly name: string
  readonly evalId: string
  readonly scheme: 'github' | 'standard_webhooks'
  readonly sealedSecret: string
  readonly run: Readonly<Record<string, unknown>>
  /** Null: every signed delivery starts a run. */
  readonly filter: TriggerFilter | null
  /** The commit that gets the state of each run, with placeholders; null for none. */
  readonly commitStatus: CommitStatus | null
  readonly createdAt: number
}

export interface Principal {
  readonly tenant: string
  readonly keyId: string
  readonly role: 'admin' | 'member'
}

export interface KeyRecord {
  readonly id: string
  readonly name: string
  readonly role: 'admin' | 'member'
  readonly createdAt: number
}

export interface RunProgress {
  readonly shards: number
  readonly recorded: number
  readonly failed: number
  /** After an early stop. */
  readonly skipped: number
  /** Items of recorded and failed shards so far. */
  readonly counts: { readonly passed: number; readonly failed: number; readonly errored: number }
  /** In the order of the run's criteria. */
  readonly perCriterion: readonly { readonly passed: number; readonly failed: number; readonly errored: number }[]
  readonly usage: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly total_tokens: number
    readonly invocations: number
  }
  /** Items by outcome code, see `ShardTally`. */
  readonly outcomes: Readonly<Record<string, number>>
  /** Items answered from the store of paid answers. */
  readonly storedAnswers: number
}

export interface LeaderboardView {
  readonly dataset: string
  readonly dataset_digest: string
  /** The subject's name. Uploaders of results choose theirs freely; only `subject.type` is reliable. */
  readonly model: string
  readonly subject: { readonly type: ModelIdentity['type'] }
  /**
   * 1 + the number of significantly better rows. null: listed after the ranked rows, for the reason in
   * `not_ranked`.
   */
  readonly rank: number | null
  readonly not_ranked: NotRanked | null
  readonly criterion: string
  readonly metric: string
  readonly variant: string
  readonly direction: 'higher_is_better' | 'lower_is_better'
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  readonly level: number | null
  readonly method: string | null
  readonly n: number
  readonly errored: number
  readonly unscored: number
  /** Number of items that the value is based on, scored or not, out of the dataset's `items`. */
  readonly used: number
  readonly items: number
  readonly report_digest: string
  readonly run_id: string
}
