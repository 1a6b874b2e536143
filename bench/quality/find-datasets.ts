/**
 * Datasets below a folder, by the files they have.
 * @module
 */
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import type { DatasetKind } from './dataset-kind.ts'

export interface FoundDataset {
  /** Path below the folder that was searched, or that folder's own name. */
  readonly name: string
  readonly folder: string
  readonly kinds: readonly DatasetKind[]
}

/** Folders below the one that is searched. */
const DEEPEST = 8
/** Folders of pictures are not searched. */
const PICTURES = 'images'

/** In order of name. Links are followed, each folder is visited once. */
export async function findDatasets(root: string, kinds: readonly DatasetKind[]): Promise<FoundDataset[]> {
  const found: FoundDataset[] = []
  const visited = new Set<string>()

  async function visit(folder: string, depth: number): Promise<void> {
    const real = await realpath(folder)
    if (visited.has(real) || depth > DEEPEST) return
    visited.add(real)
    const names = (await readdir(folder)).toSorted()
    const own: DatasetKind[] = []
    for (const kind of kinds) if (await kind.recognises(folder, new Set(names))) own.push(kind)
    if (own.length > 0) found.push({ name: relative(root, folder) || basename(real), folder, kinds: own })
    for (const name of names) {
      if (name === PICTURES || name.startsWith('.')) continue
      const path = join(folder, name)
      if ((await stat(path).catch(() => null))?.isDirectory()) await visit(path, depth + 1)
    }
  }

  await visit(root, 0)
  return found
}
