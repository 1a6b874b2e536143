/**
 * Import by a job, for files larger than memory: an external sort by item id that joins the files and takes the digest, then another
 * by hash order that writes the version.
 *
 * Work is cut into slices by counts of bytes alone, never by time, and every object that a slice writes is a function of the files and
 * of the checkpoint before it. So a slice may be done again, or by two at once, and nothing differs.
 * @module
 */
import type { DatasetStore, VersionFacts } from '../contracts/catalogue-ports.ts'
import type { DatasetVersion } from '../contracts/dataset.ts'
import { Fault, unprocessableField } from '../contracts/failure.ts'
import type {
  ImportStore,
  ImportPhase,
  ImportProgress,
  ImportRecord,
  ImportWorkspace,
  PartUpload,
  StoredFile,
} from '../contracts/import-ports.ts'
import type { ClaimedJob, JobOutcome } from '../contracts/jobs.ts'
import type { Clock } from '../contracts/ports.ts'
import { release } from '../contracts/release.ts'
import { JsonListScanner, type ScanPosition } from '../files/json-list-scanner.ts'
import { LineScanner } from '../files/line-scanner.ts'
import { escapePointer, mayHoldHalves, refuseHalves, refuseLoneSurrogates } from '../files/json.ts'
import { Problems } from '../files/problems.ts'
import { compareText, DatasetDigest, type DigestState, itemLine } from './dataset-digest.ts'
import { formatOf, inFile, type OfficialFormat, taskOf } from './formats.ts'
import { LabelVocabulary, orderKey, withPictures } from './import-dataset.ts'
import { at } from '../contracts/failure-pointer.ts'
import { type Run, RunMerge, writeRun } from './external-sort.ts'
import type { Facts, ProblemsByFile, StreamedFile, StreamedFormat, StreamedRecord } from './streamed-format.ts'

/** What one slice may take. */
export interface SliceLimits {
  /** Bytes of a file. */
  readonly readBytes: number
  /** UTF-16 units of what is held of it. */
  readonly heldText: number
  /** Bytes that are fetched at once. */
  readonly fetchBytes: number
}

export const SLICE_LIMITS: SliceLimits = { readBytes: 8 * 2 ** 20, heldText: 3 * 2 ** 20, fetchBytes: 2 ** 20 }

/** Of files, records and blocks that a slice may hold: while one does, no request holds a large body. */
const SLICE_BYTES = 32 * 2 ** 20

/** After so long an invocation gives the job back; the next goes on. */
const INVOCATION_MILLISECONDS = 20_000

/** Columns of all items are held together at the end: 12 bytes an item and more. */
const MOST_ITEMS = 2_000_000

/** Line offsets are 32 bits. */
const MOST_BYTES = 0xffffffff

export interface ImportServices {
  readonly clock: Clock
  readonly imports: ImportStore
  readonly datasets: Pick<DatasetStore, 'commit'>
  readonly files: { open(tenant: string, sha256: string): Promise<StoredFile> }
  workspace(tenant: string, importId: string): ImportWorkspace
  /** Runs `task` when so many bytes more fit into what this isolate may hold at once. */
  admit<T>(bytes: number, task: () => Promise<T>): Promise<T>
}

interface Reading {
  readonly phase: 'read'
  /** Place among the format's files. */
  readonly file: number
  /** Where in it; null at its beginning. */
  readonly position: ScanPosition | null
  readonly bytesRead: number
  readonly counts: readonly number[]
  readonly facts: Facts
  readonly runs: readonly Run[]
}

interface Joining {
  readonly phase: 'join'
  readonly runs: readonly Run[]
  readonly positions: readonly number[] | null
  readonly source: Readonly<Record<string, string>>
  readonly digest: DigestState
  readonly joined: readonly Run[]
}

interface Ordered {
  readonly source: Readonly<Record<string, string>>
  readonly digest: string
  readonly items: number
}

interface Ordering extends Ordered {
  readonly phase: 'order'
  readonly joined: readonly Run[]
  readonly runs: readonly Run[]
}

interface Writing extends Ordered {
  readonly phase: 'write'
  readonly runs: readonly Run[]
  readonly positions: readonly number[] | null
  /** Bytes of the next line that the part before has already. */
  readonly skip: number
  readonly upload: PartUpload
  readonly pieces: readonly Piece[]
}

