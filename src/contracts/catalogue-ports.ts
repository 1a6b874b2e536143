/**
 * What the HTTP surface and the catalogue ask of storage, beside the run engine's own ports.
 * @module
 */
import type { DatasetReader, DatasetVersion, ItemColumns } from './dataset.ts'
import type { StreamedFile } from './import-ports.ts'
import type { ImageReference, Item } from './item.ts'
import type { ModelManifest } from './model-manifest.ts'
import type { TriggerDelivery } from './ports.ts'
import type {
  EndpointRecord,
  EvalRecord,
  FileRecord,
  KeyRecord,
  LeaderboardView,
  Page,
  Principal,
  RunProgress,
  TriggerRecord,
  WebhookTarget,
} from './records.ts'
import type { RunRecord, RunStatus, SampleEvidence } from './run.ts'

/** All of a new version but its items. */
export interface VersionFacts extends Omit<DatasetVersion, 'datasetId' | 'createdAt'> {
  readonly columns: ItemColumns
  readonly imageDigests: readonly string[]
}

export interface NewVersion extends VersionFacts {
  /** In hash order. */
  readonly orderedItems: readonly Item[]
}

export interface DatasetStore {
  /**
   * Stores a version under the dataset of that name. `created` is false when the very same version was there.
   * @param storePictures - stores those it names; called when nobody may delete them any more.
   * @throws {Fault} `unavailable` while the same content is being deleted.
   */
  put(version: NewVersion, storePictures?: () => Promise<void>): Promise<{ version: DatasetVersion; created: boolean }>
  /**
   * The same for a version whose items are stored otherwise.
   * @param offsets - n + 1: the items' lines in what is stored; line i is [offset i, offset i+1).
   * @param storeItems - stores them and returns SHA-256s of their blocks (`storage/block-checksums.ts`); null: it cannot, and nothing is
   * committed.
   * @returns null when they could not be stored.
   */
  commit(
    version: VersionFacts,
    offsets: Uint32Array,
    storeItems: () => Promise<readonly string[] | null>,
  ): Promise<{ version: DatasetVersion; created: boolean } | null>
  /**
   * Holds off the deletion of a picture, or of what belongs to a dataset's content, while it is stored and named.
   * @throws {Fault} `unavailable` while it is being deleted.
   */
  whileStoring<T>(tenant: string, kind: 'dataset' | 'image', digest: string, store: () => Promise<T>): Promise<T>
  /** `reference` is `ds_…` (latest version) or `ds_…@digest`. @throws {Fault} `not_found` */
  find(tenant: string, reference: string): Promise<DatasetVersion>
  list(tenant: string, page: { limit: number; after?: string | undefined; order: 'asc' | 'desc' }): Promise<DatasetVersion[]>
  /** @throws {Fault} `not_found`, also where it was deleted since it was found. */
  open(tenant: string, datasetId: string, digest: string): Promise<DatasetReader>
  /** @throws {Fault} `not_found`, or `conflict` while a run in progress uses it. */
  delete(tenant: string, datasetId: string): Promise<void>
}

export interface KeyStore {
  /** null when the key is unknown, revoked or wrong: the caller need not learn which. */
  authenticate(bearer: string): Promise<Principal | null>
  /** Whether it could be valid, as of some seconds ago: costs no query each, and never says no to a valid one older than that. */
  mayBeValid(bearer: string): Promise<boolean>
  /** The only time that the key itself is known. */
  create(tenant: string, name: string, role: 'admin' | 'member'): Promise<KeyRecord & { key: string }>
  list(tenant: string, page: Page): Promise<KeyRecord[]>
  /** @throws {Fault} `not_found` */
  revoke(tenant: string, keyId: string): Promise<void>
}

export interface Sealer {
  /** @param context - names the owning row; opening under another context fails. */
  seal(secret: string, context: string): Promise<string>
  open(sealed: string, context: string): Promise<string>
}

/** A request that may make what its key is for, under an id that every attempt at it shares. */
export interface IdempotencyClaim {
  readonly tenant: string
  readonly key: string
  /** 32 hex digits. */
  readonly id: string
  /** Unix milliseconds until which the request counts as in flight. */
  readonly lease: number
  /** An attempt before this one ended without an answer, and may have made it. */
  readonly resumed: boolean
}

