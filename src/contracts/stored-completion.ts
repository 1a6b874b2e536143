/**
 * Chat completions that clients asked to keep: what was asked, and the answer.
 * @module
 */
import type { Page } from './records.ts'

type Json = Readonly<Record<string, unknown>>

export interface StoredCompletion {
  readonly id: string
  /** Unix milliseconds. */
  readonly createdAt: number
  /** As the client named it. */
  readonly model: string
  readonly metadata: Readonly<Record<string, string>>
  /** Messages as the client sent them, with ids `img_…` in place of `data:` pictures. */
  readonly messages: readonly Json[]
  /** Other members of the request. */
  readonly parameters: Json
  /** The answer in its wire shape, without metadata. */
  readonly completion: Json
}

/** Conditions, all of which must hold. */
export interface CompletionFilter {
  readonly model?: string | undefined
  /** Pairs that its metadata has. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Unix milliseconds, inclusive. */
  readonly createdAfter?: number | undefined
  /** Unix milliseconds, inclusive. */
  readonly createdBefore?: number | undefined
  readonly temperature?: number | undefined
  readonly topP?: number | undefined
  readonly reasoningEffort?: string | undefined
  /** Any of these values of `user`. */
  readonly users?: readonly string[] | undefined
  /** Names of functions, all of which it may call. */
  readonly tools?: readonly string[] | undefined
  /** A part of its instructions, whatever their case: messages of the roles `system` and `developer`. */
  readonly instructions?: string | undefined
}

export interface CompletionStore {
  put(tenant: string, completion: Omit<StoredCompletion, 'createdAt'>): Promise<void>
  /** @throws {Fault} `not_found` */
  find(tenant: string, id: string): Promise<StoredCompletion>
  /**
   * A page, which ends early if its completions are long.
   * @returns `more`: whether another one follows
   */
  list(
    tenant: string,
    page: Page,
    filter: CompletionFilter,
  ): Promise<{ readonly data: readonly StoredCompletion[]; readonly more: boolean }>
  /** The latest ones, newest first. `characters`: of all of them. */
  latest(tenant: string, filter: CompletionFilter, limit: number): Promise<{ readonly id: string; readonly characters: number }[]>
  /** Those of the ids that exist, in their order. */
  read(tenant: string, ids: readonly string[]): Promise<StoredCompletion[]>
  /** @throws {Fault} `not_found` */
  setMetadata(tenant: string, id: string, metadata: Readonly<Record<string, string>>): Promise<StoredCompletion>
  /** @throws {Fault} `not_found` */
  delete(tenant: string, id: string): Promise<void>
}

/** Milliseconds for which a completion is kept, as OpenAI does. */
export const COMPLETION_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000

/** Most bytes of a stored request as JSON. An answer has at most 1 MiB, and a row of D1 at most 2 MB. */
export const MOST_STORED_REQUEST_BYTES = 700_000
