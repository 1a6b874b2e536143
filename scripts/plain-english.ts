/**
 * Constructions that a native engineer would not write, found in comments and pages: `npm run check` runs it.
 *
 *   node scripts/plain-english.ts            # faults in CLEAN, and a count per folder elsewhere
 *   node scripts/plain-english.ts <path> …   # every hit under these paths
 *
 * Only unambiguous patterns are here. CONTRIBUTING.md, "English", has the rules.
 * @module
 */
import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { ROOT } from './paths.ts'

/** Paths that have been mended: a hit there fails the check. */
const CLEAN: readonly RegExp[] = [
  /^README\.md$/,
  /^CONTRIBUTING\.md$/,
  /^docs\//,
  /^(bench|fixtures|scenes|training)\//,
  /^CHANGELOG\.md$/,
  /^src\/(egress|metrics|scoring|statistics|text)\//,
  /^src\/(contracts|files|http|jobs|media|models|runs|scorers|storage|webhooks)\//,
  /^src\/[a-z-]+\.ts$/,
  /^public\//,
  /^(scripts|src\/cli)\//,
  /^test\/(browser|e2e|endpoint-server|onnx|reference|support|workerd)\//,
  /^test\/unit\/(?!imports|tasks)/,
]

/** They record a moment in the words of that moment, or quote. */
const NOT_READ =
  /(^|\/)(node_modules|dist|resources|golden)\/|(ATTRIBUTION|MODEL_CARD)\.md$|^docs\/measurements\/|^src\/text\/(reference|bert)-unicode|api-types\.d\.ts$/

const FILES = [
  '*.md',
  '{docs,models,fixtures,scenes,training}/**/*.md',
  '{src,test,scripts,bench,public}/**/*.{ts,js,mjs}',
  'src/**/*.md',
]

interface Pattern {
  readonly name: string
  readonly pattern: RegExp
}

const PATTERNS: readonly Pattern[] = [
  { name: '“whoever”, “nobody” as a subject', pattern: /\b(whoever|whomever|nobody)\b/i },
  { name: 'personified data', pattern: /\b(doomed|dooms|owed|owes|buried)\b/i },
  {
    name: '“one an item”; write “one per item”',
    pattern: /\bone an? (item|shard|run|line|row|picture|image|metric|file|slice)\b/i,
  },
  { name: '“is no …” for “is not a …”', pattern: /\b(what|that|which) is no (?!longer|more|other)[a-z]+/i },
  { name: '“the very same”, “once more is no other”', pattern: /\bthe very same\b|\bis no other\b/i },
  { name: 'begins with “Of”, “What” or “Who”: begin with the noun', pattern: /^\s*(Of|What|Who) (?!else)[a-z`{]/ },
  { name: '“it is said”, “as is told”', pattern: /\bis told (by|apart)\b|\bare told (by|apart)\b/i },
]

const LONGEST = 110

interface Hit {
  readonly file: string
  readonly line: number
  readonly name: string
  readonly text: string
}

/** Hits in one file. A page is read without its fenced blocks, tables and links; a source by its comments. */
export function hitsIn(file: string, text: string): Hit[] {
  const page = file.endsWith('.md')
  let fenced = false
  return text.split('\n').flatMap((raw, index) => {
    if (page && /^\s*```/.test(raw)) fenced = !fenced
    const words = page ? (fenced ? '' : raw.replace(/\]\([^)]*\)/g, ']')) : commentOf(raw)
    if (words === '') return []
    const hits = PATTERNS.filter(({ pattern }) => pattern.test(words)).map(({ name }) => name)
    if (raw.length > LONGEST && !/https?:\/\/\S{40}/.test(raw) && !(page && raw.startsWith('|')))
      hits.push(`longer than ${LONGEST} columns`)
    return hits.map((name) => ({ file, line: index + 1, name, text: raw.trim() }))
  })
}

/** The comment of a line, without its marker; empty if there is none. */
function commentOf(line: string): string {
  return /^\s*(?:\/\*\*?|\*(?!\/)|\/\/)(.*)$/.exec(line)?.[1] ?? ''
}

function files(): string[] {
  return FILES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
    .filter((file) => !NOT_READ.test(file))
    .toSorted()
}

function main(paths: readonly string[]): number {
  const hits = files().flatMap((file) => hitsIn(file, readFileSync(join(ROOT, file), 'utf8')))
  const isShown = (file: string) =>
    paths.length > 0 ? paths.some((path) => file.startsWith(path)) : CLEAN.some((clean) => clean.test(file))
  const shown = hits.filter(({ file }) => isShown(file))
  for (const { file, line, name, text } of shown) process.stdout.write(`${file}:${line}: ${name}\n    ${text}\n`)
  if (paths.length === 0) {
    const rest = Object.entries(
      Object.groupBy(
        hits.filter((hit) => !shown.includes(hit)),
        ({ file }) => room(file),
      ),
    )
    if (rest.length > 0)
      process.stdout.write(`not yet mended: ${rest.map(([name, each]) => `${name} ${each?.length}`).join(', ')}\n`)
  }
  return shown.length > 0 ? 1 : 0
}

const room = (file: string): string =>
  file
    .split('/')
    .slice(0, file.startsWith('src/') || file.startsWith('test/') ? 2 : 1)
    .join('/')

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv.slice(2).map((path) => relative(ROOT, join(process.cwd(), path))))