/** What requests with an `Idempotency-Key` made, for a day. */
export interface IdempotencyStore {
  /** Takes a key for the request of this fingerprint. @param newId - of what is made, unless an earlier attempt chose one. */
  claim(
    tenant: string,
    key: string,
    fingerprint: string,
    newId: string,
  ): Promise<
    | { readonly outcome: 'claimed'; readonly claim: IdempotencyClaim }
    | { readonly outcome: 'answered'; readonly status: number; readonly body: string }
    | { readonly outcome: 'in_flight' | 'other_request' }
  >
  /** Keeps the answer. The first stays. */
  answer(claim: IdempotencyClaim, status: number, body: string): Promise<void>
  /** After a refusal that made nothing: the key is as good as new. */
  release(claim: IdempotencyClaim): Promise<void>
  /** After a fault of ours, which may have made something: the same request may go on at once. */
  abandon(claim: IdempotencyClaim): Promise<void>
}

export interface DailyUsage {
  /**
   * Takes `amount` of what all visitors share today, and of what one network may have of it; nothing when it does not fit both. Days
   * are UTC. `left` is what would have fitted.
   */
  take(
    tenant: string,
    network: string,
    amount: number,
    budget: { readonly all: number; readonly network: number },
  ): Promise<{ readonly taken: true } | { readonly taken: false; readonly spent: 'all' | 'network'; readonly left: number }>
}

/** Files, pictures, evals, endpoints, webhook targets, triggers. Every `find` and `delete` throws a `not_found` Fault. */
export interface CatalogueStore {
  readonly files: {
    /** Stores bytes. Again under the same id makes no second file. @throws {Fault} `unavailable` while the same content is being deleted. */
    put(tenant: string, file: Pick<FileRecord, 'id' | 'sha256' | 'filename'>, bytes: Uint8Array): Promise<FileRecord>
    find(tenant: string, id: string): Promise<FileRecord>
    list(tenant: string, page: Page): Promise<FileRecord[]>
    /** Its content goes with the last file that has it. @throws {Fault} `conflict` while it is being imported. */
    delete(tenant: string, id: string): Promise<void>
    /** What files of this hash hold. @throws {Fault} `not_found` */
    open(tenant: string, sha256: string): Promise<StreamedFile>
  }
  readonly images: {
    put(tenant: string, image: ImageReference): Promise<{ createdAt: number; created: boolean }>
    find(tenant: string, sha256: string): Promise<ImageReference & { createdAt: number }>
  }
  readonly evals: {
    /** Again under the same id makes no second one. */
    put(tenant: string, record: Omit<EvalRecord, 'createdAt'>): Promise<EvalRecord>
    find(tenant: string, id: string): Promise<EvalRecord>
    list(tenant: string, page: Page): Promise<EvalRecord[]>
    update(
      tenant: string,
      id: string,
      change: { name?: string | null | undefined; metadata?: Record<string, string> | null | undefined },
    ): Promise<EvalRecord>
    /** @throws {Fault} `conflict` while the eval has runs in progress or triggers. */
    delete(tenant: string, id: string): Promise<void>
  }
  readonly endpoints: {
    /** @throws {Fault} `conflict` when the name is taken. */
    put(tenant: string, endpoint: Omit<EndpointRecord, 'createdAt'>): Promise<EndpointRecord>
    find(tenant: string, name: string): Promise<EndpointRecord>
    list(tenant: string, page: Page): Promise<EndpointRecord[]>
    /** @throws {Fault} `conflict` while a run in progress asks it. */
    delete(tenant: string, name: string): Promise<void>
  }
  readonly webhookTargets: {
    /** @throws {Fault} `conflict` when the address is registered already, or the tenant has too many. */
    put(tenant: string, target: Omit<WebhookTarget, 'createdAt' | 'disabledAt'>): Promise<WebhookTarget>
    find(tenant: string, id: string): Promise<WebhookTarget>
    list(tenant: string, page: Page): Promise<WebhookTarget[]>
    delete(tenant: string, id: string): Promise<void>
    /** For a target that wants no more. */
    disable(tenant: string, id: string): Promise<void>
  }
  readonly triggers: {
    /** @throws {Fault} `conflict` when the eval was deleted meanwhile. */
    put(trigger: Omit<TriggerRecord, 'createdAt'>): Promise<TriggerRecord>
    list(tenant: string, page: Page): Promise<TriggerRecord[]>
    delete(tenant: string, id: string): Promise<void>
    /** By id alone: a delivery carries no key, its signature is what is checked. */
    findAnywhere(id: string): Promise<TriggerRecord>
    /** Whether it could be there, as of some seconds ago: costs no query each. */
    mayExist(id: string): Promise<boolean>
  }
}

