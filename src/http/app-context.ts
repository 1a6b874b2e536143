/**
 * Context of every route: the services of this deployment, and the sender of the request.
 * @module
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ModelSources } from '../models/add-model.ts'
import type { DirectCaller } from '../models/endpoint/direct/direct-caller.ts'
import type { OpenPicture, ScalePicture } from '../models/endpoint/picture-policy.ts'
import type { ProbeResult } from '../models/endpoint/probe/probe-endpoint.ts'
import type { ModelRegistry } from '../models/registry.ts'
import type { CallLedger, LedgerReader } from '../contracts/endpoint-calls.ts'
import type { BodyMemory } from '../contracts/body-memory.ts'
import type {
  CatalogueStore,
  DailyUsage,
  DatasetStore,
  IdempotencyStore,
  KeyStore,
  Leaderboard,
  RunViews,
  Sealer,
  UploadStore,
} from '../contracts/catalogue-ports.ts'
import type { AnsweringModels } from '../contracts/answering-model.ts'
import type { ComparisonStore } from '../contracts/comparison-store.ts'
import type { LabelSet, Memory } from '../contracts/edge-model.ts'
import type { ImportStore, UploadSessions } from '../contracts/import-ports.ts'
import type { JobStore } from '../contracts/jobs.ts'
import type { ManifestStore, SigningKeys } from '../contracts/manifest.ts'
import type { Blobs, Clock, Queues, ReportStore, RunStore } from '../contracts/ports.ts'
import type { RecomputationStore } from '../contracts/recomputation.ts'
import type { RunEventStore } from '../contracts/run-events.ts'
import type { EndpointRecord, Principal, WebhookTarget } from '../contracts/records.ts'
import type { CompletionStore } from '../contracts/stored-completion.ts'
import type { SignedLinks } from '../contracts/signed-link.ts'
import type { OpenSubmissionFiles } from '../contracts/submission-files.ts'
import type { WebhookEventType } from '../webhooks/event.ts'
import type { TestAnswer } from '../webhooks/test-delivery.ts'
import type { FailedAttempts } from './failed-attempts.ts'

export interface Services extends ModelSources {
  readonly answeringModels: AnsweringModels
  readonly modelRegistry: ModelRegistry
  readonly catalogue: CatalogueStore
  readonly datasets: DatasetStore
  readonly uploads: UploadStore
  readonly completions: CompletionStore
  /**
   * Runs `task` when `bytes` more fit into this isolate's memory. Enter before reading a large body, never
   * from inside.
   */
  admit<T>(bytes: number, task: () => Promise<T>): Promise<T>
  readonly clock: Clock
  /** 32 hex digits that sort by creation time. */
  newId(): string
  readonly runs: RunStore
  readonly jobs: JobStore
  readonly queues: Queues
  readonly blobs: Blobs
  readonly reports: ReportStore
  readonly manifests: ManifestStore
  readonly signingKeys: SigningKeys
  readonly recomputations: RecomputationStore
  readonly events: RunEventStore
  sleep(milliseconds: number): Promise<void>
  /** The memory that request bodies share. */
  readonly bodies: Pick<BodyMemory, 'open'>
  readonly uploadSessions: UploadSessions
  readonly imports: ImportStore
  readonly views: RunViews
  readonly ledgers: LedgerReader
  readonly callLedger: Pick<CallLedger, 'received'>
  readonly signedLinks: SignedLinks
  readonly submissionFiles: OpenSubmissionFiles
  /** Decodes take turns. */
  readonly scalePicture: ScalePicture
  readonly leaderboard: Leaderboard
  readonly comparisons: ComparisonStore
  /** Items × criteria × treatments that a request compares. */
  readonly comparedAtOnce: number
  readonly keys: KeyStore
  readonly sealer: Sealer
  readonly idempotency: IdempotencyStore
  readonly usage: DailyUsage
  readonly anonymousDailyBudget: number
  /** One network's share of it. */
  readonly anonymousNetworkBudget: number
  /** The platform's approximate rate limiters. */
  readonly limits: {
    anonymous(client: string): Promise<boolean>
    visitorRead(client: string): Promise<boolean>
    key(keyId: string): Promise<boolean>
    /** @param source - a trigger and a network. */
    deliverySource(source: string): Promise<boolean>
    signedDelivery(trigger: string): Promise<boolean>
    recomputation(keyId: string): Promise<boolean>
  }
  readonly failedAttempts: FailedAttempts
  /** @throws {Fault} if an administrator may not configure this address */
  checkAddress(address: string, purpose: 'endpoint' | 'webhook', pointer: string): void
  /**
   * @throws {Fault} if an endpoint of this tenant may not send this Worker secret, or the secret does not
   *   exist
   */
  checkSecret(tenant: string, name: string, pointer: string): void
  /** The secret that an endpoint names; undefined if it names none. @throws {Error} if it is not set */
  endpointSecret(tenant: string, endpoint: Pick<EndpointRecord, 'name' | 'secretName'>): string | undefined
  /** Opens an endpoint for one request of a key; `call-endpoint.ts` turns its failures into faults. */
  openEndpoint(payer: { readonly tenant: string; readonly keyId: string }, endpoint: EndpointRecord): Promise<DirectCaller>
  /** Opens stored pictures as an endpoint takes them. */
  openPicture(tenant: string, endpoint: EndpointRecord): OpenPicture
  /** Tries what an endpoint can do. @throws {Error} if its secret is not set */
  probeEndpoint(tenant: string, endpoint: EndpointRecord, model: string): Promise<ProbeResult[]>
  /**
   * Sends a sample event to a webhook target. @returns the status of its answer
   * @throws {Fault} `unprocessable` without an answer
   */
  testWebhook(target: WebhookTarget, type: WebhookEventType): Promise<TestAnswer>
  /** By a name that begins with the sender's scope. */
  readonly labelSets: Memory<LabelSet>
  /**
   * Explains an unexpected error: a {@link Fault} if this deployment's state is the cause, otherwise the
   * error itself.
   */
  explain(thrown: unknown): Promise<unknown>
  /** Prepares the default model after this answer. */
  warmUp(): void
  /** Numbers for the memory budget. */
  memory(): Readonly<Record<string, unknown>>
  /** Whether responses have times. They help a bench, and would be zeros in production. */
  readonly reportsTimings: boolean
}

export interface Variables {
  readonly requestId: string
  principal: Principal | null
}

export interface AppEnv {
  Bindings: { services: Services }
  Variables: Variables
}

export type App = OpenAPIHono<AppEnv>
export type AppContext = Context<AppEnv>
