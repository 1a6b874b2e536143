/**
 * Draws the rooms of `src/` and the imports between them into docs/architecture.md, from the code.
 *
 *   node scripts/draw-structure.ts           # writes the picture and the table
 *   node scripts/draw-structure.ts --check   # exit status 1 where the page is not what the code says
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { CONFIGURATION } from './dependency-rules.ts'
import { ROOT } from './paths.ts'
import { DOORS, ROOMS } from './rooms.ts'

const PAGE = join(ROOT, 'docs', 'architecture.md')
const BEGIN = '<!-- drawn by scripts/draw-structure.ts -->'
const END = '<!-- end of the drawing -->'

/** Rooms that each room imports, as the code has it. */
export type Structure = ReadonlyMap<string, ReadonlySet<string>>

export async function readStructure(): Promise<Structure> {
  const { options } = CONFIGURATION
  const { output } = await cruise(['src'], { ...options, baseDir: ROOT }, options?.enhancedResolveOptions)
  const structure = new Map<string, Set<string>>()
  for (const { source, dependencies } of (output as ICruiseResult).modules) {
    const from = roomOf(source)
    if (from === undefined) continue
    const known = structure.get(from) ?? new Set()
    structure.set(from, known)
    for (const { resolved } of dependencies) {
      const to = roomOf(resolved)
      if (to !== undefined && to !== from) known.add(to)
    }
  }
  return structure
}

function roomOf(path: string): string | undefined {
  const [src, name, ...rest] = path.split('/')
  return src === 'src' && rest.length > 0 ? name : undefined
}

/**
 * The picture and the table in Markdown. An arrow points from the room that imports to the room that it
 * knows. An arrow that a longer way implies is left out of the picture; the table has them all.
 */
export function drawing(structure: Structure): string {
  const rooms = Object.keys(ROOMS).filter((name) => structure.has(name))
  const known = new Map(rooms.map((name) => [name, rooms.filter((other) => structure.get(name)!.has(other))]))
  const edges = rooms.flatMap((from) =>
    known
      .get(from)!
      .filter((to) => !known.get(from)!.some((between) => between !== to && reaches(known, between, to)))
      .map((to) => `  ${from} --> ${to}`),
  )
  const rows = rooms.map((name) => {
    const { about, pure } = ROOMS[name]!
    return `| \`${name}/\` | ${about}${pure ? '. Pure' : ''} | ${known.get(name)!.join(', ') || '–'} |`
  })
  const doors = DOORS.map((name) => `\`${name}\``).join(', ')
  return [
    BEGIN,
    '```mermaid',
    'flowchart TB',
    ...edges,
    '  classDef pure fill:#e8f3ec,stroke:#2f7d4f,color:#111',
    `  class ${rooms.filter((name) => ROOMS[name]!.pure).join(',')} pure`,
    '```',
    '',
    '| room in `src/` | what lives there | imports |',
    '|---|---|---|',
    ...rows,
    `| ${doors} | doors, bindings and defaults, composition | all |`,
    END,
  ].join('\n')
}

/** Whether a way leads from one room to another. */
function reaches(known: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  return known.get(from)!.some((next) => next === to || reaches(known, next, to))
}

/** The page with the drawing in its place. @throws {Error} where the page has no place for it. */
export function withDrawing(page: string, drawn: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`docs/architecture.md has no lines ${BEGIN} and ${END}`)
  return page.slice(0, begin) + drawn + page.slice(end + END.length)
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  const page = await readFile(PAGE, 'utf8')
  const drawn = withDrawing(page, drawing(await readStructure()))
  if (values.check) {
    if (drawn === page) return 0
    process.stderr.write('docs/architecture.md is not what the code says; run node scripts/draw-structure.ts\n')
    return 1
  }
  await writeFile(PAGE, drawn)
  return 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main()
