/**
 * The rooms of `src/` and what each may know: the table of docs/architecture.md as data, and the check that the imports obey it.
 * @module
 */

export interface Room {
  /** Rooms it may import from, besides itself. */
  readonly knows: readonly string[]
  /** npm packages it may import from. */
  readonly packages: readonly string[]
  /** Nothing but ECMAScript and Web standards: runs unchanged in Node, workerd and a browser, and always gives the same result. */
  readonly pure: boolean
}

const pure = (knows: readonly string[], packages: readonly string[] = []): Room => ({ knows, packages, pure: true })
const room = (knows: readonly string[], packages: readonly string[] = []): Room => ({ knows, packages, pure: false })

export const ROOMS: Readonly<Record<string, Room>> = {
  contracts: pure([], ['zod', '@hono/zod-openapi']),
  statistics: pure([]),
  media: pure(['contracts'], ['@jsquash/jpeg', '@jsquash/webp']),
  text: pure(['contracts'], ['zod']),
  metrics: pure(['contracts', 'statistics', 'tasks']),
  tasks: pure(['contracts'], ['zod']),
  scorers: pure(['contracts', 'metrics', 'statistics', 'tasks']),
  egress: room(['contracts']),
  models: room(
    ['contracts', 'media', 'text', 'tasks', 'imports', 'egress'],
    ['onnxruntime-web', '@jsquash/jpeg', '@jsquash/webp', 'zod'],
  ),
  scoring: pure(['contracts', 'metrics', 'models']),
  storage: room(['contracts'], ['uuidv7']),
  runs: room(['contracts', 'tasks', 'scorers']),
  imports: room(['contracts', 'tasks', 'metrics', 'media']),
  webhooks: room(['contracts', 'egress']),
  http: room(
    ['contracts', 'tasks', 'scorers', 'models', 'scoring', 'runs', 'imports', 'webhooks'],
    ['hono', '@hono/zod-openapi', 'zod', 'uuidv7'],
  ),
  cli: room(['contracts', 'tasks', 'metrics', 'statistics', 'scorers', 'models', 'media', 'text'], ['zod', 'yaml']),
}

/** Files of `src/` itself: the doors and the composition root. They may know every room; no room may know them. */
export const DOORS: readonly string[] = ['index.ts', 'tower.ts', 'env.ts', 'compose.ts']

/** What makes a result depend on when or where it was computed. */
const IMPURE: readonly (readonly [RegExp, string])[] = [
  [/\bMath\.random\b/g, 'Math.random; draw from statistics/counter-random.ts'],
  [/\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b/g, 'the clock; take the time as an argument'],
  [/\bcrypto\.(?:randomUUID|getRandomValues)\b/g, 'random bytes; take them as an argument'],
  [/\bprocess\.\w/g, 'the process; take the value as an argument'],
]

export interface SourceFile {
  /** Path relative to `src/`, with `/`. */
  readonly path: string
  readonly text: string
}

export interface Violation {
  readonly path: string
  readonly line: number
  readonly rule: string
}

/** Every import that the table does not allow, and every impurity of a pure room, in the order of the files. */
export function findViolations(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => [...importViolations(file), ...purityViolations(file)].toSorted((a, b) => a.line - b.line))
}

function importViolations(file: SourceFile): Violation[] {
  return importsOf(file.text).flatMap(({ specifier, line }) => {
    const rule = judge(file.path, specifier)
    return rule === undefined ? [] : [{ path: file.path, line, rule }]
  })
}

/** Why `path` may not import `specifier`; undefined if it may. */
function judge(path: string, specifier: string | undefined): string | undefined {
  const from = roomOf(path)
  if (from === undefined) return undefined
  const own = ROOMS[from]
  if (own === undefined)
    return `${from}/ is no room of docs/architecture.md; put the file into one, or add the room to scripts/rooms.ts`
  if (specifier === undefined) return 'a dynamic import must name its module in a string'

  if (specifier.startsWith('node:') || specifier.startsWith('cloudflare:')) {
    return own.pure ? `${from}/ is pure and may not import ${specifier}` : undefined
  }
  if (!specifier.startsWith('.')) {
    const name = packageOf(specifier)
    return own.packages.includes(name) ? undefined : `${from}/ may not import the package ${name} (${list(own.packages)})`
  }

  const target = resolve(path, specifier)
  if (target === undefined) {
    return isModelFile(path, specifier) && from === 'models'
      ? undefined
      : `${from}/ may not import ${specifier}, which lies outside src/`
  }
  const to = roomOf(target)
  if (to === undefined) return `${from}/ may not import ${target}: only the doors know the doors`
  if (to === from || own.knows.includes(to)) return undefined
  return `${from}/ may not know ${to}/ (${list(own.knows)})`
}

function purityViolations(file: SourceFile): Violation[] {
  const name = roomOf(file.path)
  if (name === undefined || !ROOMS[name]?.pure) return []
  const code = withoutComments(file.text)
  return IMPURE.flatMap(([pattern, what]) =>
    [...code.matchAll(pattern)].map((match) => ({
      path: file.path,
      line: lineAt(code, match.index),
      rule: `${name}/ is pure and may not use ${what}`,
    })),
  )
}

/** The modules that a source names, `undefined` for a dynamic import of something computed. Types count: a known shape is knowledge. */
export function importsOf(text: string): { specifier: string | undefined; line: number }[] {
  const code = withoutComments(text)
  const found: { specifier: string | undefined; line: number; index: number }[] = []
  // oxfmt puts every import and re-export at the start of a line.
  for (const match of code.matchAll(/^(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*(['"])([^'"\n]+)\1/gm)) {
    found.push({ specifier: match[2], line: lineAt(code, match.index), index: match.index })
  }
  for (const match of code.matchAll(/\bimport\s*\(\s*(?:(['"])([^'"\n]+)\1)?/g)) {
    found.push({ specifier: match[2], line: lineAt(code, match.index), index: match.index })
  }
  return found.toSorted((a, b) => a.index - b.index).map(({ specifier, line }) => ({ specifier, line }))
}

/** Blanks comments and keeps every line where it was. */
function withoutComments(text: string): string {
  // A comment sign in a string on the same line after code is left alone: only comments that begin a line or follow a blank are cut.
  return text.replaceAll(/(?<=^|\s)\/\*[\s\S]*?\*\//g, blank).replaceAll(/(?<=^|\s)\/\/[^\n]*/g, blank)
}

function blank(comment: string): string {
  return comment.replaceAll(/[^\n]/g, ' ')
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

function roomOf(path: string): string | undefined {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Path relative to `src/`; undefined if it lies outside. */
function resolve(path: string, specifier: string): string | undefined {
  const parts = path.split('/').slice(0, -1)
  for (const step of specifier.split('/')) {
    if (step === '..') {
      if (parts.pop() === undefined) return undefined
    } else if (step !== '.') parts.push(step)
  }
  return parts.join('/')
}

/** Models lie beside `src/`; the adapter that runs them at the edge bundles them. */
function isModelFile(path: string, specifier: string): boolean {
  const up = '../'.repeat(path.split('/').length)
  return specifier.startsWith(`${up}models/`)
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'it may know nothing' : `it may know ${names.join(', ')}`
}