interface Finishing extends Ordered {
  readonly phase: 'finish'
  readonly runs: readonly Run[]
  readonly upload: PartUpload
  readonly pieces: readonly Piece[]
}

/** What one slice of writing leaves for the columns. */
interface Piece {
  readonly lines: number
  /** One a column: clusters, then strata. */
  readonly columns: readonly Run[]
}

export type ImportState = Reading | Joining | Ordering | Writing | Finishing

interface Slice {
  readonly record: ImportRecord
  readonly format: OfficialFormat
  readonly stream: StreamedFormat
  readonly workspace: ImportWorkspace
  readonly limits: SliceLimits
}

/**
 * Goes on with an import, slice by slice, for as long as an invocation should last.
 * @throws on any infrastructure fault; the last checkpoint is where the next attempt begins.
 */
export async function workImport(
  services: ImportServices,
  job: ClaimedJob,
  limits: SliceLimits = SLICE_LIMITS,
): Promise<JobOutcome> {
  const record = await services.imports.find(job.tenant, job.resource.id)
  const workspace = services.workspace(job.tenant, job.resource.id)
  const begun = services.clock.now()
  let state = (record.state as ImportState | null) ?? beginning(record)
  try {
    while (record.status === 'in_progress') {
      const format = formatOf(record.format)
      const from = state
      const slice = { record, format, stream: format.stream!, workspace, limits }
      const next = await services.admit(SLICE_BYTES, () => advance(services, slice, from))
      if ('version' in next) {
        await services.imports.complete(job.tenant, record.id, next.version)
        break
      }
      state = next
      if (!(await services.imports.checkpoint(job, state, progressOf(record, state)))) return { outcome: 'lost' }
      if (services.clock.now() - begun >= INVOCATION_MILLISECONDS) return { outcome: 'continue' }
    }
  } catch (error) {
    // What is out of reach now is no fault of the import.
    if (!(error instanceof Fault) || error.failure.kind === 'unavailable') throw error
    await services.imports.fail(job.tenant, record.id, error.failure)
  }
  await workspace.clear()
  return { outcome: 'done' }
}

function beginning({ split }: ImportRecord): ImportState {
  return { phase: 'read', file: 0, position: null, bytesRead: 0, counts: [], facts: split === null ? {} : { split }, runs: [] }
}

function progressOf({ files }: ImportRecord, state: ImportState): ImportProgress {
  const total = Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    phase: state.phase satisfies ImportPhase,
    bytes_read: state.phase === 'read' ? state.bytesRead : total,
    bytes_total: total,
    items: state.phase === 'read' ? 0 : typeof state.digest === 'string' ? (state as Ordered).items : state.digest.items,
  }
}

async function advance(
  services: ImportServices,
  slice: Slice,
  state: ImportState,
): Promise<ImportState | { readonly version: DatasetVersion }> {
  switch (state.phase) {
    case 'read':
      return read(services, slice, state)
    case 'join':
      return join(slice, state)
    case 'order':
      return order(slice, state)
    case 'write':
      return write(slice, state)
    case 'finish':
      return finish(services, slice, state)
  }
}

/** Checks records and writes them as a run sorted by id. */
async function read(services: ImportServices, slice: Slice, state: Reading): Promise<Reading | Joining> {
  const { stream } = slice
  const name = [...new Set(stream.lists.map(({ file }) => file))][state.file]
  if (name !== undefined) return at(`${name}#`, () => readFile(services, slice, state, name))
  const source = inFile(() => stream.source(state.facts, state.counts), 'annotations')
  return { phase: 'join', runs: state.runs, positions: null, source, digest: { items: 0, blocks: [] }, joined: [] }
}

