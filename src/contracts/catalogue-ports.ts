/**
 * Storage ports of the HTTP routes and the catalogue. The run engine has its own.
 * @module
 */
import type { LeaderboardPair } from './leaderboard-pairs.ts'
import type { DatasetReader, DatasetVersion, ItemColumns } from './dataset.ts'
import type { StreamedFile } from './import-ports.ts'
import type { ImageReference, Item } from './item.ts'
import type { ModelManifest } from './model-manifest.ts'
import type { TriggerDelivery } from './ports.ts'
import type {
  EndpointChange,
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

/** A new version without its items. */
export interface VersionFacts extends Omit<DatasetVersion, 'datasetId' | 'createdAt'> {
  readonly columns: ItemColumns
  readonly imageDigests: readonly string[]
  /** Id of the import whose used pictures are the version's, in place of `imageDigests`. */
  readonly imagesOfImport?: string
}

export interface NewVersion extends VersionFacts {
  /** In hash order. */
  readonly orderedItems: readonly Item[]
}

export interface DatasetStore {
  /**
   * Stores a version under the dataset of that name. `created` is false if the same version existed.
   * @param storePictures - stores its pictures; called while their deletion is prevented
   * @throws {Fault} `unavailable` while the same content is being deleted
   */
  put(version: NewVersion, storePictures?: () => Promise<void>): Promise<{ version: DatasetVersion; created: boolean }>
  /**
   * The same for a version whose items are stored elsewhere.
   * @param offsets - n + 1 offsets; line i of the stored items is [offset i, offset i+1)
   * @param storeItems - stores them and returns SHA-256s of their blocks (`storage/block-checksums.ts`); null
   *   if it cannot, and then nothing is committed
   * @returns null if they could not be stored
   */
  commit(
    version: VersionFacts,
    offsets: Uint32Array,
    storeItems: () => Promise<readonly string[] | null>,
  ): Promise<{ version: DatasetVersion; created: boolean } | null>
  /**
   * Prevents the deletion of a picture, or of a dataset's content, while it is stored and its row inserted.
   * @throws {Fault} `unavailable` while it is being deleted
   */
  whileStoring<T>(tenant: string, kind: 'dataset' | 'image', digest: string, store: () => Promise<T>): Promise<T>
  /** `reference` is `ds_…` (latest version) or `ds_…@digest`. @throws {Fault} `not_found` */
  find(tenant: string, reference: string): Promise<DatasetVersion>
  list(tenant: string, page: { limit: number; after?: string | undefined; order: 'asc' | 'desc' }): Promise<DatasetVersion[]>
  /** @throws {Fault} `not_found`, also if it was deleted meanwhile */
  open(tenant: string, datasetId: string, digest: string): Promise<DatasetReader>
  /** @throws {Fault} `not_found`, or `conflict` while a run in progress uses it */
  delete(tenant: string, datasetId: string): Promise<void>
}

export interface KeyStore {
  /** null for an unknown, revoked or wrong key, without distinction. */
  authenticate(bearer: string): Promise<Principal | null>
  /**
   * Whether it could be valid, as of some seconds ago. Does not cost a query per call, and is never false for
   * an older valid key.
   */
  mayBeValid(bearer: string): Promise<boolean>
  /** The only time that the key itself is returned. */
  create(tenant: string, name: string, role: 'admin' | 'member'): Promise<KeyRecord & { key: string }>
  list(tenant: string, page: Page): Promise<KeyRecord[]>
  /** @throws {Fault} `not_found` */
  revoke(tenant: string, keyId: string): Promise<void>
}

export interface Sealer {
  /** @param context - identifies the owning row; opening under another context fails */
  seal(secret: string, context: string): Promise<string>
  open(sealed: string, context: string): Promise<string>
}

/** A claim of a key by one request. Every attempt at it uses the same id for the resource it creates. */
export interface IdempotencyClaim {
  readonly tenant: string
  readonly key: string
  /** 32 hex digits. */
  readonly id: string
  /** Unix milliseconds until which the request counts as in flight. */
  readonly lease: number
  /** Whether an earlier attempt ended without an answer, and may have created the resource. */
  readonly resumed: boolean
}

/** Results of requests with an `Idempotency-Key`, for a day. */
export interface IdempotencyStore {
  /**
   * Claims a key for the request with this fingerprint.
   * @param newId - for the new resource, unless an earlier attempt chose one
   * @param flight - milliseconds for which the request counts as in flight; a minute by default
   */
  claim(
    tenant: string,
    key: string,
    fingerprint: string,
    newId: string,
    flight?: number,
  ): Promise<
    | { readonly outcome: 'claimed'; readonly claim: IdempotencyClaim }
    | { readonly outcome: 'answered'; readonly status: number; readonly body: string }
    | { readonly outcome: 'in_flight' | 'other_request' }
  >
  /** Stores the answer. The first one stays. */
  answer(claim: IdempotencyClaim, status: number, body: string): Promise<void>
  /** After a refusal that created nothing: the key can be used again. */
  release(claim: IdempotencyClaim): Promise<void>
  /** After an internal fault, which may have created something: the same request may continue at once. */
  abandon(claim: IdempotencyClaim): Promise<void>
}

export interface DailyUsage {
  /**
   * Takes `amount` of today's budget of all visitors and of one network's share; takes nothing unless it fits
   * both. Days are UTC. `left` is the amount that would have fitted.
   */
  take(
    tenant: string,
    network: string,
    amount: number,
    budget: { readonly all: number; readonly network: number },
  ): Promise<{ readonly taken: true } | { readonly taken: false; readonly spent: 'all' | 'network'; readonly left: number }>
}

/**
 * Files, pictures, evals, endpoints, webhook targets, triggers. Every `find` and `delete` throws a
 * `not_found` Fault.
 */
export interface CatalogueStore {
  readonly files: {
    /**
     * Stores bytes. Repeating with the same id makes no second file.
     * @param file - `lifetime` in milliseconds; kept without one
     * @throws {Fault} `unavailable` while the same content is being deleted
     */
    put(
      tenant: string,
      file: Pick<FileRecord, 'id' | 'sha256' | 'filename'> & { readonly lifetime?: number | undefined },
      bytes: Uint8Array,
    ): Promise<FileRecord>
    find(tenant: string, id: string): Promise<FileRecord>
    list(tenant: string, page: Page): Promise<FileRecord[]>
    /** The content is deleted with its last file. @throws {Fault} `conflict` while it is being imported */
    delete(tenant: string, id: string): Promise<void>
    /** Deletes files that have expired, except those being imported. Returns their number. */
    expire(limit: number): Promise<number>
    /** The content of files with this hash. @throws {Fault} `not_found` */
    open(tenant: string, sha256: string): Promise<StreamedFile>
  }
  readonly images: {
    put(tenant: string, image: ImageReference): Promise<{ createdAt: number; created: boolean }>
    find(tenant: string, sha256: string): Promise<ImageReference & { createdAt: number }>
  }
  readonly evals: {
    /** Repeating with the same id makes no second one. */
    put(tenant: string, record: Omit<EvalRecord, 'createdAt'>): Promise<EvalRecord>
    find(tenant: string, id: string): Promise<EvalRecord>
    /** @throws {Fault} `invalid` for a cursor of no eval, if ordered by change */
    list(tenant: string, page: Page & { readonly order_by?: 'created_at' | 'updated_at' | undefined }): Promise<EvalRecord[]>
    update(
      tenant: string,
      id: string,
      change: { name?: string | null | undefined; metadata?: Record<string, string> | null | undefined },
    ): Promise<EvalRecord>
    /** @throws {Fault} `conflict` while the eval has runs in progress or triggers */
    delete(tenant: string, id: string): Promise<void>
  }
  readonly endpoints: {
    /** @throws {Fault} `conflict` if the name is taken */
    put(tenant: string, endpoint: Omit<EndpointRecord, 'createdAt'>): Promise<EndpointRecord>
    find(tenant: string, name: string): Promise<EndpointRecord>
    list(tenant: string, page: Page): Promise<EndpointRecord[]>
    update(tenant: string, name: string, change: EndpointChange): Promise<EndpointRecord>
    /** @throws {Fault} `conflict` while a run in progress uses it */
    delete(tenant: string, name: string): Promise<void>
  }
  readonly webhookTargets: {
    /** @throws {Fault} `conflict` if the address is registered already, or the tenant has too many */
    put(tenant: string, target: Omit<WebhookTarget, 'createdAt' | 'updatedAt' | 'disabledAt' | 'former'>): Promise<WebhookTarget>
    /** Changes the given members. @throws {Fault} `not_found`, or `conflict` for another target's address */
    update(
      tenant: string,
      id: string,
      change: Partial<Pick<WebhookTarget, 'name' | 'url' | 'eventTypes' | 'sealedSecret' | 'secretHint' | 'former'>>,
    ): Promise<WebhookTarget>
    find(tenant: string, id: string): Promise<WebhookTarget>
    list(tenant: string, page: Page): Promise<WebhookTarget[]>
    delete(tenant: string, id: string): Promise<void>
    /** For a target that wants no more events. */
    disable(tenant: string, id: string): Promise<void>
  }
  readonly triggers: {
    /** @throws {Fault} `conflict` if the eval was deleted meanwhile */
    put(trigger: Omit<TriggerRecord, 'createdAt'>): Promise<TriggerRecord>
    list(tenant: string, page: Page): Promise<TriggerRecord[]>
    delete(tenant: string, id: string): Promise<void>
    /** By id alone: a delivery has no key, and its signature is checked instead. */
    findAnywhere(id: string): Promise<TriggerRecord>
    /** Whether it could exist, as of some seconds ago. Does not cost a query per call. */
    mayExist(id: string): Promise<boolean>
  }
}

export interface RunViews {
  list(tenant: string, evalId: string, page: Page & { status?: RunStatus | undefined }): Promise<RunRecord[]>
  /** The counters of runs, by id, in one query. */
  progress(tenant: string, runIds: readonly string[]): Promise<ReadonlyMap<string, RunProgress>>
  /**
   * Evidence of samples from ordinal `first` on, in ordinal order, per shard. A failed shard is returned as
   * its range.
   * @param containing - only shards with a sample that passed, failed or errored
   */
  evidence(
    run: RunRecord,
    first: number,
    containing?: 'passed' | 'failed' | 'errored',
  ): AsyncIterable<{ samples: SampleEvidence[] } | { failed: { first: number; end: number; reason: string | null } }>
  /**
   * Limits on a trigger's next run: the number of runs it started since those moments (Unix milliseconds),
   * and the greatest depth of the given runs, 0 for runs without a trigger.
   */
  triggerActivity(
    tenant: string,
    triggerId: string,
    since: { readonly minute: number; readonly hour: number },
    runIds: readonly string[],
  ): Promise<{ readonly minute: number; readonly hour: number; readonly depth: number }>
  /** The run that a delivery started; null if there is none. */
  runOfDelivery(tenant: string, delivery: TriggerDelivery): Promise<RunRecord | null>
}

/** A row before it has a rank. */
export type ListedRow = Omit<LeaderboardView, 'rank'> & { readonly tenant: string }

/** A paired test between two rows of one dataset version, metric and variant. */
export interface PairedTest extends Pick<LeaderboardPair, 'metric' | 'own' | 'other'> {
  /** Two-sided, not adjusted. */
  readonly p: number
}

export interface Leaderboard {
  /**
   * Rows of public runs: per dataset version, metric and variant, ranked rows first, best first, then the
   * others.
   */
  rows(filter: { dataset?: string | undefined; metric?: string | undefined; limit: number }): Promise<ListedRow[]>
  /** The tests that the rows' publications made. */
  tests(rows: readonly ListedRow[]): Promise<PairedTest[]>
}

/** Pictures and answers, content-addressed within a tenant. */
export interface UploadStore {
  putImage(tenant: string, sha256: string, bytes: Uint8Array): Promise<void>
  readImage(tenant: string, sha256: string): Promise<Uint8Array>
  /** A picture of the tenant, stored individually or with a dataset; null if there is none. */
  openImage(tenant: string, sha256: string): Promise<{ readonly bytes: number; stream(): ReadableStream } | null>
  /** One recorded answer per item of a dataset version, in ordinal order. Repeatable. */
  putAnswers(tenant: string, resultsDigest: string, datasetDigest: string, answers: readonly RecordedAnswer[]): Promise<void>
  readAnswers(tenant: string, resultsDigest: string, datasetDigest: string, first: number, end: number): Promise<RecordedAnswer[]>
}

export interface RecordedAnswer {
  readonly id: string
  readonly answer: string | null
}

/** A model added by a tenant. */
export interface ModelRecord {
  readonly manifest: ModelManifest
  /** Unix milliseconds. */
  readonly createdAt: number
  /** Whether every file of the manifest is stored. */
  readonly ready: boolean
}

export interface ModelStore {
  /** null if the tenant added no model with that id. */
  find(tenant: string, id: string): Promise<ModelRecord | null>
  /** In order of addition. */
  list(tenant: string): Promise<ModelRecord[]>
  /**
   * Inserts a model whose files follow. Repeating with the same manifest changes nothing.
   * @throws {Fault} `conflict` if the id is taken, `unavailable` while some of its files are being deleted
   */
  put(tenant: string, manifest: ModelManifest): Promise<ModelRecord>
  /**
   * Its files are deleted with the last model that uses them.
   * @throws {Fault} `not_found`, or `conflict` while a run in progress uses it
   */
  delete(tenant: string, id: string): Promise<void>
  /**
   * Stores a model's file under its digest, unless it exists. The last file makes the model ready; returns
   * whether it is.
   * @throws {Fault} `unprocessable` if the body has another digest, `unavailable` while files of the model
   *   are being deleted
   */
  putFile(
    tenant: string,
    manifest: ModelManifest,
    sha256: string,
    content: { readonly bytes: number; readonly body: ReadableStream<Uint8Array> },
  ): Promise<boolean>
  /** @throws {Error} if it is gone */
  openFile(tenant: string, file: { readonly file: string; readonly sha256: string }): Promise<ReadableStream<Uint8Array>>
}
