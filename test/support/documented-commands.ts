/**
 * The commands that README and docs show, as one shell script per page, so that a test can run them.
 * @module
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../scripts/paths.ts'

/** A command that cannot run in a test. `line` matches the whole command, with continuation lines joined. */
export interface NotRun {
  readonly line: RegExp
  readonly why: string
}

export const NOT_RUN: readonly NotRun[] = [
  { line: /^npm start\b/, why: 'test/e2e/start.test.ts runs it' },
  { line: /^npm test\b/, why: 'it would run this test' },
  { line: /^npm run (check|dev|reset|chaos|format)\b/, why: 'tests of their own: start, wrangler-dev, chaos' },
  { line: /^npx vitest\b/, why: 'the test runner inside itself' },
  { line: /^npx tsc -p test\/browser/, why: 'a check of the sources' },
  { line: /^npx wrangler (deploy|rollback|d1)\b/, why: 'needs a Cloudflare account' },
  { line: /^npm run deploy$/, why: 'needs a Cloudflare account' },
  { line: /^rclone\b/, why: 'needs a Cloudflare account' },
  { line: /^git pull$/, why: 'changes the checkout' },
  { line: /^(taskset -c 0 )?(\S*\/)?(python3?|pip) /, why: 'training: needs PyTorch and data outside the repository' },
  { line: /^npm run -s assay -- models (check|add) (https:|models\/)/, why: 'needs the network, or an export made by hand' },
]

export interface Session {
  /** Relative to the repository. */
  readonly page: string
  readonly script: string
  /** TypeScript and JavaScript blocks: file name → text. The script runs each in its place. */
  readonly modules: ReadonlyMap<string, string>
}

export const PAGES: readonly string[] = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: ROOT }).toSorted()]

/** All blocks of a page in order, without the commands of `NOT_RUN`. */
export function sessionOf(page: string): Session {
  const modules = new Map<string, string>()
  const script = fencedBlocks(readFileSync(join(ROOT, page), 'utf8'))
    .map(({ language, text }, index) => {
      if (language === 'sh')
        return commandsOf(text)
          .filter((command) => !NOT_RUN.some(({ line }) => line.test(command.trim())))
          .join('\n')
      const name = `block-${index}.${language}`
      modules.set(name, text)
      return `node ${name}`
    })
    .join('\n')
  return { page, script, modules }
}

/** Every command of the pages, run or not. */
export function allCommands(): string[] {
  return PAGES.flatMap((page) =>
    fencedBlocks(readFileSync(join(ROOT, page), 'utf8'))
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => commandsOf(text).map((command) => command.trim())),
  )
}

/** The first shell block of a page. */
export function firstBlock(page: string): string {
  return fencedBlocks(readFileSync(join(ROOT, page), 'utf8')).find(({ language }) => language === 'sh')!.text
}

function fencedBlocks(markdown: string): { language: string; text: string }[] {
  return [...markdown.matchAll(/^```(sh|js|ts)\n([^]*?)^```$/gm)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }))
}

/** Lines, those that end with a backslash joined with the next. */
function commandsOf(text: string): string[] {
  return text.match(/(?:.*\\\n)*.*\n/g) ?? []
}
