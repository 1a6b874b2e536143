/**
 * Joins the records of an id into an item, and computes the digest of all items in ascending order of id.
 * @module
 */
import { Fault, unprocessableField } from '../../contracts/failure.ts'
import { withPictures } from '../../tasks/draft.ts'
import type { FormatRecord, JoinNotes, ProblemsByFile } from '../../tasks/format.ts'
import { compareRecords, joinProblems, throwProblems } from '../../tasks/format-reader.ts'
import type { Task } from '../../tasks/task.ts'
import { DatasetDigest, type DigestState, itemLine } from '../dataset-digest.ts'
import { type SortedRun, RunMerge, writeRun } from '../external-sort.ts'
import { inFile } from '../in-file.ts'
import { type PlacedItem, PictureFinder, type ResolvedItem } from '../picture-finder.ts'
import type { ImportServices, Joining, Ordering, Slice } from '../state.ts'

/** Columns of all items are in memory at the end: 12 bytes and more per item. */
const MOST_ITEMS = 2_000_000

/** Line offsets are 32 bits. */
const MOST_BYTES = 0xffffffff

/** Items whose pictures are looked up together. */
const ITEMS_AT_ONCE = 200

/** A slice ends where a block of the digest ends. */
export async function join({ tasks }: ImportServices, slice: Slice, state: Joining): Promise<Joining | Ordering> {
  const { record, format, workspace, pictures, limits } = slice
  const task = tasks.taskOfSource(format, state.source)
  const merge = await RunMerge.open(workspace, state.runs, state.positions, parseRecord, compareRecords)
  const digest = new DatasetDigest(state.digest)
  const finder = pictures && new PictureFinder(pictures, task, state)
  const problems = joinProblems(format)
  const noted: JoinNotes = { ...state.noted }
  const lines: string[] = []
  let held = 0
  let pause: { readonly digest: DigestState; readonly positions: readonly number[] } | null = null
  while (merge.head !== undefined && pause === null) {
    const batch = await nextItems(merge, slice, state, { problems, noted }, finder === null ? 1 : ITEMS_AT_ONCE)
    const items = finder === null ? batch.map((each) => withoutPicture(each, task)) : await finder.resolve(batch)
    for (const { item, labels, positions } of items) {
      const line = itemLine(item)
      await digest.add(line)
      lines.push(`${JSON.stringify([item.id, item.cluster, ...labels])}\t${line}`)
      held += line.length
      const { state: ended } = digest
      if (held < limits.heldText || ended === null) continue
      pause = { digest: ended, positions: positions ?? merge.positions }
      break
    }
  }
  merge.close()
  throwProblems(problems, 'any', inFile)
  finder?.throwIfAny()
  const joined = [...state.joined]
  if (lines.length > 0) joined.push(await writeRun(workspace, `join/${joined.length}`, lines))
  const found = finder?.state ?? { counts: state.counts }
  if (pause !== null) {
    checkSize(pause.digest.items, joined)
    return { ...state, ...found, noted, positions: pause.positions, digest: pause.digest, joined }
  }
  const name = await digest.finish(record.format, state.candidates)
  const { items } = digest
  if (items === 0) throw unprocessableField('', 'the files hold no item')
  checkSize(items, joined)
  const totals = (await finder?.finish(record.format)) ?? found
  return { phase: 'order', source: state.source, candidates: state.candidates, digest: name, items, joined, runs: [], ...totals }
}

/** The next items of the merge: fewer only at its end. Problems are recorded. */
async function nextItems(
  merge: RunMerge<FormatRecord>,
  { format }: Slice,
  { source }: Joining,
  { problems, noted }: { readonly problems: ProblemsByFile; readonly noted: JoinNotes },
  count: number,
): Promise<PlacedItem[]> {
  const items: PlacedItem[] = []
  while (merge.head !== undefined && items.length < count) {
    const { id } = merge.head
    const records: FormatRecord[] = []
    while (merge.head?.id === id) {
      records.push(merge.head)
      await merge.advance()
    }
    const joined = format.join(id, records, source, problems, noted)
    if (joined?.incomplete) problems.annotations.note(joined.incomplete.pointer, joined.incomplete.detail)
    if (joined === undefined || joined.incomplete) throwProblems(problems, 'many', inFile)
    // Positions cost a list, and are rarely needed.
    else items.push({ joined, positions: count === 1 ? null : merge.positions })
  }
  return items
}

function withoutPicture({ joined, positions }: PlacedItem, { pictures }: Task): ResolvedItem {
  return { item: withPictures(joined.draft, pictures, null), labels: joined.labels, positions }
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
