/**
 * Breaks each quirk of `mutations.ts` in a copy of the sources and compares that with the golden sets: `node test/reference/mutants.ts` (and
 * words of a name) prints what became of each, as JSON. Plain Node, whose modules are cheap to load; `mutations.test.ts` reads the answer.
 * @module
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { differenceOf } from './golden-comparisons.ts'
import { MUTATIONS } from './mutations.ts'

/** What became of a mutation. */
export interface Outcome {
  readonly name: string
  /** How often the text to replace is in the file; it must be once. */
  readonly found: number
  /** Of the golden comparison; null for an infinite one, which JSON does not have. */
  readonly difference: number | null
}

const SOURCES = join(import.meta.dirname, '../../src')
/** Beside the room that is broken; those that know no metric are read where they stand. */
const NEIGHBOURS = ['contracts', 'statistics', 'text']
const scratch = mkdtempSync(join(tmpdir(), 'assay-mutants-'))

/** A copy of the sources in which one room may be changed. */
function copy(name: string, room: string): string {
  const folder = join(scratch, name)
  mkdirSync(folder)
  for (const other of [...NEIGHBOURS, 'datasets', 'metrics'])
    if (other === room || other === 'metrics') cpSync(join(SOURCES, other), join(folder, other), { recursive: true })
    else symlinkSync(join(SOURCES, other), join(folder, other))
  return folder
}

const [only = ''] = process.argv.slice(2)
try {
  const plain = copy('plain', 'metrics')
  const intact: Record<string, number> = {}
  for (const comparison of new Set(MUTATIONS.map((mutation) => mutation.comparison)))
    intact[comparison] = await differenceOf(comparison, plain)
  const outcomes: Outcome[] = []
  for (const [index, { name, file, from, to, comparison }] of MUTATIONS.entries()) {
    if (!name.includes(only)) continue
    const folder = copy(String(index), file.split('/')[0]!)
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    const found = text.split(from).length - 1
    writeFileSync(
      path,
      text.replace(from, () => to),
    )
    const difference = await differenceOf(comparison, folder)
    outcomes.push({ name, found, difference: Number.isFinite(difference) ? difference : null })
    rmSync(folder, { recursive: true })
  }
  console.log(JSON.stringify({ intact, outcomes }))
} finally {
  rmSync(scratch, { recursive: true })
}
