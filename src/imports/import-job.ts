/**
 * Import by a job, for files larger than a request: an external sort by item id joins the files and takes the
 * digest, then another by hash order writes the version.
 *
 * Work is cut into slices by counts of bytes alone, never by time, and every object that a slice writes is a
 * function of the files and of the checkpoint before it. So a slice may be repeated, or done by two at once,
 * and nothing differs.
 * @module
 */
import type { DatasetVersion } from '../contracts/dataset.ts'
import { Fault } from '../contracts/failure.ts'
import { type ImportPhase, type ImportProgress, type ImportRecord, NO_PICTURES } from '../contracts/import-ports.ts'
import type { ClaimedJob, JobOutcome } from '../contracts/jobs.ts'
import { archivesOf, hasPictures } from './sources.ts'
import type { ImportServices, ImportState, Slice, SliceLimits } from './state.ts'
import { finish } from './steps/finish.ts'
import { join } from './steps/join.ts'
import { order } from './steps/order.ts'
import { storePictures } from './steps/pictures.ts'
import { read } from './steps/read.ts'
import { write } from './steps/write.ts'

/** @internal */
export const SLICE_LIMITS: SliceLimits = { readBytes: 8 * 2 ** 20, heldText: 3 * 2 ** 20, fetchBytes: 2 ** 20 }

/** Bytes of files, records and blocks that a slice may hold: while it does, no request holds a large body. */
const SLICE_BYTES = 32 * 2 ** 20

/** Slices of pictures in an invocation, each of up to 64 requests to R2. An invocation has 1000. */
const PICTURE_SLICES = 10

/** An invocation returns the job after this time, and the next one continues. */
const INVOCATION_MILLISECONDS = 20_000

/**
 * Continues an import, slice by slice, for the duration of an invocation.
 * @returns how the attempt ended; `lost`: another attempt has the job
 * @throws on any infrastructure fault; the next attempt begins at the last checkpoint
 */
export async function workImport(
  services: ImportServices,
  job: ClaimedJob,
  limits: SliceLimits = SLICE_LIMITS,
): Promise<JobOutcome> {
  const record = await services.imports.find(job.tenant, job.resource.id)
  const workspace = services.workspace(job.tenant, job.resource.id)
  const pictures = hasPictures(record) ? services.pictures(job.tenant, job.resource.id) : null
  const begun = services.clock.now()
  let slices = 0
  let state = (record.state as ImportState | null) ?? BEGINNING
  try {
    while (record.status === 'in_progress') {
      const format = services.tasks.format(record.format)
      const from = state
      const slice = { record, format, workspace, pictures, limits }
      const next = await services.admit(SLICE_BYTES, () => advance(services, slice, from))
      if ('version' in next) {
        await services.imports.complete(job.tenant, record.id, next.version)
        break
      }
      state = next
      if (!(await services.imports.checkpoint(job, state, progressOf(record, state)))) return { outcome: 'lost' }
      const isLong = state.phase === 'pictures' && ++slices >= PICTURE_SLICES
      if (isLong || services.clock.now() - begun >= INVOCATION_MILLISECONDS) return { outcome: 'continue' }
    }
  } catch (error) {
    // An unavailable dependency is not a fault of the import.
    if (!(error instanceof Fault) || error.failure.kind === 'unavailable') throw error
    await services.imports.fail(job.tenant, record.id, error.failure)
  }
  await workspace.clear()
  await pictures?.clear()
  return { outcome: 'done' }
}

const BEGINNING: ImportState = { phase: 'read', file: 0, position: null, bytesRead: 0, counts: [], gathered: {}, runs: [] }

function progressOf(record: ImportRecord, state: ImportState): ImportProgress {
  const sizes = Object.entries(record.files).map(([field, { bytes }]) => ({ bytes, isArchive: field.startsWith('images/') }))
  const sum = (files: readonly { readonly bytes: number }[]) => files.reduce((total, { bytes }) => total + bytes, 0)
  const official = sum(sizes.filter(({ isArchive }) => !isArchive))
  const done = sum(archivesOf(record).slice(0, state.phase === 'pictures' ? state.archive : undefined))
  return {
    phase: state.phase satisfies ImportPhase,
    bytes_read: state.phase === 'read' ? state.bytesRead : official + done + (state.phase === 'pictures' ? state.passed : 0),
    bytes_total: sum(sizes),
    items: itemsOf(state),
    ...(state.phase === 'read' ? NO_PICTURES : (state.counts ?? NO_PICTURES)),
  }
}

function itemsOf(state: ImportState): number {
  switch (state.phase) {
    case 'read':
    case 'pictures':
      return 0
    case 'join':
      return state.digest.items
    default:
      return state.items
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
    case 'pictures':
      return storePictures(services, slice, state)
    case 'join':
      return join(services, slice, state)
    case 'order':
      return order(slice, state)
    case 'write':
      return write(services, slice, state)
    case 'finish':
      return finish(services, slice, state)
  }
}
