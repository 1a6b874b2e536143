/** Files that comments and pages name. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../../../scripts/paths.ts'

const READ = globSync(['*.md', '{docs,src,training}/**/*.md', '{src,test,scripts,bench,public}/**/*.{ts,mjs,js}'], { cwd: ROOT })
const PATH = /(?<![\w/.:@-])(?:\.{1,2}\/)*(?:[\w-]+\/)+[\w.-]+\.(?:ts|mjs|js|md|sql|jsonc?|toml|py)(?![\w/])/g
/** Relative to one of these, a citation begins with a folder that exists. */
const BASES = ['', 'src']
const FOLDERS = new Set(
  BASES.flatMap((base) => readdirSync(join(ROOT, base), { withFileTypes: true }))
    .filter((each) => each.isDirectory())
    .map(({ name }) => name),
)

/** Cited paths that are in no folder of the repository. Code is not read, nor what a history says. */
function missingIn(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const words = file.endsWith('.md') ? line : (/^\s*(?:\/\*\*?|\*(?!\/)|\/\/)(.*)$/.exec(line)?.[1] ?? '')
    return [...words.replaceAll(/https?:\S+/g, '').matchAll(PATH)]
      .map(([path]) => path)
      .filter((path) => path.startsWith('.') || FOLDERS.has(path.split('/')[0]!))
      .filter((path) => ![...BASES, dirname(file)].some((base) => existsSync(join(ROOT, normalize(join(base, path))))))
      .map((path) => `${file}:${index + 1}: ${path}`)
  })
}

test('a citation of a file that is gone is found; code and addresses are not read', () => {
  expect(missingIn('src/a.ts', "// See `runs/gone.ts`.\nimport './gone.ts'\n// https://x.org/src/gone.ts, runs/plan.ts")).toEqual(
    ['src/a.ts:1: runs/gone.ts'],
  )
  expect(missingIn('docs/a.md', '[x](../src/gone.md), [y](api.md), [z](../README.md)')).toEqual(['docs/a.md:1: ../src/gone.md'])
})

test('every file that a comment or a page names is in the repository', () => {
  const files = READ.filter((file) => !file.includes('node_modules') && file !== 'CHANGELOG.md')
  expect(files.length).toBeGreaterThan(500)
  expect(files.flatMap((file) => missingIn(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([])
})
