/**
 * Checks and stores the pictures of an import: those that are stored already by id, then the entries of each
 * archive.
 * @module
 */
import { at } from '../../contracts/failure-pointer.ts'
import { describeFailure, Fault, type FieldError } from '../../contracts/failure.ts'
import { type ImportSource, type NamedReference, NO_PICTURES, type PictureCounts } from '../../contracts/import-ports.ts'
import { pictureKey, stemKeyOf } from '../../contracts/picture-path.ts'
import { release } from '../../contracts/release.ts'
import { SHRINK_PICTURE } from '../../contracts/picture-advice.ts'
import { IMAGE_LIMITS } from '../../media/limits.ts'
import { beginsAsPicture, hasPictureEnding, TELLING_BYTES } from '../../media/picture-file.ts'
import { openArchive } from '../archives/archive.ts'
import type { Archive, ArchiveEntry } from '../archives/entry.ts'
import { isHidden, nameProblem } from '../entry-name.ts'
import type { SortedRun } from '../external-sort.ts'
import { describePicture, OF_PICTURES } from '../pictures.ts'
import { archivesOf } from '../sources.ts'
import type { FileFacts, ImportServices, Joining, Picturing, Slice } from '../state.ts'

/** Requests to R2 of a slice: one per picture, and the reads of the archive. An invocation has 1000. */
const REQUESTS_PER_SLICE = 64
/** Entries of a slice that cost no request: headers of 512 bytes, in some 20 ms. */
const ENTRIES_PER_SLICE = 4096
const NAMED_PER_SLICE = 500

/** Names of one import. COCO has 123,287 pictures. */
const MOST_PICTURES = 200_000

/** Most problems that a failure lists. */
const LISTED_PROBLEMS = 20

export function startPictures(runs: readonly SortedRun[], facts: FileFacts): Picturing {
  return { phase: 'pictures', runs, ...facts, named: 0, archive: 0, position: 0, passed: 0, counts: NO_PICTURES }
}

export async function storePictures(services: ImportServices, slice: Slice, state: Picturing): Promise<Picturing | Joining> {
  const { record, pictures } = slice
  if (pictures !== null && state.named < record.storedImages.length) return nameStored(slice, state)
  const source = archivesOf(record)[state.archive]
  if (source !== undefined) return at(`/images/${state.archive}`, () => readArchive(services, slice, state, source))
  const { runs, source: facts, candidates } = state
  const counts = pictures === null ? undefined : state.counts
  return { phase: 'join', runs, positions: null, source: facts, candidates, digest: { items: 0, blocks: [] }, joined: [], counts }
}

async function nameStored({ record: { storedImages }, pictures }: Slice, state: Picturing): Promise<Picturing> {
  const some = storedImages.slice(state.named, state.named + NAMED_PER_SLICE)
  await pictures!.name(some.map(({ name, sha256 }) => ({ ...namesOf(name), sha256 })))
  return { ...state, named: state.named + some.length, counts: counted(state.counts, some.length, 0) }
}

async function readArchive(
  { files }: ImportServices,
  { record, pictures, limits }: Slice,
  state: Picturing,
  source: ImportSource,
): Promise<Picturing> {
  const archive = await openArchive(await files.open(record.tenant, source.sha256))
  const batch = await readEntries(archive, state.position, limits.readBytes)
  await pictures!.add(batch.pictures)
  for (const { bytes } of batch.pictures) release(bytes)
  const counts = counted(state.counts, batch.pictures.length, batch.ignored)
  if (batch.next === null) return { ...state, archive: state.archive + 1, position: 0, passed: 0, counts }
  return { ...state, ...batch.next, counts }
}

interface Batch {
  readonly pictures: (NamedReference & { readonly bytes: Uint8Array })[]
  ignored: number
  /** null at the end of the archive. */
  next: { readonly position: number; readonly passed: number } | null
}