async function readFile({ files }: ImportServices, slice: Slice, state: Reading, name: StreamedFile): Promise<Reading> {
  const { record, stream, workspace, limits } = slice
  const file = await files.open(record.tenant, record.files[name]!.sha256)
  const facts = { ...state.facts }
  const problems = new Problems(stream.called ?? name)
  const firstList = stream.lists.findIndex((list) => list.file === name)
  const scanner = scannerOf(stream, name, state.position ?? undefined)
  const begun = state.position?.at ?? 0
  const records: (StreamedRecord & { readonly line: string })[] = []
  let position: ScanPosition | null = null
  let held = 0
  for (let at = begun; at < file.bytes && position === null; at += limits.fetchBytes) {
    const chunk = await file.read(at, limits.fetchBytes)
    for (const { list, first, values, keys, text } of scanner.scan(chunk, at + chunk.length === file.bytes)) {
      const array = firstList + list
      const mayBeHalves = stream.layout !== 'lines' && mayHoldHalves(text)
      for (const [offset, value] of values.entries()) {
        const index = first + offset
        const key = keys?.[offset]
        if (mayBeHalves) refuseHalves(value, `/${stream.lists[array]!.key}/${escapePointer(key ?? String(index))}`)
        const found = stream.read({ array, index, value, ...(key === undefined ? {} : { key }) }, facts, problems)
        if (found === undefined) problems.throwIfMany()
        else {
          const line = JSON.stringify([found.id, array, index, found.data])
          records.push({ id: found.id, array, index, data: undefined, line })
          held += line.length
        }
      }
      if (held < limits.heldText && scanner.at - begun < limits.readBytes) continue
      position = scanner.position
      break
    }
    release(chunk)
  }
  problems.throwIfAny()
  const runs = [...state.runs]
  if (records.length > 0) {
    const lines = records.toSorted(compareRecords).map(({ line }) => line)
    runs.push(await writeRun(workspace, `read/${runs.length}`, lines))
  }
  const bytesRead = state.bytesRead - begun
  if (position !== null) return { ...state, position, bytesRead: bytesRead + position.at, facts, runs }
  const head = scanner.finish()
  refuseLoneSurrogates(scanner.position.head, head, '')
  stream.readHead?.(name, head, facts)
  const counts = [...state.counts, ...scanner.position.counts.map(Number)]
  return { phase: 'read', file: state.file + 1, position: null, bytesRead: bytesRead + file.bytes, counts, facts, runs }
}

function scannerOf({ layout, lists, called }: StreamedFormat, file: StreamedFile, from: ScanPosition | undefined) {
  if (layout === 'lines') return new LineScanner(called ?? file, from)
  const keys = lists.flatMap((list) => (list.file === file ? [list.key] : []))
  return new JsonListScanner(keys, called ?? file, { from, objects: layout === 'members' })
}

function compareRecords(a: StreamedRecord, b: StreamedRecord): number {
  return compareText(a.id, b.id) || a.array - b.array || a.index - b.index
}

function parseRecord(line: string): StreamedRecord {
  const [id, array, index, data] = JSON.parse(line) as [string, number, number, unknown]
  return { id, array, index, data }
}

/** Brings the records of an id together, makes them an item and feeds the digest. A slice ends where a block of the digest ends. */
async function join({ record, stream, workspace, limits }: Slice, state: Joining): Promise<Joining | Ordering> {
  const merge = await RunMerge.open(workspace, state.runs, state.positions, parseRecord, compareRecords)
  const digest = new DatasetDigest(state.digest)
  const problems: ProblemsByFile = {
    questions: new Problems('questions'),
    annotations: new Problems(stream.called ?? 'annotations'),
  }
  const lines: string[] = []
  let held = 0
  let pause: DigestState | null = null
  while (merge.head !== undefined && pause === null) {
    const { id } = merge.head
    const records: StreamedRecord[] = []
    while (merge.head?.id === id) {
      records.push(merge.head)
      await merge.advance()
    }
    const joined = stream.join(id, records, problems)
    if (joined === undefined) {
      await throwProblems(problems, (of) => of.throwIfMany())
      continue
    }
    const item = withPictures(joined.draft, null)
    const line = itemLine(item)
    await digest.add(line)
    lines.push(`${JSON.stringify([id, item.cluster, ...joined.labels])}\t${line}`)
    held += line.length
    if (held >= limits.heldText) pause = digest.state
  }
  const { positions } = merge
  merge.close()
  await throwProblems(problems, (of) => of.throwIfAny())
  const joined = [...state.joined]
  if (lines.length > 0) joined.push(await writeRun(workspace, `join/${joined.length}`, lines))
  if (pause !== null) {
    checkSize(pause.items, joined)
    return { ...state, positions, digest: pause, joined }
  }
  const name = await digest.finish(record.format)
  const { items } = digest
  if (items === 0) throw unprocessableField('', 'the files hold no item')
  checkSize(items, joined)
  return { phase: 'order', source: state.source, digest: name, items, joined, runs: [] }
}

