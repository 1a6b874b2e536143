/**
 * Every command in README and docs does what the page says: each page is one shell session against the built
 * Worker. `NOT_RUN` lists the commands that cannot run here, with the reason.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LeaderboardRow } from '../../scripts/api-client.ts'
import { ROOT } from '../../scripts/paths.ts'
import { allCommands, firstBlock, NOT_RUN, PAGES, sessionOf } from '../support/documented-commands.ts'
import { type Assay, startAssay } from './harness.ts'

/** The page whose first block defines `URL`, `KEY`, `api`, `post` and `get` for all pages. */
const HELPERS = 'docs/api.md'

let assay: Assay
let folder: string

beforeAll(async () => {
  assay = await startAssay()
  // A copy of the checkout by links, so that commands write beside the links.
  folder = mkdtempSync(join(tmpdir(), 'assay-docs-'))
  for (const name of readdirSync(ROOT)) if (name !== '.assay') symlinkSync(join(ROOT, name), join(folder, name))
})

afterAll(async () => {
  await assay?.stop()
  if (folder !== undefined) rmSync(folder, { recursive: true })
})

/** Runs a page from its first command to its last. The first failure ends it. */
async function run(page: string): Promise<string> {
  const { script, modules } = sessionOf(page)
  for (const [name, text] of modules) writeFileSync(join(folder, name), text)
  const here = (text: string) =>
    text.replaceAll('http://127.0.0.1:8787', assay.url).replaceAll('$(cat .assay/local-key)', assay.key.key)
  const text = here(`set -a\n${page === HELPERS ? '' : firstBlock(HELPERS)}\n${script}`)
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    ASSAY_URL: assay.url,
    ASSAY_KEY: assay.key.key,
    INIT_CWD: folder,
  }
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', text], { cwd: folder, env })
  return stdout
}

const CHECKED = new Set(['README.md', 'docs/api.md'])

test('README.md: its own evaluation ends with metrics and intervals', async () => {
  const output = await run('README.md')
  expect(output).toContain('"object":"score')
  expect(output).toMatch(/^retrieval +R@1 +vse\+\+\/text-to-image( +[\d.]+){4}/m)
  expect(output).toContain('gate passed')
  expect(output).toContain('"CIDEr')
})

test('docs/api.md: the report is the bytes that its digest is over, and the leaderboard shows it', async () => {
  const lines = (await run('docs/api.md')).trim().split('\n')
  const digest = lines.find((line) => /^[0-9a-f]{64}$/.test(line))!
  expect(lines).toContain(`${digest}  -`)
  const rows = JSON.parse(lines.find((line) => line.includes('"report_digest"') && line.includes('"rank"'))!) as {
    data: LeaderboardRow[]
  }
  expect(rows.data.map((row) => [row.dataset, row.report_digest, row.model])).toEqual([
    ['scenes', digest, 'assay-clip'],
    ['scenes', digest, 'assay-clip'],
  ])
})

test.each(PAGES.filter((page) => !CHECKED.has(page) && sessionOf(page).script.trim() !== ''))(
  '%s: every command ends with status 0',
  async (page) => {
    await run(page)
  },
)

test('every exception is still needed', () => {
  const commands = allCommands()
  for (const { line } of NOT_RUN) expect(commands.filter((command) => line.test(command)).length, String(line)).toBeGreaterThan(0)
})
