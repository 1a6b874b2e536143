/**
 * Checks the arrows between the rooms of `src/`; see `scripts/rooms.ts`.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import process from 'node:process'
import { ROOT } from './paths.ts'
import { findViolations, type SourceFile } from './rooms.ts'

const src = join(ROOT, 'src')
const entries = await readdir(src, { recursive: true, withFileTypes: true })
const paths = entries
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
const files: SourceFile[] = await Promise.all(
  paths.toSorted().map(async (path) => ({ path: relative(src, path).replaceAll('\\', '/'), text: await readFile(path, 'utf8') })),
)
const violations = findViolations(files)
for (const { path, line, rule } of violations) process.stderr.write(`src/${path}:${line}: ${rule}\n`)
if (violations.length > 0) process.stderr.write(`${violations.length} arrows that docs/architecture.md does not allow\n`)
else process.stdout.write(`${files.length} files keep to their rooms\n`)
process.exit(violations.length > 0 ? 1 : 0)