async function throwProblems(problems: ProblemsByFile, judge: (of: Problems) => void): Promise<void> {
  for (const file of ['questions', 'annotations'] satisfies StreamedFile[]) at(`${file}#`, () => judge(problems[file]))
}

function checkSize(items: number, joined: readonly Run[]): void {
  const what = 'the dataset'
  const remedy = 'import it as several datasets'
  if (items > MOST_ITEMS) throw new Fault({ kind: 'too_large', what, limit: MOST_ITEMS, actual: items, unit: 'items', remedy })
  const bytes = joined.reduce((sum, run) => sum + run.bytes, 0)
  if (bytes > MOST_BYTES) throw new Fault({ kind: 'too_large', what, limit: MOST_BYTES, actual: bytes, unit: 'bytes', remedy })
}

async function startWriting(workspace: ImportWorkspace, state: Ordering | Finishing): Promise<Writing> {
  const { source, digest, items, runs } = state
  const upload = await workspace.startItems(digest)
  return { phase: 'write', source, digest, items, runs, positions: null, skip: 0, upload, pieces: [] }
}

const KEYS_AT_ONCE = 1000

/** Sorts one stretch of items by hash order. */
async function order({ workspace }: Slice, state: Ordering): Promise<Ordering | Writing> {
  const run = state.joined[state.runs.length]
  if (run === undefined) {
    return startWriting(workspace, state)
  }
  const bytes = await workspace.read(run.name, 0, run.bytes)
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  release(bytes)
  const lines = text.slice(0, -1).split('\n')
  const keyed: { readonly key: string; readonly line: string }[] = []
  for (let start = 0; start < lines.length; start += KEYS_AT_ONCE)
    keyed.push(
      ...(await Promise.all(
        lines.slice(start, start + KEYS_AT_ONCE).map(async (line) => {
          const [id] = JSON.parse(line.slice(0, line.indexOf('\t'))) as [string]
          const key = await orderKey(state.digest, id)
          return { key, line: `${key}\t${line}` }
        }),
      )),
    )
  const sorted = keyed.toSorted((a, b) => compareText(a.key, b.key)).map(({ line }) => line)
  return { ...state, runs: [...state.runs, await writeRun(workspace, `order/${state.runs.length}`, sorted)] }
}

interface OrderedLine {
  readonly key: string
  /** Id, cluster and labels. */
  readonly columns: string
  readonly item: string
}

function parseOrdered(line: string): OrderedLine {
  const first = line.indexOf('\t')
  const second = line.indexOf('\t', first + 1)
  return { key: line.slice(0, first), columns: line.slice(first + 1, second), item: line.slice(second + 1) }
}

/** UTF-8 takes at most so many bytes for a UTF-16 unit. */
const MOST_BYTES_A_UNIT = 3

/** Writes one part of `items.jsonl`, and what the index and the columns need of its lines. */
async function write({ format, workspace }: Slice, state: Writing): Promise<Writing | Finishing> {
  const merge = await RunMerge.open(workspace, state.runs, state.positions, parseOrdered, (a, b) => compareText(a.key, b.key))
  const encoder = new TextEncoder()
  const part = new Uint8Array(workspace.partBytes)
  const first = state.pieces.reduce((sum, { lines }) => sum + lines, 0)
  const lengths: number[] = []
  const ordinalsOf = Array.from({ length: 1 + format.strata.length }, () => new Map<string, number[]>())
  let { skip } = state
  let filled = 0
  while (merge.head !== undefined && filled < part.length) {
    const { columns, item } = merge.head
    if (skip === 0) {
      const [, ...values] = JSON.parse(columns) as string[]
      for (const [column, value] of values.entries()) {
        const ordinals = ordinalsOf[column]!.get(value)
        if (ordinals === undefined) ordinalsOf[column]!.set(value, [first + lengths.length])
        else ordinals.push(first + lengths.length)
      }
    }
    if (skip === 0 && part.length - filled >= MOST_BYTES_A_UNIT * (item.length + 1)) {
      const { written } = encoder.encodeInto(`${item}\n`, part.subarray(filled))
      lengths.push(written)
      filled += written
      await merge.advance()
      continue
    }
    const bytes = encoder.encode(`${item}\n`)
    if (skip === 0) lengths.push(bytes.length)
    const taken = Math.min(bytes.length - skip, part.length - filled)
    part.set(bytes.subarray(skip, skip + taken), filled)
    filled += taken
    skip += taken
    if (skip < bytes.length) break
    skip = 0
    await merge.advance()
  }
  const rest = merge.head === undefined ? null : merge.positions
  merge.close()
  const upload = await workspace.putItems(state.digest, state.upload, part.subarray(0, filled))
  release(part)
  const number = state.pieces.length
  await workspace.put(`lengths/${number}`, new Uint8Array(Uint32Array.from(lengths).buffer))
  const columns: Run[] = []
  for (const [column, ordinals] of ordinalsOf.entries())
    columns.push(
      await writeRun(
        workspace,
        `columns/${column}/${number}`,
        [...ordinals].toSorted(([a], [b]) => compareText(a, b)).map((entry) => JSON.stringify(entry)),
      ),
    )
  const pieces = [...state.pieces, { lines: lengths.length, columns }]
  if (rest !== null) return { ...state, positions: rest, skip, upload, pieces }
  const { source, digest, items, runs } = state
  return { phase: 'finish', source, digest, items, runs, upload, pieces }
}

