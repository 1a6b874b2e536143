/**
 * Joins the records of an id into an item, and computes the digest of all items in ascending order of id.
 * @module
 */
import { Fault, unprocessableField } from '../../contracts/failure.ts'
import { withPictures } from '../../tasks/draft.ts'
import type { FormatRecord } from '../../tasks/format.ts'
import { compareRecords, joinProblems, throwProblems } from '../../tasks/format-reader.ts'
import { DatasetDigest, type DigestState, itemLine } from '../dataset-digest.ts'
import { type SortedRun, RunMerge, writeRun } from '../external-sort.ts'
import { inFile } from '../in-file.ts'
import type { ImportServices, Joining, Ordering, Slice } from '../state.ts'

/** Columns of all items are in memory at the end: 12 bytes and more per item. */
const MOST_ITEMS = 2_000_000

/** Line offsets are 32 bits. */
const MOST_BYTES = 0xffffffff

/** A slice ends where a block of the digest ends. */
export async function join({ tasks }: ImportServices, slice: Slice, state: Joining): Promise<Joining | Ordering> {
  const { record, format, workspace, limits } = slice
  const { pictures } = tasks.taskOfSource(format, state.source)
  const merge = await RunMerge.open(workspace, state.runs, state.positions, parseRecord, compareRecords)
  const digest = new DatasetDigest(state.digest)
  const problems = joinProblems(format)
  const lines: string[] = []
  let held = 0
  let pause: DigestState | null = null
  while (merge.head !== undefined && pause === null) {
    const { id } = merge.head
    const records: FormatRecord[] = []
    while (merge.head?.id === id) {
      records.push(merge.head)
      await merge.advance()
    }
    const joined = format.join(id, records, state.source, problems)
    if (joined?.incomplete) problems.annotations.note(joined.incomplete.pointer, joined.incomplete.detail)
    if (joined === undefined || joined.incomplete) {
      throwProblems(problems, 'many', inFile)
      continue
    }
    const item = withPictures(joined.draft, pictures, null)
    const line = itemLine(item)
    await digest.add(line)
    lines.push(`${JSON.stringify([id, item.cluster, ...joined.labels])}\t${line}`)
    held += line.length
    if (held >= limits.heldText) pause = digest.state
  }
  const { positions } = merge
  merge.close()
  throwProblems(problems, 'any', inFile)
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

function parseRecord(line: string): FormatRecord {
  const [id, list, index, data] = JSON.parse(line) as [string, number, number, unknown]
  return { id, list, index, data }
}

function checkSize(items: number, joined: readonly SortedRun[]): void {
  const what = 'the dataset'
  const remedy = 'import it as several datasets'
  if (items > MOST_ITEMS) throw new Fault({ kind: 'too_large', what, limit: MOST_ITEMS, actual: items, unit: 'items', remedy })
  const bytes = joined.reduce((sum, run) => sum + run.bytes, 0)
  if (bytes > MOST_BYTES) throw new Fault({ kind: 'too_large', what, limit: MOST_BYTES, actual: bytes, unit: 'bytes', remedy })
}
