/** The drawing and the table of the rooms against every import of `src/`, which takes seconds to read. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { drawing, readStructure, type Structure, withDrawing } from '../../scripts/draw-structure.ts'
import { ROOT } from '../../scripts/paths.ts'
import { ROOMS } from '../../scripts/rooms.ts'

describe('the structure of src/', () => {
  let structure: Structure
  beforeAll(async () => {
    structure = await readStructure()
  })

  test('docs/architecture.md shows it; if not, run node scripts/draw-structure.ts', async () => {
    const page = await readFile(join(ROOT, 'docs', 'architecture.md'), 'utf8')
    expect(page).toBe(withDrawing(page, drawing(structure)))
  })

  test('every room of the table is there, and uses each import that the table allows', () => {
    const allowed = Object.entries(ROOMS).map(([name, { knows }]) => [name, knows.toSorted()])
    const used = Object.keys(ROOMS).map((name) => [name, [...(structure.get(name) ?? [])].toSorted()])
    expect(used).toEqual(allowed)
  })
})
