/**
 * Sorts items by hash order, one stretch of them at a time.
 * @module
 */
import type { ImportWorkspace } from '../../contracts/import-ports.ts'
import { release } from '../../contracts/release.ts'
import { compareText } from '../dataset-digest.ts'
import { writeRun } from '../external-sort.ts'
import { orderKey } from '../hash-order.ts'
import type { Finishing, Ordering, Slice, Writing } from '../state.ts'

const KEYS_AT_ONCE = 1000

export async function order({ workspace }: Slice, state: Ordering): Promise<Ordering | Writing> {
  const run = state.joined[state.runs.length]
  if (run === undefined) return startWriting(workspace, state)
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

/** Begins the upload of the items. */
export async function startWriting(workspace: ImportWorkspace, state: Ordering | Finishing): Promise<Writing> {
  const { source, candidates, digest, items, runs, counts, images } = state
  const upload = await workspace.startItems(digest)
  return { phase: 'write', source, candidates, digest, items, counts, images, runs, positions: null, skip: 0, upload, pieces: [] }
}
