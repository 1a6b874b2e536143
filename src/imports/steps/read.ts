/**
 * Reads official files: records are checked and written as runs sorted by id.
 * @module
 */
import { invalidField } from '../../contracts/failure.ts'
import { release } from '../../contracts/release.ts'
import { filesOf, type FormatFile, type FormatRecord } from '../../tasks/format.ts'
import { compareRecords, emptyLists, FormatFileReader } from '../../tasks/format-reader.ts'
import { writeRun } from '../external-sort.ts'
import { inFile } from '../in-file.ts'
import { startPictures } from './pictures.ts'
import type { ImportServices, Picturing, Reading, Slice } from '../state.ts'

export async function read(services: ImportServices, slice: Slice, state: Reading): Promise<Reading | Picturing> {
  const { format } = slice
  const name = filesOf(format)[state.file]
  if (name !== undefined && slice.record.files[name] === undefined && format.optional?.includes(name))
    return { ...state, file: state.file + 1, counts: [...state.counts, ...emptyLists(format, name)] }
  if (name !== undefined) return inFile(name, () => readFile(services, slice, state, name))
  const options = optionsOf(slice)
  const missing = format.missingSplit?.(state.gathered, options)
  if (missing !== undefined) throw invalidField('/split', missing)
  const source = inFile('annotations', () => format.source(state.gathered, state.counts, options))
  const candidates = inFile('annotations', () => format.candidates?.(state.gathered))
  return startPictures(state.runs, { source, candidates })
}

function optionsOf({ record: { split }, pictures }: Slice) {
  return { split: split ?? undefined, withPictures: pictures !== null }
}

async function readFile({ files }: ImportServices, slice: Slice, state: Reading, name: FormatFile): Promise<Reading> {
  const { record, format, workspace, limits } = slice
  const file = await files.open(record.tenant, record.files[name]!.sha256)
  const gathered = structuredClone(state.gathered)
  const reader = new FormatFileReader(format, name, gathered, optionsOf(slice), state.position ?? undefined)
  const begun = state.position?.at ?? 0
  const records: HeldRecord[] = []
  let held = 0
  let paused = false
  for (let at = begun; at < file.bytes && !paused; at += limits.fetchBytes) {
    const chunk = await file.read(at, limits.fetchBytes)
    for (const batch of reader.read(chunk, at + chunk.length === file.bytes)) {
      for (const record of batch) {
        const line = JSON.stringify([record.id, record.list, record.index, record.data])
        records.push({ id: record.id, list: record.list, index: record.index, data: undefined, line })
        held += line.length
      }
      reader.problems.throwIfMany()
      paused = held >= limits.heldText || reader.at - begun >= limits.readBytes
      if (paused) break
    }
    if (!paused) release(chunk)
  }
  const position = paused ? reader.position : null
  reader.problems.throwIfAny()
  const runs = [...state.runs]
  if (records.length > 0) {
    const lines = records.toSorted(compareRecords).map(({ line }) => line)
    runs.push(await writeRun(workspace, `read/${runs.length}`, lines))
  }
  const bytesRead = state.bytesRead - begun
  if (position !== null) return { ...state, position, bytesRead: bytesRead + position.at, gathered, runs }
  const counts = [...state.counts, ...reader.finish()]
  return { phase: 'read', file: state.file + 1, position: null, bytesRead: bytesRead + file.bytes, counts, gathered, runs }
}

/** A record stored only as its line. */
interface HeldRecord extends FormatRecord {
  readonly line: string
}