export interface RunViews {
  list(tenant: string, evalId: string, page: Page & { status?: RunStatus | undefined }): Promise<RunRecord[]>
  /** The counters of runs, by id, from one query. */
  progress(tenant: string, runIds: readonly string[]): Promise<ReadonlyMap<string, RunProgress>>
  /**
   * Evidence of samples from ordinal `first` on, in ordinal order, per shard; failed shards come as their range.
   * @param containing - only shards with a sample that passed, or failed.
   */
  evidence(
    run: RunRecord,
    first: number,
    containing?: 'passed' | 'failed',
  ): AsyncIterable<{ samples: SampleEvidence[] } | { failed: { first: number; end: number; reason: string | null } }>
  /**
   * What bounds a trigger's next run: runs it started since those moments (Unix milliseconds), and the greatest depth of
   * the given runs, 0 for runs that no trigger started.
   */
  triggerActivity(
    tenant: string,
    triggerId: string,
    since: { readonly minute: number; readonly hour: number },
    runIds: readonly string[],
  ): Promise<{ readonly minute: number; readonly hour: number; readonly depth: number }>
  /** The run that a delivery started; null when it started none. */
  runOfDelivery(tenant: string, delivery: TriggerDelivery): Promise<RunRecord | null>
}

export interface Leaderboard {
  /** Rows of public runs: per dataset version, metric and variant the ranked ones, best first, then the others. */
  rows(filter: { dataset?: string | undefined; metric?: string | undefined; limit: number }): Promise<LeaderboardView[]>
}

/** Pictures and answers, content-addressed within a tenant. */
export interface UploadStore {
  putImage(tenant: string, sha256: string, bytes: Uint8Array): Promise<void>
  readImage(tenant: string, sha256: string): Promise<Uint8Array>
  /** One recorded answer an item of a dataset version, in ordinal order. Storing the same again changes nothing. */
  putAnswers(tenant: string, resultsDigest: string, datasetDigest: string, answers: readonly RecordedAnswer[]): Promise<void>
  readAnswers(tenant: string, resultsDigest: string, datasetDigest: string, first: number, end: number): Promise<RecordedAnswer[]>
}

export interface RecordedAnswer {
  readonly id: string
  readonly answer: string | null
}

/** A model that a tenant added. */
export interface ModelRecord {
  readonly manifest: ModelManifest
  /** Unix milliseconds. */
  readonly createdAt: number
  /** Every file that the manifest names is stored. */
  readonly ready: boolean
}

export interface ModelStore {
  /** null when the tenant added no model of that id. */
  find(tenant: string, id: string): Promise<ModelRecord | null>
  /** In the order of adding. */
  list(tenant: string): Promise<ModelRecord[]>
  /**
   * Names a model whose files are still to come; the very same once more is no other.
   * @throws {Fault} `conflict` when the id is taken, `unavailable` while files that it names are being deleted.
   */
  put(tenant: string, manifest: ModelManifest): Promise<ModelRecord>
  /**
   * Its files go with the last model that names them.
   * @throws {Fault} `not_found`, or `conflict` while a run in progress uses it.
   */
  delete(tenant: string, id: string): Promise<void>
  /**
   * Stores a file that a model names under its digest; what is there already is not written again. With the last of its files the model is
   * ready; returns whether it is.
   * @throws {Fault} `unprocessable` when the body has another digest, `unavailable` while files of the model are being deleted.
   */
  putFile(
    tenant: string,
    manifest: ModelManifest,
    sha256: string,
    content: { readonly bytes: number; readonly body: ReadableStream<Uint8Array> },
  ): Promise<boolean>
  /** @throws {Error} when it is gone. */
  openFile(tenant: string, file: { readonly file: string; readonly sha256: string }): Promise<ReadableStream<Uint8Array>>
}
