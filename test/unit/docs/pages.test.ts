/**
 * Pages of the documentation: short, narrow, and every link and path leads somewhere.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../../../scripts/paths.ts'

/** Pages about the present. Decisions, measurements and the changelog may name files of their time. */
const CURRENT = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: ROOT })]
const ALL = [...CURRENT, 'CHANGELOG.md', ...globSync('docs/*/*.md', { cwd: ROOT })]

const text = (page: string) => readFileSync(join(ROOT, page), 'utf8')

/** Without fenced blocks. */
const prose = (page: string) => text(page).replace(/^```[^]*?^```$/gm, '')

/** GitHub's anchors of a page's headings. */
function anchors(page: string): Set<string> {
  return new Set(
    [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_\- ]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

test('every relative link leads to a file, and to a heading in it', () => {
  const broken = ALL.flatMap((page) =>
    [...prose(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)]
      .filter(([, link]) => {
        const [file = '', anchor] = link!.split('#')
        const target = file === '' ? page : join(dirname(page), file)
        return !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchors(target).has(anchor))
      })
      .map(([, link]) => `${page}: ${link}`),
  )
  expect(broken).toEqual([])
})

test('every path that a current page names exists', () => {
  const missing = CURRENT.flatMap((page) =>
    [...prose(page).matchAll(/`((?:src|test|docs|models|fixtures|training|bench|scripts|migrations)\/[\w./-]+)`/g)]
      .filter(([, path]) => !existsSync(join(ROOT, path!)))
      .map(([, path]) => `${page}: ${path}`),
  )
  expect(missing).toEqual([])
})

test('current pages have at most 250 lines of at most 110 columns, tables and commands apart; README 120', () => {
  const lines = (page: string) => text(page).trimEnd().split('\n').length
  expect(CURRENT.filter((page) => lines(page) > (page === 'README.md' ? 120 : 250))).toEqual([])
  const long = CURRENT.flatMap((page) =>
    prose(page)
      .split('\n')
      .filter((line) => line.length > 110 && !line.startsWith('|') && !/^\s*\S*\]\(https/.test(line))
      .map((line) => `${page}: ${line}`),
  )
  expect(long).toEqual([])
})

test('every page and heading that a message or a comment names is there', () => {
  const sources = globSync(['src/**/*.ts', 'scripts/**/*.{ts,mjs}'], { cwd: ROOT })
  const named = /docs\/[a-z-]+\.md(?:#(?<anchor>[a-z_-]+)|\)?, "(?<heading>[^"\n]+)")?/g
  const broken = sources.flatMap((source) =>
    [
      ...text(source)
        .replace(/\n \* /g, ' ')
        .matchAll(named),
    ]
      .filter(({ 0: link, groups }) => {
        const page = link.slice(0, link.indexOf('.md') + 3)
        const { anchor, heading } = groups!
        if (!existsSync(join(ROOT, page))) return true
        const asked = anchor ?? heading?.toLowerCase().replaceAll(' ', '-')
        return asked !== undefined && !anchors(page).has(asked)
      })
      .map(([link]) => `${source}: ${link}`),
  )
  expect(broken).toEqual([])
})
