/**
 * Constructions that a native engineer would not write, found in comments and pages: `npm run check` runs it.
 *
 *   node scripts/plain-english.ts            # every hit; exit status 1 if there is one
 *   node scripts/plain-english.ts <path> …   # hits under these paths
 *
 * Only unambiguous patterns are here. CONTRIBUTING.md, "English", has the rules.
 * @module
 */
import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { ROOT } from './paths.ts'

/** Records of a moment in its own words, quotations, and generated files. */
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
  {
    name: '“is no …” for “is not a …”',
    pattern:
      /(?<!there )\b(is|are|was|were) no (?!longer|more|less|other|such|wider|better|worse|larger|smaller|later|earlier)[a-z]+/i,
  },
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
  const hits = files()
    .filter((file) => paths.length === 0 || paths.some((path) => file.startsWith(path)))
    .flatMap((file) => hitsIn(file, readFileSync(join(ROOT, file), 'utf8')))
  for (const { file, line, name, text } of hits) process.stdout.write(`${file}:${line}: ${name}\n    ${text}\n`)
  return hits.length > 0 ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv.slice(2).map((path) => relative(ROOT, join(process.cwd(), path))))