/** Assembles index and columns, and commits the version. */
async function finish(
  { datasets }: ImportServices,
  slice: Slice,
  state: Finishing,
): Promise<Writing | { readonly version: DatasetVersion }> {
  const { record, format, workspace } = slice
  const { digest, items, pieces, source } = state
  const offsets = new Uint32Array(items + 1)
  let ordinal = 0
  for (const [number, { lines }] of pieces.entries()) {
    const bytes = await workspace.read(`lengths/${number}`, 0, 4 * lines)
    for (const length of new Uint32Array(bytes.buffer, bytes.byteOffset, lines)) {
      offsets[ordinal + 1] = offsets[ordinal]! + length
      ordinal++
    }
  }
  if (ordinal !== items) throw new Error(`import ${record.id}: ${ordinal} lines of ${items} items`)
  const clusters = await rankColumn(workspace, pieces, 0, new Uint32Array(items), () => {})
  const strata: { readonly vocabulary: LabelVocabulary; readonly codes: Uint16Array }[] = []
  for (const [index, stratum] of format.strata.entries()) {
    const vocabulary = new LabelVocabulary(stratum)
    const { ranks } = await rankColumn(workspace, pieces, 1 + index, new Uint16Array(items), (value) => vocabulary.add(value))
    strata.push({ vocabulary, codes: ranks })
  }
  const facts: VersionFacts = {
    tenant: record.tenant,
    name: record.name,
    digest,
    task: taskOf(format, source),
    format: record.format,
    items,
    images: 0,
    clusters: clusters.count,
    strata: strata.map(({ vocabulary: { name, values } }) => ({ name, values })),
    source,
    columns: { cluster: clusters.ranks, strata: strata.map(({ codes }) => codes) },
    imageDigests: [],
  }
  // Items only now: what may still be refused must leave none behind.
  const committed = await datasets.commit(facts, offsets, () => workspace.finishItems(digest, state.upload))
  return committed === null ? startWriting(workspace, state) : { version: committed.version }
}

/** Ranks of a column's values among its sorted distinct ones, by ordinal. @param meet - called with each distinct value in order. */
async function rankColumn<Ranks extends Uint32Array | Uint16Array>(
  workspace: ImportWorkspace,
  pieces: readonly Piece[],
  column: number,
  ranks: Ranks,
  meet: (value: string) => void,
): Promise<{ readonly ranks: Ranks; readonly count: number }> {
  const merge = await RunMerge.open(
    workspace,
    pieces.map(({ columns }) => columns[column]!),
    null,
    (line) => JSON.parse(line) as [value: string, ordinals: number[]],
    ([a], [b]) => compareText(a, b),
  )
  let count = 0
  let current: string | undefined
  while (merge.head !== undefined) {
    const [value, ordinals] = merge.head
    if (value !== current) {
      current = value
      count++
      meet(value)
    }
    for (const ordinal of ordinals) ranks[ordinal] = count - 1
    await merge.advance()
  }
  merge.close()
  return { ranks, count }
}
