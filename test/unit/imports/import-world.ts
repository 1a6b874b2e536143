/**
 * Everything an import job needs, in memory, and broken where a test wants it broken.
 * @module
 */
import { workImport } from '../../../src/imports/import-job.ts'
import type { ImportServices, SliceLimits } from '../../../src/imports/state.ts'
import { taskRegistry } from '../../../src/tasks/registry.ts'
import type { TaskRegistry } from '../../../src/tasks/task-registry.ts'
import type { VersionFacts } from '../../../src/contracts/catalogue-ports.ts'
import type { DatasetVersion } from '../../../src/contracts/dataset.ts'
import {
  type ImportError,
  type ImportPictures,
  type ImportProgress,
  type ImportRecord,
  type ImportWorkspace,
  type NamedReference,
  NO_PICTURES,
} from '../../../src/contracts/import-ports.ts'
import { unprocessableField } from '../../../src/contracts/failure.ts'
import type { ClaimedJob } from '../../../src/contracts/jobs.ts'
import { pathOfKey } from '../../../src/contracts/picture-path.ts'

class Crash extends Error {}

/** Whether one key begins the other. */
const mayMean = (one: string, other: string) => `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`)

export interface ImportedVersion {
  readonly facts: VersionFacts
  readonly offsets: Uint32Array
  readonly items: Uint8Array
}

export interface Outcome {
  readonly version: ImportedVersion | null
  readonly error: ImportError | null
  readonly slices: number
  /** Writes and reads that could have crashed. */
  readonly operations: number
  /** Whether the version's items were finished. */
  readonly itemsStored: boolean
  /** Objects and names of pictures that were left behind. */
  readonly left: number
  readonly progress: ImportProgress
  /** Bytes by digest, of pictures that the version uses. */
  readonly pictures: ReadonlyMap<string, Uint8Array>
}

export interface WorldOptions {
  readonly format: string
  readonly split?: string | null
  /** Archives of pictures are `images/0`, `images/1` and so on. */
  readonly files: Readonly<Record<string, Uint8Array>>
  /** Pictures that are stored, by name. */
  readonly storedImages?: readonly { readonly name: string; readonly reference: NamedReference['reference'] }[]
  readonly limits?: SliceLimits
  readonly tasks?: TaskRegistry
  readonly partBytes?: number
  /** Operations, counted from 0 through all attempts, that throw; odd ones after they took effect. */
  readonly crashes?: ReadonlySet<number>
  /** Times that somebody late has replaced a part before it was finished. */
  readonly stragglers?: number
}

const job: ClaimedJob = {
  tenant: 't',
  id: 'j',
  kind: 'import',
  resource: { kind: 'import', id: 'imp' },
  payload: {},
  attempts: 0,
  token: 'token',
  claims: 1,
}

