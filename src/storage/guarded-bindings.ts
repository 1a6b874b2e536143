/**
 * Storage bindings with a limit on every wait, and failures that name the store.
 *
 * A store may fail without an answer: on a full disk Miniflare's R2 never settles a `put`. A request, or the
 * only consumer of a queue, would wait for ever.
 * @module
 */
import { answerWithin, NoAnswer } from '../contracts/answer-within.ts'
import { Fault } from '../contracts/failure.ts'

/** Limit for one operation. D1 ends a statement after 30 s itself. */
const LIMIT_MILLISECONDS = 40_000
/**
 * A slower write is suspect: a small one beside it distinguishes a full or lost store from a large object or
 * a slow client.
 */
const SUSPICION_MILLISECONDS = 1000
/** Limit for the small write of one byte. */
const PROBE_MILLISECONDS = 5000
/** Limit for a write while the store answers others: 50 MB from a slow client. */
const LONGEST_WRITE_MILLISECONDS = 10 * 60_000
const RETRY_AFTER_SECONDS = 10

/** Key of the small write. @internal */
export const PROBE_KEY = 'probe'

/** Space that every write leaves free on a local disk, for the database and for concurrent writes. */
const RESERVED_BYTES = 32 * 2 ** 20
/** Assumed size of a stream of unknown length. */
const STREAM_BYTES = 32 * 2 ** 20
/** How long an answer about free space is valid. */
const ROOM_MILLISECONDS = 500

export interface StorageBindings {
  readonly DB: D1Database
  readonly OBJECTS: R2Bucket
  readonly PUBLISHED: KVNamespace
  /** Local servers only: returns the free bytes on the storage disk. */
  readonly DISK_ROOM?: Fetcher
}

export interface GuardLimits {
  readonly operation: number
  readonly suspicion: number
  readonly probe: number
  readonly write: number
}

const LIMITS: GuardLimits = {
  operation: LIMIT_MILLISECONDS,
  suspicion: SUSPICION_MILLISECONDS,
  probe: PROBE_MILLISECONDS,
  write: LONGEST_WRITE_MILLISECONDS,
}

const DATABASE = 'the database (D1, binding DB)'
const OBJECT_STORE = 'the object store (R2, binding OBJECTS)'
const COPIES = 'the store of published reports (KV, binding PUBLISHED)'

/** @param limits - milliseconds; shorter in tests */
export function guardStorage<Bindings extends StorageBindings>(bindings: Bindings, limits: GuardLimits = LIMITS): Bindings {
  return {
    ...bindings,
    DB: guardDatabase(bindings.DB, limits),
    OBJECTS: guardBucket(bindings.OBJECTS, limits, roomOf(bindings.DISK_ROOM)),
    PUBLISHED: guardNamespace(bindings.PUBLISHED, limits),
  }
}

/** Turns a failure of the store itself into a {@link Fault} that names it; other errors stay unchanged. */
async function naming<T>(store: string, isStores: (error: unknown) => boolean, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof NoAnswer || isStores(error) ? outOfReach(store, error) : error
  }
}

function outOfReach(store: string, error: unknown): Fault {
  const reason = error instanceof Error ? error.message : String(error)
  console.error({ message: 'storage failed', store, error: reason })
  return new Fault(
    {
      kind: 'unavailable',
      detail: `${store} cannot be read or written (${reason}): the disk may be full, a file damaged, or the connection lost; try again later`,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    },
    { cause: error },
  )
}

// ————— D1 —————

/** Statements that the database refused are the caller's faults. These are the database's own. */
const DATABASE_FAILURE =
  /SQLITE_(CORRUPT|FULL|IOERR|NOTADB|CANTOPEN|BUSY|LOCKED|READONLY|NOMEM|PROTOCOL)|internal error|network connection lost|storage operation|object (to be )?reset|overloaded|timed? ?out|too many requests|malformed|is full|not a database/i

const isDatabases = (error: unknown) => DATABASE_FAILURE.test(String(error))

function guardDatabase(db: D1Database, { operation }: GuardLimits): D1Database {
  const run = <T>(work: Promise<T>) => naming(DATABASE, isDatabases, answerWithin(operation, work))
  const natives = new WeakMap<object, D1PreparedStatement>()
  const guardStatement = (native: D1PreparedStatement): D1PreparedStatement => {
    const statement = {
      bind: (...values: unknown[]) => guardStatement(native.bind(...values)),
      first: (column?: string) => run(column === undefined ? native.first() : native.first(column)),
      all: () => run(native.all()),
      run: () => run(native.run()),
      raw: (options?: { columnNames?: false }) => run(native.raw(options)),
    } as unknown as D1PreparedStatement
    natives.set(statement, native)
    return statement
  }
  return {
    prepare: (sql: string) => guardStatement(db.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) =>
      run(db.batch(statements.map((statement) => natives.get(statement) ?? statement))),
    exec: (sql: string) => run(db.exec(sql)),
  } as unknown as D1Database
}

// ————— R2 —————

/** R2's own failures: unspecified, internal, unavailable and the like. Other codes concern the request. */
const BUCKET_FAILURES = new Set(['0', '10001', '10002', '10043', '10054', '10058'])