/** @throws {Fault} `unprocessable` that lists the entries that are not pictures */
async function readEntries(archive: Archive, position: number, mostBytes: number): Promise<Batch> {
  const batch: Batch = { pictures: [], ignored: 0, next: null }
  const problems: FieldError[] = []
  let held = 0
  let entry = await archive.entry(position)
  const requests = () => batch.pictures.length + archive.fetches
  for (
    let count = 0;
    entry !== null && count < ENTRIES_PER_SLICE && requests() < REQUESTS_PER_SLICE && held < mostBytes;
    count++
  ) {
    if (entry.kind !== 'folder' && !(await isPicture(entry))) {
      batch.ignored++
      held += archive.isPacked ? entry.bytes : 0
    } else if (entry.kind !== 'folder') {
      const picture = await readPicture(entry, problems)
      if (picture !== undefined) batch.pictures.push(picture)
      held += picture?.bytes.length ?? 0
    }
    if (problems.length >= LISTED_PROBLEMS) break
    batch.next = { position: entry.next, passed: entry.passed }
    entry = await archive.entry(entry.next).catch((error: unknown) => {
      // A wrong size, already noted, may be what damages the rest.
      if (problems.length === 0) throw error
      return null
    })
  }
  const [first] = problems
  if (first !== undefined) {
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
    throw new Fault({ kind: 'unprocessable', detail: first.detail + more, errors: problems })
  }
  if (entry === null) batch.next = null
  return batch
}

/** Others are ignored: their names and contents need not be in order. Links and devices have a name alone. */
async function isPicture(entry: ArchiveEntry): Promise<boolean> {
  if (isHidden(entry.name)) return false
  if (hasPictureEnding(entry.name)) return true
  if (entry.kind !== 'file') return !/\.[^./\\]*$/.test(entry.name)
  try {
    return beginsAsPicture(entry.name, await entry.begin(TELLING_BYTES))
  } catch (error) {
    if (error instanceof Fault && error.failure.kind === 'unprocessable') return false
    throw error
  }
}

/** @returns undefined after recording a problem */
async function readPicture(
  entry: ArchiveEntry,
  problems: FieldError[],
): Promise<(NamedReference & { readonly bytes: Uint8Array }) | undefined> {
  const { name, kind } = entry
  const note = (detail: string) => void problems.push({ pointer: '', detail: `${name}: ${detail}` })
  const problem = nameProblem(name)
  if (problem !== undefined) return note(problem)
  if (kind === 'link')
    return note('is a link; store the file itself: tar --dereference --hard-dereference -cf pictures.tar FOLDER')
  if (kind === 'special') return note('is not a regular file')
  if (entry.bytes > IMAGE_LIMITS.bytes)
    return note(`has ${entry.bytes} bytes, a picture at most ${IMAGE_LIMITS.bytes}; ${SHRINK_PICTURE}`)
  try {
    const bytes = await entry.read()
    return { ...namesOf(name), reference: await describePicture(bytes), bytes }
  } catch (error) {
    if (!(error instanceof Fault) || !OF_PICTURES.has(error.failure.kind)) throw error
    const { failure } = error
    return note(
      failure.kind === 'unprocessable' ? failure.errors.map(({ detail }) => detail).join('; ') : describeFailure(failure),
    )
  }
}

function namesOf(filename: string): { readonly name: string; readonly stem: string } {
  // Some programs for Windows write backslashes.
  const name = pictureKey(filename.replaceAll('\\', '/'))
  return { name, stem: stemKeyOf(name) }
}

/** @throws {Fault} `too_large` */
function counted(counts: PictureCounts, pictures: number, ignored: number): PictureCounts {
  const next = { ...counts, pictures: counts.pictures + pictures, ignored_entries: counts.ignored_entries + ignored }
  const actual = next.pictures + next.ignored_entries
  if (actual > MOST_PICTURES)
    throw new Fault({
      kind: 'too_large',
      what: 'import',
      limit: MOST_PICTURES,
      actual,
      unit: 'pictures',
      remedy: 'import them as several datasets',
    })
  return next
}