export async function runImport({
  format,
  split = null,
  files,
  storedImages = [],
  limits,
  partBytes = 1000,
  crashes = new Set(),
  stragglers = 0,
  tasks = taskRegistry,
}: WorldOptions): Promise<Outcome> {
  let operations = 0
  let spoiled = stragglers
  let slices = 0
  let now = 0
  const objects = new Map<string, Uint8Array>()
  const uploads = new Map<string, Uint8Array[]>()
  let items: Uint8Array | null = null
  let version: ImportedVersion | null = null
  let record: ImportRecord = {
    tenant: 't',
    id: 'imp',
    name: 'set',
    format,
    split,
    status: 'in_progress',
    files: Object.fromEntries(
      Object.entries(files).map(([name, { length }]) => [name, { file_id: name, sha256: name, bytes: length }]),
    ),
    state: null,
    storedImages: storedImages.map(({ name, reference }) => ({ name, sha256: reference.sha256 })),
    progress: { phase: 'read', bytes_read: 0, bytes_total: 0, items: 0, ...NO_PICTURES },
    version: null,
    error: null,
    createdAt: 0,
    endedAt: null,
  }

  async function may<T>(act: () => T): Promise<T> {
    const crash = crashes.has(operations)
    const before = operations++ % 2 === 0
    if (crash && before) throw new Crash('before')
    const result = act()
    if (crash) throw new Crash('after')
    return result
  }

  const workspace: ImportWorkspace = {
    partBytes,
    put: (name, bytes) => may(() => void objects.set(name, bytes.slice())),
    read: (name, offset, length) =>
      may(() => {
        const bytes = objects.get(name)?.slice(offset, offset + length)
        if (bytes?.length !== length) throw new Error(`${name}: no ${length} bytes at ${offset}`)
        return bytes
      }),
    startItems: () =>
      may(() => {
        const id = `upload ${uploads.size}`
        uploads.set(id, [])
        return { id, parts: [] }
      }),
    putItems: (_, { id, parts }, bytes) =>
      may(() => {
        uploads.get(id)![parts.length] = bytes.slice()
        return { id, parts: [...parts, `etag ${parts.length}`] }
      }),
    finishItems: (_, { id, parts }) =>
      may(() => {
        if (spoiled-- > 0) return null
        const found = uploads.get(id)!.slice(0, parts.length)
        if (found.slice(0, -1).some(({ length }) => length !== partBytes)) throw new Error('parts of different sizes')
        items = new Uint8Array(Buffer.concat(found))
        return []
      }),
    clear: () => may(() => objects.clear()),
  }

  const names = new Map<string, NamedReference & { used: boolean }>()
  const bytesOf = new Map<string, Uint8Array>()
  let used = new Map<string, Uint8Array>()
  const addName = ({ name, stem, reference }: NamedReference) => {
    const other = names.get(name)
    if (other !== undefined && other.reference.sha256 !== reference.sha256)
      throw unprocessableField('', `two different pictures are called ${pathOfKey(name)}; rename one`)
    names.set(name, other ?? { name, stem, reference, used: false })
  }
  const pictures: ImportPictures = {
    add: (added) =>
      may(() => {
        for (const { bytes, ...named } of added) {
          addName(named)
          bytesOf.set(named.reference.sha256, bytes.slice())
        }
      }),
    name: (added) =>
      may(() => {
        for (const { name, stem, sha256 } of added)
          addName({ name, stem, reference: storedImages.find(({ reference }) => reference.sha256 === sha256)!.reference })
      }),
    find: (asked) =>
      may(() =>
        [...names.values()]
          .filter(({ name, stem }) => asked.some((key) => mayMean(name, key) || mayMean(stem, key)))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      ),
    use: (digests) =>
      may(() => {
        for (const named of names.values()) if (digests.includes(named.reference.sha256)) named.used = true
      }),
    count: () =>
      may(() => {
        const all = [...names.values()]
        const different = (some: typeof all) => new Set(some.map(({ reference }) => reference.sha256)).size
        return {
          pictures: different(all),
          used: different(all.filter(({ used: isUsed }) => isUsed)),
          first: [...names.keys()].toSorted().map(pathOfKey)[0] ?? null,
        }
      }),
    clear: () => may(() => names.clear()),
  }

  const services: ImportServices = {
    tasks,
    // Every invocation is over after one slice.
    clock: { now: () => (now += 60_000) },
    imports: {
      create: () => Promise.reject(new Error('unused')),
      find: async () => record,
      checkpoint: (_, state, progress: ImportProgress) =>
        may(() => {
          slices++
          record = { ...record, state: JSON.parse(JSON.stringify(state)) as unknown, progress }
          return true
        }),
      complete: (_tenant, _id, version) => may(() => void (record = { ...record, status: 'completed', version })),
      fail: (_tenant, _id, error) => may(() => void (record = { ...record, status: 'failed', error })),
    },
    datasets: {
      commit: async (facts, offsets, storeItems) =>
        (await storeItems()) !== null
          ? may(() => {
              used = new Map(
                [...names.values()]
                  .filter(({ used: isUsed }) => isUsed && facts.imagesOfImport === 'imp')
                  .map(({ reference: { sha256 } }) => [sha256, bytesOf.get(sha256) ?? new Uint8Array()]),
              )
              version = { facts, offsets, items: items! }
              return { version: { ...facts, datasetId: 'ds', createdAt: 0 } as DatasetVersion, created: true }
            })
          : null,
    },
    files: {
      open: async (_, sha256) => {
        const bytes = files[sha256]!
        return { bytes: bytes.length, read: (offset, length) => may(() => bytes.slice(offset, offset + length)) }
      },
    },
    workspace: () => workspace,
    pictures: () => pictures,
    admit: (_, task) => task(),
  }

  for (let attempt = 0; ; attempt++) {
    if (attempt > 10_000) throw new Error('it never ends')
    try {
      if ((await workImport(services, job, limits)).outcome === 'done') break
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
  }
  const left = objects.size + names.size
  const { error, progress } = record
  return { version, error, slices, operations, itemsStored: items !== null, left, progress, pictures: used }
}