function isBuckets(error: unknown): boolean {
  const code = /\((\d+)\)\s*$/.exec(error instanceof Error ? error.message : String(error))?.[1]
  if (code !== undefined) return BUCKET_FAILURES.has(code)
  return /internal error|network connection lost|please retry|unspecified error|no space left|overloaded/i.test(String(error))
}

/** Refuses a write of `bytes` bytes without room on the disk. */
type RequireRoom = (bytes: number) => Promise<void>

/** Checked in advance, since Miniflare's R2 never answers a write without room on the disk. */
function roomOf(disk: Fetcher | undefined): RequireRoom {
  if (disk === undefined) return async () => undefined
  let known = { at: Number.NEGATIVE_INFINITY, free: 0 }
  return async (bytes) => {
    const age = Date.now() - known.at
    if (!(age >= 0 && age < ROOM_MILLISECONDS)) {
      const free = Number(await (await disk.fetch('http://disk/room')).text())
      known = { at: Date.now(), free }
    }
    if (known.free < RESERVED_BYTES + bytes)
      throw outOfReach(OBJECT_STORE, new Error(`${Math.floor(known.free / 2 ** 20)} MiB are free on its disk`))
    known.free -= bytes
  }
}

const sizeOf = (value: Parameters<R2Bucket['put']>[1]): number => {
  if (value === null) return 0
  if (typeof value === 'string') return 3 * value.length
  if (value instanceof ReadableStream) return STREAM_BYTES
  return value instanceof Blob ? value.size : value.byteLength
}

function guardBucket(bucket: R2Bucket, { operation, suspicion, probe, write }: GuardLimits, requireRoom: RequireRoom): R2Bucket {
  const run = <T>(work: Promise<T>) => naming(OBJECT_STORE, isBuckets, answerWithin(operation, work))

  const writeProbe = () => answerWithin(probe, bucket.put(PROBE_KEY, new Uint8Array(1)))

  /** A write of any length. It may continue while the store accepts small ones beside it. */
  async function runWrite<T>(work: Promise<T>, isStream: boolean): Promise<T> {
    work.catch(() => {})
    for (let waited = 0; ; waited += suspicion)
      try {
        return await naming(OBJECT_STORE, (error) => !isStream && isBuckets(error), stillOpen(answerWithin(suspicion, work)))
      } catch (error) {
        // A stream may also fail because of its sender. The store then accepts other writes.
        if (!(error instanceof StillOpen) && (!isStream || error instanceof Fault)) throw error
        await naming(OBJECT_STORE, () => true, writeProbe())
        if (!(error instanceof StillOpen)) throw error
        if (waited >= write) throw outOfReach(OBJECT_STORE, new NoAnswer(`a write took longer than ${write / 1000} s`))
      }
  }

  const guardBody = <T extends R2Object | R2ObjectBody | null>(object: T): T =>
    object === null || !('arrayBuffer' in object)
      ? object
      : new Proxy(object, {
          get(target, name) {
            const value: unknown = Reflect.get(target, name, target)
            if (typeof value !== 'function') return value
            const method = value.bind(target) as (...values: unknown[]) => unknown
            return BODY_METHODS.has(name) ? (...values: unknown[]) => run(method(...values) as Promise<unknown>) : method
          },
        })

  const guardUpload = (upload: R2MultipartUpload) =>
    ({
      key: upload.key,
      uploadId: upload.uploadId,
      uploadPart: async (part: number, value: Parameters<R2MultipartUpload['uploadPart']>[1]) => {
        await requireRoom(sizeOf(value))
        return runWrite(upload.uploadPart(part, value), value instanceof ReadableStream)
      },
      complete: (parts: R2UploadedPart[]) => run(upload.complete(parts)),
      abort: () => run(upload.abort()),
    }) as R2MultipartUpload

  return {
    head: (key: string) => run(bucket.head(key)),
    get: (key: string, options?: R2GetOptions) => run(bucket.get(key, options)).then(guardBody),
    put: async (key: string, value: Parameters<R2Bucket['put']>[1], options?: R2PutOptions) => {
      await requireRoom(sizeOf(value))
      return runWrite(bucket.put(key, value, options), value instanceof ReadableStream)
    },
    delete: (keys: string | string[]) => run(bucket.delete(keys)),
    list: (options?: R2ListOptions) => run(bucket.list(options)),
    createMultipartUpload: (key: string, options?: R2MultipartOptions) =>
      run(bucket.createMultipartUpload(key, options)).then(guardUpload),
    resumeMultipartUpload: (key: string, uploadId: string) => guardUpload(bucket.resumeMultipartUpload(key, uploadId)),
  } as unknown as R2Bucket
}

const BODY_METHODS: ReadonlySet<string | symbol> = new Set(['arrayBuffer', 'bytes', 'text', 'json', 'blob'])

class StillOpen extends Error {}

async function stillOpen<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof NoAnswer ? new StillOpen() : error
  }
}

// ————— KV —————

function guardNamespace(namespace: KVNamespace, { operation }: GuardLimits): KVNamespace {
  const run = <T>(work: Promise<T>) => naming(COPIES, () => true, answerWithin(operation, work))
  return {
    get: (key: string) => run(namespace.get(key)),
    put: (key: string, value: string) => run(namespace.put(key, value)),
    delete: (key: string) => run(namespace.delete(key)),
  } as unknown as KVNamespace
}
