/**
 * Breaks each quirk of `mutations.ts` in a copy of the sources and compares it with the golden sets.
 * `node test/reference/mutants.ts`, optionally with words of a name, prints the outcomes as JSON. It runs in
 * plain Node, whose modules load quickly; `mutations.test.ts` reads the output.
 * @module
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { differenceOf } from './golden-comparisons.ts'
import { MUTATIONS } from './mutations.ts'

/** Outcome of a mutation. */
export interface Outcome {
  readonly name: string
  /** Occurrences of the replaced text in the file; must be 1. */
  readonly found: number
  /** Result of the golden comparison; null for infinity, which JSON lacks. */
  readonly difference: number | null
}

const SOURCES = join(import.meta.dirname, '../../src')
/** Rooms beside the broken one; rooms that use no metric are read in place. */
const NEIGHBOURS = ['contracts', 'statistics', 'text', 'files', 'tasks']
const scratch = mkdtempSync(join(tmpdir(), 'assay-mutants-'))
symlinkSync(join(import.meta.dirname, '../../node_modules'), join(scratch, 'node_modules'))

/** A copy of the sources in which one room may be changed. */
function copy(name: string, room: string): string {
  const folder = join(scratch, name)
  mkdirSync(folder)
  for (const other of [...NEIGHBOURS, 'metrics'])
    if (other === room || other === 'metrics') cpSync(join(SOURCES, other), join(folder, other), { recursive: true })
    else symlinkSync(join(SOURCES, other), join(folder, other))
  return folder
}

const roomOf = (file: string) => file.split('/')[0]!

const [only = ''] = process.argv.slice(2)
try {
  // Each kind of copy also runs unbroken: a copy that cannot be loaded would pass for a noticed mutation.
  const intact: Record<string, number> = {}
  for (const room of new Set(MUTATIONS.map(({ file }) => roomOf(file)))) {
    const plain = copy(`plain-${room}`, room)
    const mutations = MUTATIONS.filter(({ file }) => roomOf(file) === room)
    for (const comparison of new Set(mutations.map((mutation) => mutation.comparison)))
      intact[`${comparison}, ${room} copied`] = await differenceOf(comparison, plain)
  }
  const outcomes: Outcome[] = []
  for (const [index, { name, file, from, to, comparison }] of MUTATIONS.entries()) {
    if (!name.includes(only)) continue
    const folder = copy(String(index), roomOf(file))
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
